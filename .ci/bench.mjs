// Runs the benchmarks, one after the other in processes of their own: `npm run bench [-- PART-OF-NAME...]`. Nothing is
// asserted; each prints our figure, the rival's from the same run, the ratio and the ratio we want.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const filters = process.argv.slice(2);
const files = readdirSync(join(root, 'test/bench'))
  .filter((name) => name.endsWith('.bench.ts'))
  .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
  .toSorted();
if (files.length === 0) console.error(`no benchmark has ${filters.join(' or ')} in its name`);
let status = files.length === 0 ? 1 : 0;
const isolation =
  process.getuid() === 0
    ? ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private']
    : [];
for (const file of files) {
  // /run is a tmpfs on every stock machine; here it may not be, and each engine keeps what is running there.
  const prepare = isolation.length === 0 ? '' : 'ip link set lo up; mount -t tmpfs -o mode=755 tmpfs /run;';
  const shell = ['sh', '-c', `${prepare} "$@"; exit $?`, 'sh'];
  const [command, ...args] = [
    ...isolation,
    ...shell,
    join(root, 'node_modules/.bin/node'),
    join(root, 'test/bench', file),
  ];
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) status = 1;
}
process.exitCode = status;
