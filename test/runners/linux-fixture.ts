// A Linux runner over a helper and folders of its own, with a busybox root as the only layer.

import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Kernel } from '../../runtime/src/host/kernel.ts';
import { startKernel } from '../../runtime/src/host/native-kernel.ts';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { CgroupGroup } from '../../runtime/src/runners/linux/cgroup-group.ts';
import { createLinuxRunner, type LinuxRunner } from '../../runtime/src/runners/linux/runner.ts';
import type { Logger } from '../../runtime/src/spec/logger.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { helperPath, temporaryFolder } from '../native/setup.ts';
import type { Bench } from '../suites/runner-suite.ts';

const parent = '/coracle-test';

export interface LinuxBench extends Bench {
  readonly runner: LinuxRunner;
  readonly kernel: Kernel;
  readonly execRoot: string;
  readonly layer: string;
  restart(): Promise<LinuxRunner>;
}

/** Why the tests cannot run here; undefined when they can. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  for (const path of ['/usr/bin/crun', '/bin/busybox', '/usr/bin/cc']) if (!existsSync(path)) return `needs ${path}`;
  return undefined;
}

/** Makes all of it. `runtime` is the default runtime's name. */
export async function linuxBench(runtime = 'crun', logger: Logger = silentLogger): Promise<LinuxBench> {
  const folder = temporaryFolder('lx');
  const execRoot = temporaryFolder('x');
  const layer = busyboxLayer(join(folder, 'layers/0123456789abcdef0123/diff'));
  const kernel = await startKernel({ helperPath: helperPath(), execRoot, logger });
  const make = () => makeRunner(kernel, { execRoot, dataRoot: folder }, runtime, logger);
  const bench = {
    runner: await make(),
    kernel,
    execRoot,
    layer,
    newRoot: () => {
      const id = randomBytes(32).toString('hex');
      return { id, layers: [layer], scratch: join(folder, id) };
    },
    restart: make,
    close: async () => {
      for (const id of await bench.runner.leftovers()) await bench.runner.purge(id);
      await bench.runner.settled();
      await kernel[Symbol.asyncDispose]();
      new CgroupGroup(bench.runner.facts.cgroups, parent).remove();
    },
  };
  return bench;
}

function makeRunner(
  kernel: Kernel,
  folders: { readonly execRoot: string; readonly dataRoot: string },
  runtime: string,
  logger: Logger,
): Promise<LinuxRunner> {
  return createLinuxRunner({
    host: createNodeHost(),
    kernel,
    ...folders,
    searchPath: ['/usr/bin'],
    runtimes: {
      crun: { path: '/usr/bin/crun', args: [] },
      ...(existsSync('/usr/sbin/runc') ? { runc: { path: '/usr/sbin/runc', args: [] } } : {}),
    },
    defaultRuntime: runtime,
    cgroupParent: parent,
    initPaths: [initPath()],
    logger,
  });
}

let init: string | undefined;

/** The init of `--init`, built as the build does. */
export function initPath(): string {
  if (init === undefined) {
    init = join(temporaryFolder('init'), 'coracle-init');
    const source = join(import.meta.dirname, '../../runtime/native/init/init.c');
    execFileSync('cc', ['-std=gnu11', '-Os', '-D_GNU_SOURCE', '-static', '-s', '-o', init, source]);
  }
  return init;
}

/** A root with busybox under all its names. */
export function busyboxLayer(path: string): string {
  for (const name of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'root', 'home']) {
    mkdirSync(join(path, name), { recursive: true });
  }
  copyFileSync('/bin/busybox', join(path, 'bin/busybox'));
  chmodSync(join(path, 'bin/busybox'), 0o755);
  const names = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const name of names) if (name !== 'busybox') symlinkSync('busybox', join(path, 'bin', name));
  writeFileSync(join(path, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nweb:x:33:34::/:/bin/sh\n');
  writeFileSync(join(path, 'etc/group'), 'root:x:0:\nweb:x:34:\naudio:x:29:web\n');
  writeFileSync(join(path, 'plain'), 'not a program\n', { mode: 0o644 });
  return path;
}
