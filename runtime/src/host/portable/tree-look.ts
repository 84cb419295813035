// Looking at single files of a tree, as a file explorer does.

import { entryName, entryAfter, inodeOf, nextEntry } from '../../../../wasm/src/files/directories.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { at, get, kind, kindOf } from '../../../../wasm/src/files/inode.ts';
import { complete } from '../../../../wasm/src/files/lowers.ts';
import { lookUp, readTarget } from '../../../../wasm/src/files/operations.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import type { FileStatus, FileType } from '../../spec/engine/files.ts';
import { decodeName } from '../../spec/tar/path-text.ts';
import { Breath, callInside, isAbsent } from './inside.ts';
import { sizeOf, timeOf, typeOf } from './tree-entries.ts';
import { nameOf, pathOfDirectory, resolvePath, resolveThere, textOf } from './tree-paths.ts';
import type { TreeView } from './tree-read.ts';

/** Call it inside. @param path of the inode, for a link's target */
export function statusOf(files: FileSystem, inode: number, name: string, path: string): FileStatus {
  const { arena } = files;
  const type = typeOf(files, inode);
  const status = {
    name,
    type,
    size: sizeOf(files, inode),
    mode: get(arena, inode, at.mode),
    uid: get(arena, inode, at.uid) >>> 0,
    gid: get(arena, inode, at.gid) >>> 0,
    mtimeMs: Number(timeOf(files, inode, at.modified) / 1_000_000n),
    ctimeMs: Number(timeOf(files, inode, at.changed) / 1_000_000n),
  };
  if (type !== 'symlink') return status;
  const targetType = typeBehind(files, path);
  const linkTarget = decodeName(readTarget(files, inode));
  return targetType === undefined ? { ...status, linkTarget } : { ...status, linkTarget, targetType };
}

/** What a link leads to; undefined when that is nothing. */
function typeBehind(files: FileSystem, path: string): FileType | undefined {
  try {
    const { inode } = resolvePath(files, path, true);
    return inode === 0 ? undefined : typeOf(files, inode);
  } catch (error) {
    if (isAbsent(error) || (error instanceof Error && error.message === 'ELOOP')) return undefined;
    throw error;
  }
}

/** The names are those that are there at the beginning. */
export async function* listDirectory(view: TreeView, path: string): AsyncGenerator<FileStatus> {
  const { files } = view;
  const { arena } = files;
  const directory = callInside(arena, 'list', path, () => resolveThere(files, path, true));
  const names = callInside(arena, 'list', path, () => namesIn(files, directory));
  const breath = new Breath();
  for (const name of names) {
    view.check();
    const child = `${path}/${name}`;
    const status = callInside(arena, 'stat', child, () => childStatus(files, path, name));
    if (status !== undefined) yield status;
    await breath.take();
  }
}

/** undefined when it was removed meanwhile. */
function childStatus(files: FileSystem, path: string, name: string): FileStatus | undefined {
  try {
    const inode = lookUp(files, resolveThere(files, path, true), nameOf(name));
    return inode === 0 ? undefined : statusOf(files, inode, name, `${path}/${name}`);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Call it inside. @throws Failure ENOTDIR */
export function namesIn(files: FileSystem, directory: number): string[] {
  const { arena } = files;
  if (kindOf(arena, directory) !== kind.directory) fail(errno.ENOTDIR);
  complete(files, directory);
  const names: string[] = [];
  for (let entry = entryAfter(arena, directory, 0); entry !== 0; entry = nextEntry(arena, entry)) {
    if (inodeOf(arena, entry) !== 0) names.push(textOf(entryName(arena, entry)));
  }
  return names;
}

/** The path with every link resolved; undefined when nothing is there. Call it inside. @throws Failure */
export function realPathOf(files: FileSystem, path: string): string | undefined {
  const found = resolvePath(files, path, true);
  if (found.inode === 0) return undefined;
  const above = (directory: number) =>
    pathOfDirectory(files, directory, (parent, inode) => nameIn(files, parent, inode));
  if (found.name === undefined) return above(found.inode) || '/';
  return `${above(found.parent)}/${textOf(found.name)}`;
}

function nameIn({ arena }: FileSystem, parent: number, inode: number): string {
  for (let entry = entryAfter(arena, parent, 0); entry !== 0; entry = nextEntry(arena, entry)) {
    if (inodeOf(arena, entry) === inode) return textOf(entryName(arena, entry));
  }
  return fail(errno.ENOENT);
}
