// An ordinary user for tests that are themselves run by root: an entry in passwd and group, a range in subuid and subgid, a
// home, a runtime folder, devices that a stock system lets everybody open. All of it is mounted over the host's files in the
// mount namespace of the test, and goes with it. `CORACLE_TEST_USER=1` makes daemons and commands of the tests run as them.

import { spawnSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type Mocha from 'mocha';
import { root } from './paths.ts';
import { requireNamespaces, requireRoot, skip } from './skip.ts';

export interface TestUser {
  readonly uid: number;
  readonly gid: number;
  /** What a login shell of theirs would have. */
  readonly env: Readonly<Record<string, string>>;
  /** The same file below a folder that everybody may enter, for one of the checkout. */
  readonly visible: (path: string) => string;
  /** Makes a file or folder theirs. */
  readonly own: (path: string) => void;
}

const name = 'coracle-test';
/** One for all tests: what each mounts there is seen by nobody else. */
const folder = '/tmp/cor-user';
const uid = 54_321;
/** Far from the ranges that systems give to people. */
const firstSubordinate = 1_500_000_000;
const subordinates = 65_536;

let user: TestUser | undefined;

/** Whether daemons and commands of this run belong to the test's own user. */
export function isRootless(): boolean {
  return process.env['CORACLE_TEST_USER'] === '1';
}

/** Skips where an engine of an ordinary user cannot be tried. */
export function requireTestUser(context: Mocha.Context): void {
  requireRoot(context);
  requireNamespaces(context);
  for (const path of ['/usr/bin/newuidmap', '/usr/bin/slirp4netns', '/etc/subuid', '/etc/subgid', '/dev/net/tun']) {
    if (!existsSync(path)) skip(context, `needs ${path}`);
  }
}

/** Makes the user, once in a process. */
export function testUser(): TestUser {
  user ??= makeUser();
  return user;
}

/** The path by which who runs commands of this run sees a file of the checkout; it makes no user. */
export function seenPath(path: string): string {
  return isRootless() ? visible(path) : path;
}

function visible(path: string): string {
  return path.startsWith(`${root}/`) ? join(folder, 'checkout', relative(root, path)) : path;
}

function makeUser(): TestUser {
  const at = (file: string): string => join(folder, file);
  mkdirSync(folder, { recursive: true });
  // The checkout may lie where only root may go.
  mount(['-t', 'tmpfs', '-o', 'mode=755', 'coracle-test-user', folder]);
  for (const file of ['home', 'run', 'checkout', 'dev']) mkdirSync(at(file));
  mount(['--bind', root, at('checkout')]);
  for (const file of ['home', 'run']) chownSync(at(file), uid, uid);
  addLine('/etc/passwd', `${name}:x:${uid}:${uid}::${at('home')}:/bin/sh`);
  addLine('/etc/group', `${name}:x:${uid}:`);
  for (const file of ['/etc/subuid', '/etc/subgid']) addLine(file, `${name}:${firstSubordinate}:${subordinates}`);
  for (const device of ['/dev/net/tun', '/dev/fuse']) openToAll(device);
  return {
    uid,
    gid: uid,
    env: {
      HOME: at('home'),
      USER: name,
      LOGNAME: name,
      XDG_RUNTIME_DIR: at('run'),
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
    },
    visible,
    own: (path) => chownSync(path, uid, uid),
  };
}

function addLine(file: string, line: string): void {
  const copy = join(folder, file.replaceAll('/', '_'));
  const text = readFileSync(file, 'utf8');
  writeFileSync(copy, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`, { mode: 0o644 });
  mount(['--bind', copy, file]);
}

/** As udev has them on a stock system. */
function openToAll(device: string): void {
  if (!existsSync(device)) return;
  const { rdev } = statSync(device);
  const copy = join(folder, 'dev', device.replaceAll('/', '_'));
  command('mknod', ['-m', '666', copy, 'c', String(rdev >> 8), String(rdev & 0xff)]);
  mount(['--bind', copy, device]);
}

function mount(args: readonly string[]): void {
  command('mount', args);
}

function command(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`);
}
