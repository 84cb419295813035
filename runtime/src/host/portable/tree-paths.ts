// Paths of a tree: as bytes, and resolved in a file system.

import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import { findEntry, inodeOf, type Name } from '../../../../wasm/src/files/directories.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { at, get, kind, kindOf } from '../../../../wasm/src/files/inode.ts';
import { create, lookUp } from '../../../../wasm/src/files/operations.ts';
import { resolve, type Resolved } from '../../../../wasm/src/files/resolve.ts';
import { EngineError } from '../../spec/errors.ts';
import { decodeName, encodeName } from '../../spec/tar/path-text.ts';
import { errnoError } from '../errno.ts';

/** Of a path or a link's text, as PATH_MAX without its zero. */
export const longestPath = 4095;

/** The bytes of a path or a link's text. @throws EngineError invalidParameter when no kernel would take it */
export function pathBytes(path: string): Uint8Array {
  const bytes = encodeName(path);
  if (bytes.includes(0)) throw new EngineError('invalidParameter', `path ${JSON.stringify(path)}: invalid argument`);
  if (bytes.length > longestPath) throw errnoError('ENAMETOOLONG', 'path', `${path.slice(0, 100)}…`);
  return bytes;
}

/** Without slashes at both ends. */
export function strip(path: string): string {
  let [start, end] = [0, path.length];
  while (path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  return path.slice(start, end);
}

export function nameOf(text: string): Name {
  const bytes = pathBytes(text);
  return { bytes, start: 0, end: bytes.length };
}

/** A name as text; its bytes may be shared memory. */
export function textOf({ bytes, start, end }: Name): string {
  return decodeName(bytes.slice(start, end));
}

/** What is at a path, from the root. Call it inside. @throws Failure */
export function resolvePath(files: FileSystem, path: string, follow: boolean): Resolved {
  return resolve(files, files.root, nameOf(`/${path}`), follow);
}

/** As `resolvePath`, of what must be there. @throws Failure ENOENT */
export function resolveThere(files: FileSystem, path: string, follow: boolean): number {
  const { inode } = resolvePath(files, path, follow);
  return inode === 0 ? fail(errno.ENOENT) : inode;
}

/** A name and the directory that it is in. */
export interface Place {
  readonly directory: number;
  readonly name: Name;
}

/**
 * The place of a path's last name, links above it followed.
 * @param make directories that miss above it, 0755 and root's
 * @throws Failure EINVAL for a path that ends in no name, ENOENT, ENOTDIR
 */
export function placeOf(files: FileSystem, path: string, make: boolean): Place {
  const slash = path.lastIndexOf('/');
  const last = path.slice(slash + 1);
  if (last === '' || last === '.' || last === '..') fail(errno.EINVAL);
  const above = slash < 0 ? '' : path.slice(0, slash);
  const directory = make ? makeDirectories(files, above) : resolveThere(files, above, true);
  if (kindOf(files.arena, directory) !== kind.directory) fail(errno.ENOTDIR);
  return { directory, name: nameOf(last) };
}

/** A link to nothing is no directory that misses. */
function makeDirectories(files: FileSystem, path: string): number {
  const missing: string[] = [];
  let above = path;
  let found = findDirectory(files, above);
  while (found === 0) {
    const slash = above.lastIndexOf('/');
    missing.push(above.slice(slash + 1));
    above = slash < 0 ? '' : above.slice(0, slash);
    found = findDirectory(files, above);
  }
  for (const name of missing.toReversed()) {
    if (name === '' || name === '.') continue;
    if (lookUp(files, found, nameOf(name)) !== 0) fail(errno.ENOENT);
    found = create(files, found, nameOf(name), { kind: kind.directory, mode: 0o755 });
  }
  return found;
}

/** 0 when nothing is there, or nothing above it. */
function findDirectory(files: FileSystem, path: string): number {
  try {
    return resolvePath(files, path, true).inode;
  } catch (error) {
    if (error instanceof Error && error.message === 'ENOENT') return 0;
    throw error;
  }
}

/** The entry of a whiteout at a place; 0 without. */
export function whiteoutAt({ arena }: FileSystem, { directory, name }: Place): number {
  const entry = findEntry(arena, directory, name);
  return entry !== 0 && inodeOf(arena, entry) === 0 ? entry : 0;
}

/** The path of a directory from the root, with a slash before every name. */
export function pathOfDirectory(
  files: FileSystem,
  directory: number,
  nameIn: (parent: number, inode: number) => string,
): string {
  const names: string[] = [];
  for (let inode = directory; inode !== files.root; inode = get(files.arena, inode, at.parent)) {
    names.push(nameIn(get(files.arena, inode, at.parent), inode));
  }
  return names
    .toReversed()
    .map((name) => `/${name}`)
    .join('');
}
