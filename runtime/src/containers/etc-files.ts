// The three files that every container gets in /etc. Every start makes them anew, so that they lie in the exec-root: there they cost no
// disk, and that they go with the machine does no harm. Until the container is removed they stay, for who looks at its files meanwhile.

import type { SandboxMount } from '../runners/runner.ts';
import type { Joined } from '../spec/engine/networks.ts';
import type { Container } from './container.ts';
import { quietly, type Room } from './room.ts';

const names = ['resolv.conf', 'hostname', 'hosts'] as const;

export type EtcFile = (typeof names)[number];

export function etcPath(room: Room, id: string, name: EtcFile): string {
  return `${directoryOf(room, id)}/${name}`;
}

/** The mounts of `owner`'s files in `container`, but where the user mounts something else. */
export function etcMounts(room: Room, container: Container, owner: Container): readonly SandboxMount[] {
  const taken = new Set(container.record.mounts.map((mount) => mount.destination));
  return names
    .filter((name) => !taken.has(`/etc/${name}`))
    .map((name) => ({
      type: 'bind',
      source: etcPath(room, owner.id, name),
      target: `/etc/${name}`,
      readOnly: false,
      propagation: 'rprivate',
    }));
}

/** Writes all of them, as every start does. */
export async function writeEtcFiles(room: Room, container: Container, joined: Joined): Promise<void> {
  await write(room, container, { ...ofNetworks(joined), hostname: `${container.record.config.Hostname ?? ''}\n` });
}

/** Those that tell of networks, in place, also while the container runs: they are mounted by inode. */
export async function rewriteEtcFiles(room: Room, container: Container, joined: Joined): Promise<void> {
  await write(room, container, ofNetworks(joined));
}

/** Of a container that is being removed. */
export async function removeEtcFiles(room: Room, id: string): Promise<void> {
  await quietly(room, 'remove its files of /etc', () => room.host.files.removeFew(directoryOf(room, id)));
}

/** What an engine left that died before it had removed them, and what was of builds. */
export async function removeStrayEtcFiles(room: Room): Promise<void> {
  for (const id of await room.host.files.list(room.etcDirectory)) {
    if (room.store.get(id) === undefined) await removeEtcFiles(room, id);
  }
}

function directoryOf(room: Room, id: string): string {
  return `${room.etcDirectory}/${id}`;
}

function ofNetworks({ hosts, resolvConf }: Joined): Partial<Record<EtcFile, string>> {
  return { hosts, 'resolv.conf': resolvConf };
}

async function write(room: Room, { id }: Container, texts: Partial<Record<EtcFile, string>>): Promise<void> {
  const { files } = room.host;
  await files.makeDirectory(directoryOf(room, id), { recursive: true, mode: 0o710 });
  for (const name of names) {
    const text = texts[name];
    if (text !== undefined) await files.write(etcPath(room, id, name), text, { mode: 0o644 });
  }
}
