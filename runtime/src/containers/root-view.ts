// A container's files as it sees them, volumes and binds in place, whether it runs or not.

import type { Tree } from '../host/kernel.ts';
import type { SandboxMount } from '../runners/runner.ts';
import type { Container } from './container.ts';
import type { MountRecord } from './record.ts';
import { quietly, type Room, rootSpec } from './room.ts';
import { fileOwner, networkFiles } from './sandbox-spec.ts';

export interface RootView extends AsyncDisposable {
  readonly tree: Tree;
}

let counter = 0;

/** Opens the view; its end, however often it is asked for, gives the volumes back. */
export async function openView(room: Room, container: Container): Promise<RootView> {
  await using undo = new AsyncDisposableStack();
  const user = `view-${++counter}-${container.id}`;
  const binds: SandboxMount[] = [];
  for (const mount of byDepth(container.record.mounts)) {
    const source = await sourceOf(room, mount, user);
    if (source === undefined) continue;
    const { name } = mount;
    if (mount.type === 'volume' && name !== undefined) {
      undo.defer(() => quietly(room, 'unmount volume', () => room.volumes.unmount(name, user)));
    }
    binds.push({ type: 'bind', source, target: mount.destination, readOnly: mount.readOnly });
  }
  binds.push(...(await writtenFiles(room, container)));
  const tree = await room.runner.openRoot(await rootSpec(room, container), binds);
  undo.defer(() => tree[Symbol.asyncDispose]());
  const held = undo.move();
  let ended: Promise<void> | undefined;
  return { tree, [Symbol.asyncDispose]: () => (ended ??= held.disposeAsync()) };
}

/** Why nothing may be written at a path of the container, its links resolved; undefined where it may. */
export function readOnlyReason(container: Container, path: string): string | undefined {
  const { mounts, hostConfig } = container.record;
  const mount = mounts
    .filter(({ destination }) => path === destination || path.startsWith(`${destination}/`))
    .sort((a, b) => b.destination.length - a.destination.length)[0];
  if (mount?.readOnly === true) return 'mounted volume is marked read-only';
  return mount === undefined && hostConfig.ReadonlyRootfs === true ? 'container rootfs is marked read-only' : undefined;
}

function byDepth(mounts: readonly MountRecord[]): readonly MountRecord[] {
  const depth = (path: string): number => path.split('/').length;
  return mounts.toSorted((a, b) => depth(a.destination) - depth(b.destination));
}

async function sourceOf(room: Room, mount: MountRecord, user: string): Promise<string | undefined> {
  if (mount.type === 'tmpfs') return undefined;
  if (mount.type === 'bind') return (await room.host.files.stat(mount.source)) === undefined ? undefined : mount.source;
  const path = await room.volumes.mount(mount.name ?? '', user);
  if (mount.subpath === undefined) return path;
  const real = await room.host.files.realPath(`${path}/${mount.subpath}`);
  return real.startsWith(`${await room.host.files.realPath(path)}/`) ? real : undefined;
}

/** The files in /etc that every container gets, once it has been started. */
async function writtenFiles(room: Room, container: Container): Promise<readonly SandboxMount[]> {
  const files = networkFiles(room, container, fileOwner(room, container));
  const present: SandboxMount[] = [];
  for (const file of files) if ((await room.host.files.stat(file.source)) !== undefined) present.push(file);
  return present;
}
