// What stands below every image, as Docker's "init layer" does: the mount points that a container needs, so that the runtime need
// not make them in each writable layer, the files that programs look for, and `/.dockerenv`, by which many know that they are in a
// container. It lies lowest: whatever an image has itself hides it.

import type { Files } from '../../host/host.ts';

/** Beside the layers, and no name that one of them can have. */
export const initLayerName = 'init';

const folders = ['dev', 'dev/pts', 'dev/shm', 'etc', 'proc', 'sys'];
const emptyFiles = ['.dockerenv', 'dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf'];

/** Makes it, or what is missing of it. @param layers the folder of all layers */
export async function makeInitLayer(files: Files, layers: string): Promise<void> {
  const diff = `${layers}/${initLayerName}/diff`;
  await files.makeDirectory(diff, { recursive: true, mode: 0o755 });
  for (const folder of folders) await files.makeDirectory(`${diff}/${folder}`, { recursive: true, mode: 0o755 });
  for (const name of emptyFiles) {
    if ((await files.stat(`${diff}/${name}`)) !== undefined) continue;
    await (await files.create(`${diff}/${name}`, { mode: 0o755 })).close();
  }
  if ((await files.stat(`${diff}/etc/mtab`)) === undefined) await files.symlink('/proc/mounts', `${diff}/etc/mtab`);
}
