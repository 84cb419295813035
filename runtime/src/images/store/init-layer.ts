// What stands below every image, as Docker's "init layer" does: the mount points that a container needs, so that the runtime need
// not make them in each writable layer, the files that programs look for, and `/.dockerenv`, by which many know that they are in a
// container. It lies lowest: whatever an image has itself hides it.

import type { Files } from '../../host/host.ts';

/** Beside the layers, and no name that one of them can have. */
export const initLayerName = 'init';

const folders = ['dev', 'dev/pts', 'dev/shm', 'etc', 'proc', 'sys'];
const emptyFiles = ['.dockerenv', 'dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf'];

/** Makes it, or what is missing of it. @param layers the folder of all layers @returns its path */
export async function makeInitLayer(files: Files, layers: string): Promise<string> {
  const diff = `${layers}/${initLayerName}/diff`;
  await Promise.all(
    folders.map((folder) => files.makeDirectory(`${diff}/${folder}`, { recursive: true, mode: 0o755 })),
  );
  await Promise.all([
    ...emptyFiles.map((name) => makeEmpty(files, `${diff}/${name}`)),
    makeMtab(files, `${diff}/etc/mtab`),
  ]);
  return diff;
}

async function makeEmpty(files: Files, path: string): Promise<void> {
  if ((await files.stat(path)) === undefined) await (await files.create(path, { mode: 0o755 })).close();
}

async function makeMtab(files: Files, path: string): Promise<void> {
  if ((await files.stat(path)) === undefined) await files.symlink('/proc/mounts', path);
}
