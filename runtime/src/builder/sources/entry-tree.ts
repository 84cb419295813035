// A file tree that files are copied from, whatever it is kept as: what `TreeSource` needs to find things in it.

import type { SourceEntry } from '../contract.ts';

/** Paths are relative to the tree, `''` is its root. */
export interface EntryTree extends AsyncDisposable {
  /** Links on the way are followed inside the tree, the last is not. */
  lstat(path: string): Promise<SourceEntry | undefined>;
  /** Where a path leads when all links are followed inside the tree; undefined where nothing is. */
  realPath(path: string): Promise<string | undefined>;
  /** An entry and all that is below it, parents first, in order. `path` has no links in it. */
  walk(path: string): AsyncIterable<SourceEntry> | Iterable<SourceEntry>;
}

const slash = 0x2f;

/** Sorts folders before what they hold, and what they hold before what follows them. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return left === slash ? -1 : right === slash ? 1 : left - right;
  }
  return a.length - b.length;
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : name === '' ? folder : `${folder}/${name}`;
}

export function parentPath(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The rest of a path below a folder that it is in; `''` for the folder itself. */
export function pathBelow(folder: string, path: string): string {
  return folder === '' ? path : path.slice(folder.length + 1);
}
