// What the archive calls say about a path, with the bits of Go's os.FileMode.

import type { EntryType, Tree, TreeEntry } from '../host/kernel.ts';
import type { PathStat } from '../spec/engine/containers.ts';
import { encodeName } from '../spec/tar/path-text.ts';
import { formatTime } from './time.ts';

/** Bits are numbers beyond 31, so that they are added, never shifted together. */
const typeBits: Readonly<Record<EntryType, number>> = {
  file: 0,
  hardlink: 0,
  directory: 2 ** 31,
  symlink: 2 ** 27,
  block: 2 ** 26,
  character: 2 ** 26 + 2 ** 21,
  fifo: 2 ** 25,
  socket: 2 ** 24,
};

export function goFileMode(type: EntryType, mode: number): number {
  const special =
    ((mode & 0o4000) === 0 ? 0 : 2 ** 23) +
    ((mode & 0o2000) === 0 ? 0 : 2 ** 22) +
    ((mode & 0o1000) === 0 ? 0 : 2 ** 20);
  return typeBits[type] + special + (mode & 0o777);
}

/** @param name as asked for, its last part is shown */
export async function pathStat(tree: Tree, entry: TreeEntry, name: string): Promise<PathStat> {
  return {
    name,
    size: entry.type === 'symlink' ? encodeName(entry.linkName).length : entry.size,
    mode: goFileMode(entry.type, entry.mode),
    mtime: formatTime(entry.mtimeNs < 0n ? 0n : entry.mtimeNs),
    linkTarget: entry.type === 'symlink' ? await linkTarget(tree, entry) : '',
  };
}

/** Where a link leads, inside the root; of a dangling one by its text. */
async function linkTarget(tree: Tree, entry: TreeEntry): Promise<string> {
  const real = await tree.realPath(`/${entry.path}`);
  if (real !== undefined) return real;
  if (entry.linkName.startsWith('/')) return entry.linkName;
  const parent = entry.path.includes('/') ? entry.path.slice(0, entry.path.lastIndexOf('/')) : '';
  return `/${parent === '' ? '' : `${parent}/`}${entry.linkName}`;
}
