// Control groups version 2 for an ordinary user: a group that is theirs to divide, delegated by systemd. The engine's own
// processes go into its child `engine`, since a group that is divided may hold none itself.

import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Finding } from '../spec/engine/system.ts';
import type { ProcessId } from '../spec/rootless.ts';
import { findProgram } from './programs.ts';
import type { User } from './subids.ts';

const mount = '/sys/fs/cgroup';
/** Magic number of a unified hierarchy. */
const cgroup2 = 0x63677270;
const controllers = ['cpu', 'cpuset', 'io', 'memory', 'pids'];
const patienceMs = 2000;

/** Whether the host has control groups version 2 and nothing else. */
export function isUnified(): boolean {
  return existsSync(mount) && statfsSync(mount).type === cgroup2;
}

/** The group of a process, below the mount, by the text of its /proc/<pid>/cgroup. */
export function groupIn(text: string): string {
  return /^0::(\/.*)$/m.exec(text)?.[1] ?? '/';
}

function groupOf(pid: number | 'self'): string {
  return groupIn(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
}

/** Brings this process into a group beside which the groups of containers can be made, when one is to be had. */
export async function takeGroup(folders: readonly string[]): Promise<void> {
  if (!isUnified() || isArranged()) return;
  if (!(holdsOnlyUs(groupOf('self')) || (await makeScope(folders)))) return;
  const own = join(mount, groupOf('self'));
  if (!isOurs(own)) return;
  mkdirSync(join(own, 'engine'), { recursive: true });
  moveTo(join(own, 'engine'));
}

/** Joins the group of the holder that an earlier daemon made, for groups of containers are beside that one. */
export async function joinGroup(holder: ProcessId, folders: readonly string[]): Promise<void> {
  if (!isUnified()) return;
  const group = groupOf(holder.pid);
  if (group === groupOf('self') || moveTo(join(mount, group))) return;
  // From outside of the user's own systemd only the system's may move us.
  const scope = basename(dirname(group));
  await callSystemd(folders, ['AttachProcessesToUnit', 'ssau', scope, `/${basename(group)}`, '1', String(process.pid)]);
}

/** Whoever started us has done it already. */
function isArranged(): boolean {
  const above = dirname(join(mount, groupOf('self')));
  return above.startsWith(`${mount}/`) && isOurs(above) && processesIn(above).length === 0;
}

function isOurs(group: string): boolean {
  try {
    for (const path of [group, join(group, 'cgroup.procs')]) accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function processesIn(group: string): string[] {
  return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
}

function holdsOnlyUs(group: string): boolean {
  const path = join(mount, group);
  return isOurs(path) && processesIn(path).every((pid) => Number(pid) === process.pid);
}

function moveTo(group: string): boolean {
  try {
    writeFileSync(join(group, 'cgroup.procs'), String(process.pid));
    return true;
  } catch {
    return false;
  }
}

/** Asks the user's systemd for a scope around this process. */
async function makeScope(folders: readonly string[]): Promise<boolean> {
  const before = groupOf('self');
  const properties = ['2', 'PIDs', 'au', '1', String(process.pid), 'Delegate', 'b', 'true'];
  const unit = [`coracle-${process.pid}.scope`, 'fail', ...properties, '0'];
  if (!(await callSystemd(folders, ['StartTransientUnit', 'ssa(sv)a(sa(sv))', ...unit]))) return false;
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await delay(5)) {
    if (groupOf('self') !== before) return true;
  }
  return false;
}

/** @returns false where there is no systemd of the user, or it refuses: then nothing can be limited, which doctor tells */
async function callSystemd(folders: readonly string[], call: readonly string[]): Promise<boolean> {
  const busctl = findProgram(folders, 'busctl');
  if (busctl === undefined) return false;
  const object = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager'];
  try {
    await promisify(execFile)(busctl, ['--user', 'call', ...object, ...call], { timeout: patienceMs });
    return true;
  } catch {
    return false;
  }
}

/** What of control groups a user has. */
export function delegationFinding({ uid, name: user }: User): Finding {
  const name = 'delegation';
  if (!isUnified()) {
    return {
      name,
      state: 'warning',
      message: 'cgroup v1 belongs to root alone: memory, processors and processes of containers cannot be limited',
    };
  }
  const manager = `${mount}/user.slice/user-${uid}.slice/user@${uid}.service`;
  const own = join(mount, groupOf('self'));
  const group = isArranged() ? dirname(own) : isOurs(own) ? own : manager;
  if (!existsSync(join(group, 'cgroup.controllers'))) {
    return {
      name,
      state: 'warning',
      message: 'no control group is delegated to you, for no systemd of yours runs: containers cannot be limited',
      remedy: `sudo loginctl enable-linger ${user}`,
    };
  }
  const has = readFileSync(join(group, 'cgroup.controllers'), 'utf8').trim().split(' ');
  const lacking = controllers.filter((each) => !has.includes(each));
  if (lacking.length === 0) return { name, state: 'ok', message: 'limits of all kinds can be delegated to you' };
  const file = '/etc/systemd/system/user@.service.d/delegate.conf';
  return {
    name,
    state: 'warning',
    message: `not delegated to you, so that containers cannot be limited in it: ${lacking.join(', ')}`,
    remedy:
      `sudo mkdir -p ${dirname(file)} && printf '[Service]\\nDelegate=${controllers.join(' ')}\\n' | ` +
      `sudo tee ${file} && sudo systemctl daemon-reload`,
  };
}
