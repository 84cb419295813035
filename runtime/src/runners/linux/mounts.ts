// The mounts of a container: Docker's defaults, replaced where a volume takes their place, then the volumes and binds.
// Targets are resolved inside the root by the runtime, never here.

import { existsSync, realpathSync, statSync } from 'node:fs';
import { EngineError } from '../../spec/errors.ts';
import { isMapped } from '../../spec/id-map.ts';
import type { HostConfig } from '../../spec/api/containers.ts';
import type { SandboxMount } from '../runner.ts';
import { mountOf, type MountInfo } from './mount-info.ts';
import type { RuntimeMount } from './oci-runtime-spec.ts';
import type { HostFacts } from './probe.ts';

const terminalGroup = 5;

const defaultShmSize = 64 * 1024 * 1024;

export interface MountRequest {
  readonly hostConfig: HostConfig;
  readonly mounts: readonly SandboxMount[];
  /** Directory on the host to show as /dev/shm, when it is shared. */
  readonly sharedShm?: string | undefined;
  /** SecurityOpt writable-cgroups. */
  readonly writableCgroups?: boolean | undefined;
  readonly facts: Pick<HostFacts, 'kernel' | 'cgroups' | 'rights'>;
  /** The runtime understands `rro`. */
  readonly recursiveReadOnly: boolean;
  /** The mount table of the host. */
  readonly table: () => readonly MountInfo[];
}

/** All mounts in order, parents first. */
export function mountsOf(request: MountRequest): readonly RuntimeMount[] {
  const targets = new Set(request.mounts.map((mount) => mount.target));
  const defaults = defaultMounts(request)
    .filter((mount) => !targets.has(mount.destination))
    .filter((mount) => !(targets.has('/dev') && mount.destination.startsWith('/dev/')))
    .map((mount) => (request.hostConfig.ReadonlyRootfs ? readOnlyWithRoot(mount) : mount));
  const own = request.mounts.map((mount) => (mount.type === 'tmpfs' ? tmpfsMount(mount) : bindMount(mount, request)));
  return [...defaults, ...own];
}

function defaultMounts(request: MountRequest): readonly RuntimeMount[] {
  const { hostConfig, facts } = request;
  const privileged = hostConfig.Privileged === true;
  const sysOptions = ['nosuid', 'noexec', 'nodev', ...(privileged ? [] : ['ro'])];
  const cgroupOptions = ['nosuid', 'noexec', 'nodev', ...((request.writableCgroups ?? privileged) ? [] : ['ro'])];
  // Terminals belong to the group `tty`, if there is one here.
  const terminals = isMapped(facts.rights.ids.gids, terminalGroup) ? [`gid=${terminalGroup}`] : [];
  return [
    procMount(request),
    mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', 'devpts', [
      'nosuid',
      'noexec',
      'newinstance',
      'ptmxmode=0666',
      'mode=0620',
      ...terminals,
    ]),
    mount('/sys', 'sysfs', 'sysfs', sysOptions),
    ...(facts.cgroups.mode === 'none' ? [] : [mount('/sys/fs/cgroup', 'cgroup', 'cgroup', cgroupOptions)]),
    ...queueMount(request),
    ...shmMount(request),
  ];
}

/** Only who owns a process namespace may mount its files: without root those of the host are shown as they are mounted. */
function procMount({ hostConfig, facts }: MountRequest): RuntimeMount {
  const options = ['nosuid', 'noexec', 'nodev'];
  const isHosts = hostConfig.PidMode === 'host' && !facts.rights.isMachineRoot;
  return isHosts ? mount('/proc', 'bind', '/proc', ['rbind', ...options]) : mount('/proc', 'proc', 'proc', options);
}

/** Message queues belong to the IPC namespace, as the files of /proc do to theirs. */
function queueMount({ hostConfig, facts }: MountRequest): readonly RuntimeMount[] {
  const options = ['nosuid', 'noexec', 'nodev'];
  const isHosts = hostConfig.IpcMode === 'host' && !facts.rights.isMachineRoot;
  if (!isHosts) return [mount('/dev/mqueue', 'mqueue', 'mqueue', options)];
  return existsSync('/dev/mqueue') ? [mount('/dev/mqueue', 'bind', '/dev/mqueue', ['rbind', ...options])] : [];
}

function shmMount({ hostConfig, sharedShm }: MountRequest): readonly RuntimeMount[] {
  const shared = hostConfig.IpcMode === 'host' ? '/dev/shm' : sharedShm;
  if (shared !== undefined) return [mount('/dev/shm', 'bind', shared, ['rbind', 'rprivate'])];
  if (hostConfig.IpcMode === 'none') return [];
  return [mount('/dev/shm', 'tmpfs', 'shm', ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${shmSize(hostConfig)}`])];
}

/** Bytes of /dev/shm. */
export function shmSize(hostConfig: HostConfig): number {
  return hostConfig.ShmSize || defaultShmSize;
}

const writableAnyway = new Set(['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue']);

function readOnlyWithRoot(given: RuntimeMount): RuntimeMount {
  if (writableAnyway.has(given.destination) || given.options.includes('ro')) return given;
  return { ...given, options: [...given.options, 'ro'] };
}

function bindMount(given: SandboxMount, request: MountRequest): RuntimeMount {
  const recursive = given.recursive !== false;
  const [major, minor] = request.facts.kernel;
  const canRecurse = request.recursiveReadOnly && (major > 5 || (major === 5 && minor >= 12));
  // A file has nothing mounted below, and crun 1.8 fails on `rro` for one.
  const below = () => statSync(given.source, { throwIfNoEntry: false })?.isDirectory() === true;
  const kept = ownFiles.has(given.target) ? [] : optionsOfSource(given.source, request.table());
  const readOnly = given.readOnly ? [recursive && canRecurse && below() ? 'rro' : 'ro'] : [];
  const propagation = given.propagation || 'rprivate';
  return mount(given.target, 'bind', given.source, [
    recursive ? 'rbind' : 'bind',
    ...kept,
    ...readOnly,
    propagation,
    ...(given.options ?? []),
  ]);
}

/** The engine's own, which lie on its own disk. */
const ownFiles = new Set(['/etc/hosts', '/etc/hostname', '/etc/resolv.conf']);

/** What must not be lost of the mount that a source lies on: crun would make a bind of it without. */
function optionsOfSource(source: string, table: readonly MountInfo[]): readonly string[] {
  let path: string;
  try {
    path = realpathSync(source);
  } catch {
    // The runtime says that it is not there.
    return [];
  }
  const options = mountOf(path, table)?.options ?? [];
  return options.filter((option) => ['ro', 'nosuid', 'nodev', 'noexec'].includes(option));
}

/** Pairs of which the later option wins. */
const opposites: Readonly<Record<string, string>> = {
  exec: 'noexec',
  noexec: 'exec',
  suid: 'nosuid',
  nosuid: 'suid',
  dev: 'nodev',
  nodev: 'dev',
  ro: 'rw',
  rw: 'ro',
  atime: 'noatime',
  noatime: 'atime',
};

function tmpfsMount(given: SandboxMount): RuntimeMount {
  let options: readonly string[] = ['noexec', 'nosuid', 'nodev', 'rprivate'];
  for (const option of [...(given.options ?? []), ...(given.readOnly ? ['ro'] : [])]) {
    const key = option.split('=')[0] ?? option;
    const others = options.filter((other) => other !== opposites[option] && (other.split('=')[0] ?? other) !== key);
    options = [...others, option];
  }
  return mount(given.target, 'tmpfs', 'tmpfs', options);
}

/**
 * Propagation of the root that the binds' own need.
 * @throws EngineError system in moby's words when a source is not on a mount that is shared
 */
export function rootPropagation(
  mounts: readonly SandboxMount[],
  table: () => readonly MountInfo[],
): string | undefined {
  let result: string | undefined;
  for (const { propagation, source } of mounts) {
    if (propagation === 'shared' || propagation === 'rshared') {
      requirePropagation(source, table(), ['shared:'], 'a shared mount');
      result = 'shared';
    } else if (propagation === 'slave' || propagation === 'rslave') {
      requirePropagation(source, table(), ['shared:', 'master:'], 'a shared or slave mount');
      result ??= 'rslave';
    }
  }
  return result;
}

function requirePropagation(
  source: string,
  table: readonly MountInfo[],
  prefixes: readonly string[],
  what: string,
): void {
  const holder = mountOf(source, table);
  const fits = holder?.propagation.some((item) => prefixes.some((prefix) => item.startsWith(prefix)));
  if (fits) return;
  throw new EngineError('system', `path ${source} is mounted on ${holder?.mountPoint ?? '/'} but it is not ${what}`);
}

function mount(destination: string, type: string, source: string, options: readonly string[]): RuntimeMount {
  return { destination, type, source, options };
}
