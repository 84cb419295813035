// The smallest container a runtime takes: busybox in a folder, a config.json made by hand.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShimRequest } from '../../runtime/src/host/kernel.ts';
import { temporaryFolder } from './setup.ts';

let rootfs: string | undefined;

function sharedRoot(): string {
  if (rootfs !== undefined) return rootfs;
  rootfs = join(temporaryFolder('rootfs'), 'rootfs');
  for (const name of ['bin', 'proc', 'dev', 'sys', 'tmp']) mkdirSync(join(rootfs, name), { recursive: true });
  copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'));
  for (const name of [
    'sh',
    'cat',
    'echo',
    'sleep',
    'dd',
    'yes',
    'grep',
    'head',
    'stty',
    'seq',
    'true',
    'kill',
    'trap',
    'tail',
    'rm',
  ]) {
    symlinkSync('busybox', join(rootfs, 'bin', name));
  }
  return rootfs;
}

export interface BundleOptions {
  readonly terminal?: boolean;
  readonly memoryLimit?: number;
}

process.on('exit', () => {
  for (const path of cgroupsOf('/cortest')) {
    if (existsSync(path)) execFileSync('rmdir', ['--ignore-fail-on-non-empty', path]);
  }
});

let counter = 0;

/** Writes a bundle and says how to run it. Its folder is short enough for sockets. */
export function makeBundle(args: readonly string[], options: BundleOptions = {}) {
  const id = `cortest-${process.pid}-${++counter}`;
  const directory = temporaryFolder('shim');
  const config = {
    ociVersion: '1.0.2',
    process: {
      terminal: options.terminal ?? false,
      user: { uid: 0, gid: 0 },
      args,
      env: ['PATH=/bin', 'TERM=xterm'],
      cwd: '/',
    },
    root: { path: sharedRoot(), readonly: false },
    hostname: 'test',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['newinstance', 'ptmxmode=0666', 'mode=0620'],
      },
    ],
    linux: {
      cgroupsPath: `/cortest/${id}`,
      namespaces: ['pid', 'mount', 'ipc', 'uts', 'network'].map((type) => ({ type })),
      resources:
        options.memoryLimit === undefined ? {} : { memory: { limit: options.memoryLimit, swap: options.memoryLimit } },
    },
  };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  return { id, directory };
}

/** The request for a bundle's shim; `changes` win. */
export function shimRequest(
  bundle: { id: string; directory: string },
  changes: Partial<ShimRequest> = {},
): ShimRequest {
  const { id, directory } = bundle;
  const terminal = changes.terminal ?? false;
  return {
    kind: 'container',
    directory,
    socket: join(directory, 'shim.sock'),
    argv: [
      '/usr/bin/crun',
      `--log=file:${join(directory, 'runtime.log')}`,
      'run',
      '--detach',
      '--bundle',
      directory,
      '--pid-file',
      join(directory, 'pid'),
      ...(terminal ? ['--console-socket', join(directory, 'console')] : []),
      id,
    ],
    env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
    terminal,
    stdin: false,
    stdinOnce: false,
    log: { driver: 'json-file', path: join(directory, 'log'), maxSize: 0, maxFiles: 1 },
    cgroups: cgroupsOf(`/cortest/${id}`),
    deleteArgv: ['/usr/bin/crun', 'delete', '--force', id],
    removePaths: [`/run/crun/${id}`],
    ...(existsSync('/sys/fs/cgroup/unified') ? { hidePath: '/sys/fs/cgroup/unified' } : {}),
    ...changes,
  };
}

function cgroupsOf(path: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => join(line.split(' ')[4] ?? '', path));
}
