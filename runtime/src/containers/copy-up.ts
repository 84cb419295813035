// A new, empty volume takes over what the image has at its mount point, once: Docker's copy-up.

import type { RootSpec, SandboxMount } from '../runners/runner.ts';
import type { MountRecord } from './record.ts';
import type { Room } from './room.ts';

/** Fills the volumes among `mounts` that are still fresh and empty. The container must exist on disk. */
export async function copyUp(room: Room, root: RootSpec, mounts: readonly MountRecord[]): Promise<void> {
  for (const mount of mounts) {
    const name = mount.name;
    if (mount.type !== 'volume' || name === undefined || mount.noCopy === true || mount.subpath !== undefined) continue;
    if (!(await room.volumes.isFresh(name))) continue;
    const userId = `copy-up-${root.id}`;
    const source = await room.volumes.mount(name, userId);
    try {
      if ((await room.host.files.list(source)).length === 0 && (await fill(room, root, mount.destination, source))) {
        await room.volumes.markFilled(name);
      }
    } finally {
      await room.volumes.unmount(name, userId);
    }
  }
}

async function fill(room: Room, root: RootSpec, destination: string, source: string): Promise<boolean> {
  await using image = await room.runner.openRoot(root, []);
  const from = await image.realPath(destination);
  if (from === undefined) return false;
  const start = await image.stat(from);
  if (start?.type !== 'directory') return false;
  // The volume is reached through the container's root, bound at its place, so that nothing needs a way of its own.
  const bind: SandboxMount = { type: 'bind', source, target: destination, readOnly: false };
  await using volume = await room.runner.openRoot(root, [bind]);
  const into = ((await volume.realPath(destination)) ?? destination).slice(1);
  const base = from.slice(1);
  const prefix = base === '' ? '' : `${base}/`;
  for await (const entry of image.walk(from)) {
    const rest = entry.path === base ? '' : entry.path.slice(prefix.length);
    const path = rest === '' ? into : `${into}/${rest}`;
    const linkName = entry.type === 'hardlink' ? `${into}/${entry.linkName.slice(prefix.length)}` : entry.linkName;
    await volume.put({ ...entry, path, linkName }, entry.content);
  }
  await volume.flush();
  return true;
}
