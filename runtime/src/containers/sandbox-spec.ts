// The parts of a sandbox's description that are neither mounts of the user nor network: environment, log, namespaces shared
// with other containers, and the three files that every container gets in /etc.

import type { SandboxMount, SandboxSpec } from '../runners/runner.ts';
import type { ShimLog } from '../host/kernel.ts';
import type { Joined } from '../spec/engine/networks.ts';
import type { Container } from './container.ts';
import { conflict } from './errors.ts';
import type { Link } from './links.ts';
import { isCompressed, limitsOf, maxWaitingOf } from './log-options.ts';
import { envKey } from './merge-config.ts';
import { networkModeOf } from './network-request.ts';
import { findLender, lenderById, type Room } from './room.ts';

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** PATH, HOSTNAME, TERM and links first; what the configuration says replaces them, and a bare `KEY` takes one away. */
export function environmentOf(
  container: Container,
  links: readonly Link[],
  terminal = container.record.config.Tty === true,
): readonly string[] {
  const { config } = container.record;
  const base = [
    defaultPath,
    `HOSTNAME=${config.Hostname ?? ''}`,
    ...(terminal ? ['TERM=xterm'] : []),
    ...links.flatMap((link) => link.env),
  ];
  return mergeEnvironment(base, config.Env ?? []);
}

/** @returns `base` with each of `changes` in place of its own, new ones at the end */
export function mergeEnvironment(base: readonly string[], changes: readonly string[]): readonly string[] {
  const result = new Map(base.map((entry) => [envKey(entry), entry]));
  for (const entry of changes) {
    if (entry.includes('=')) result.set(envKey(entry), entry);
    else result.delete(entry);
  }
  return [...result.values()];
}

export function logOf(room: Room, container: Container): ShimLog {
  const log = container.record.hostConfig.LogConfig;
  const driver = log?.Type === 'local' || log?.Type === 'none' ? log.Type : 'json-file';
  const maxWaiting = maxWaitingOf(log?.Config ?? {});
  return {
    driver,
    path: driver === 'none' ? '' : logPath(room, container, driver),
    ...limitsOf(driver, log?.Config ?? {}),
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
    ...(isCompressed(log?.Config ?? {}) ? { isCompressed: true } : {}),
  };
}

function logPath(room: Room, container: Container, driver: 'json-file' | 'local'): string {
  const directory = room.store.directoryOf(container.id);
  return driver === 'json-file' ? `${directory}/${container.id}-json.log` : `${directory}/container.log`;
}

export interface Spaces {
  /** `own`: a namespace is made for it; `host`; `shared`: another container's. */
  readonly network: 'own' | 'host' | 'shared';
  readonly sharedNetwork: SandboxSpec['network'];
  readonly joined: Pick<SandboxSpec, 'joinPid' | 'joinIpcPid'>;
  readonly files: readonly SandboxMount[];
}

/** @throws EngineError conflict when it is to share with a container that does not run */
export function namespacesOf(room: Room, container: Container): Spaces {
  const { hostConfig } = container.record;
  const mode = networkModeOf(container);
  const pid = sharedWith(room, hostConfig.PidMode, 'PID');
  const ipc = sharedWith(room, hostConfig.IpcMode, 'IPC');
  const joined = {
    ...(pid === undefined ? {} : { joinPid: pidOf(pid) }),
    ...(ipc === undefined ? {} : { joinIpcPid: pidOf(ipc) }),
  };
  const other = sharedWith(room, mode, 'network');
  if (other !== undefined) {
    const netns = other.record.netns;
    return {
      network: 'shared',
      sharedNetwork: netns === undefined ? 'host' : { netns },
      joined,
      files: networkFiles(room, container, fileOwner(room, other)),
    };
  }
  return {
    network: mode === 'host' ? 'host' : 'own',
    sharedNetwork: 'host',
    joined,
    files: networkFiles(room, container, container),
  };
}

function sharedWith(room: Room, mode: string | null | undefined, what: string): Container | undefined {
  if (mode?.startsWith('container:') !== true) return undefined;
  const other = findLender(room, mode.slice('container:'.length));
  if (!other.isLive) {
    throw conflict(
      what === 'network'
        ? `cannot join network of a non running container: ${other.id}`
        : `cannot join ${what} of a non running container: ${other.id}`,
    );
  }
  return other;
}

function pidOf(container: Container): number {
  const { state } = container;
  return state.status === 'running' || state.status === 'paused' ? state.pid : 0;
}

/** Follows `container:` modes to the one whose files are used. */
export function fileOwner(room: Room, container: Container): Container {
  const mode = networkModeOf(container);
  const next = mode.startsWith('container:') ? lenderById(room, mode.slice('container:'.length)) : undefined;
  return next === undefined || next === container ? container : fileOwner(room, next);
}

const etcFiles = ['resolv.conf', 'hostname', 'hosts'] as const;

/** The mounts of resolv.conf, hostname and hosts, but where the user mounts something else. */
export function networkFiles(room: Room, container: Container, owner: Container): readonly SandboxMount[] {
  const taken = new Set(container.record.mounts.map((mount) => mount.destination));
  return etcFiles
    .filter((name) => !taken.has(`/etc/${name}`))
    .map((name) => ({
      type: 'bind',
      source: networkFilePath(room, owner.id, name),
      target: `/etc/${name}`,
      readOnly: false,
      propagation: 'rprivate',
    }));
}

export function networkFilePath(room: Room, id: string, name: (typeof etcFiles)[number]): string {
  const store = room.lenders?.get(id) === undefined ? room.store : room.lenders;
  return `${store.directoryOf(id)}/${name}`;
}

/** Writes the container's three files, as every start does. */
export async function writeNetworkFiles(room: Room, container: Container, joined: Joined): Promise<void> {
  await writeFile(room, container, 'hostname', `${container.record.config.Hostname ?? ''}\n`);
  await rewriteNetworkFiles(room, container, joined);
}

/** Also of a running container, in place: they are mounted by inode. */
export async function rewriteNetworkFiles(room: Room, container: Container, joined: Joined): Promise<void> {
  await writeFile(room, container, 'hosts', joined.hosts);
  await writeFile(room, container, 'resolv.conf', joined.resolvConf);
}

function writeFile(room: Room, { id }: Container, name: (typeof etcFiles)[number], text: string): Promise<void> {
  return room.host.files.write(networkFilePath(room, id, name), text, { mode: 0o644 });
}
