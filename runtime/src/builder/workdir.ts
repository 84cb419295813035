// WORKDIR: the layer with the folders that are not there yet.

import type { Tree, TreeEntry } from '../host/kernel.ts';
import { writeTar } from '../spec/tar/writer.ts';

/** @returns undefined when all of it is there @param owner of the folders that are made */
export async function folderLayer(
  tree: Tree,
  path: string,
  owner: { readonly uid: number; readonly gid: number },
  mtimeNs: bigint,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const names = path.split('/').filter((name) => name !== '');
  let at = '';
  let missing = 0;
  for (; missing < names.length; missing++) {
    const real = await tree.realPath(`${at}/${names[missing] ?? ''}`);
    if (real === undefined) break;
    at = real === '/' ? '' : real;
  }
  if (missing === names.length) return undefined;
  const members = names.slice(missing).map((name) => directory((at = `${at}/${name}`).slice(1), owner, mtimeNs));
  return writeTar(members, { subSecond: true });
}

function directory(
  path: string,
  { uid, gid }: { readonly uid: number; readonly gid: number },
  mtimeNs: bigint,
): TreeEntry {
  return {
    path,
    type: 'directory',
    mode: 0o755,
    uid,
    gid,
    size: 0,
    mtimeNs,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
  };
}
