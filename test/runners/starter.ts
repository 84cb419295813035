// A daemon in small, to be killed: starts one container and one exec over the folders given, and tells their pids.
// Arguments: helper, exec-root, layer, scratch, id, exec id, script.

import { dirname } from 'node:path';
import { startKernel } from '../../runtime/src/host/native-kernel.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { createLinuxRunner } from '../../runtime/src/runners/linux/runner.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { plainExec, plainSpec } from '../suites/runner-suite.ts';

const [helperPath = '', execRoot = '', layer = '', scratch = '', id = '', execId = '', script = ''] =
  process.argv.slice(2);
const kernel = await startKernel({ helperPath, execRoot, logger: silentLogger });
const runner = await createLinuxRunner({
  host: createNodeHost(),
  kernel,
  execRoot,
  dataRoot: dirname(scratch),
  searchPath: [],
  runtimes: { crun: { path: '/usr/bin/crun', args: [] } },
  defaultRuntime: 'crun',
  cgroupParent: '/coracle-test',
  logger: silentLogger,
});
const root = { id, layers: [layer], scratch };
await runner.createRoot(root);
const log = { driver: 'json-file', path: `${scratch}/log`, maxSize: 0, maxFiles: 1 } as const;
const sandbox = await runner.prepare(plainSpec(root, ['sh', '-c', script], { log }));
const { pid } = await sandbox.run();
const exec = await sandbox.exec({
  ...plainExec(['sh', '-c', 'until test -e /leave; do sleep 0.05; done; exit 8']),
  execId,
});
await exec.run();
process.stdout.write(`${pid}\n`);
setInterval(() => undefined, 1000);
