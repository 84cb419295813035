// Paths of a tree: as bytes, and resolved in what it shows.

import { findEntry, inodeOf, type Name } from '../../../../wasm/src/files/directories.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { kind } from '../../../../wasm/src/files/inode.ts';
import type { Found } from '../../../../wasm/src/files/resolve.ts';
import { MemoryTree } from '../../../../wasm/src/mounts/memory-tree.ts';
import type { Place } from '../../../../wasm/src/mounts/mount.ts';
import type { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { errno, fail, Failure } from '../../../../wasm/src/wasi/errno.ts';
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

/** What is at a path, from the root. Call it inside, as the others. @throws Failure */
export function resolvePath(space: Namespace, path: string, follow: boolean): Found<Place> {
  return space.find(space.root, nameOf(`/${path}`), follow);
}

/** As `resolvePath`, of what must be there. @throws Failure ENOENT */
export function resolveThere(space: Namespace, path: string, follow: boolean): Place {
  return resolvePath(space, path, follow).place ?? fail(errno.ENOENT);
}

/** A name and the directory that it is in. */
export interface Spot {
  readonly directory: Place;
  readonly name: Name;
}

/**
 * The place of a path's last name, links above it followed.
 * @param make directories that miss above it, 0755 and root's
 * @throws Failure EINVAL for a path that ends in no name, ENOENT, ENOTDIR
 */
export function spotOf(space: Namespace, path: string, make: boolean): Spot {
  const slash = path.lastIndexOf('/');
  const last = path.slice(slash + 1);
  if (last === '' || last === '.' || last === '..') fail(errno.EINVAL);
  const above = slash < 0 ? '' : path.slice(0, slash);
  const directory = make ? makeDirectories(space, above) : resolveThere(space, above, true);
  if (space.kindOf(directory) !== kind.directory) fail(errno.ENOTDIR);
  return { directory, name: nameOf(last) };
}

/** A link to nothing is no directory that misses. */
function makeDirectories(space: Namespace, path: string): Place {
  const missing: string[] = [];
  let above = path;
  let found = findDirectory(space, above);
  while (found === undefined) {
    const slash = above.lastIndexOf('/');
    missing.push(above.slice(slash + 1));
    above = slash < 0 ? '' : above.slice(0, slash);
    found = findDirectory(space, above);
  }
  for (const name of missing.toReversed()) {
    if (name === '' || name === '.') continue;
    if (space.lookUp(found, nameOf(name)) !== undefined) fail(errno.ENOENT);
    found = makeAt(space, { directory: found, name: nameOf(name) }, kind.directory, 0o755);
  }
  return found;
}

/** undefined when nothing is there, or nothing above it. */
function findDirectory(space: Namespace, path: string): Place | undefined {
  try {
    return resolvePath(space, path, true).place;
  } catch (error) {
    if (error instanceof Failure && error.message === 'ENOENT') return undefined;
    throw error;
  }
}

/** What is new there, root's. @throws Failure EEXIST, EROFS, EPERM where the host has no such files, ENOSPC */
export function makeAt(space: Namespace, { directory, name }: Spot, what: number, mode: number): Place {
  const node = space.treeToChange(directory).create(directory.node, name, { kind: what, mode, uid: 0, gid: 0 });
  return { mount: directory.mount, node };
}

/** The file system of a place, where it is one of ours. */
export function filesAt({ mount }: Place): FileSystem | undefined {
  return mount.tree instanceof MemoryTree ? mount.tree.files : undefined;
}

/** The entry of a whiteout at a spot, and whose it is; undefined without. */
export function whiteoutAt({
  directory,
  name,
}: Spot): { readonly files: FileSystem; readonly entry: number } | undefined {
  const files = filesAt(directory);
  const entry = files === undefined ? 0 : findEntry(files.arena, directory.node, name);
  return files !== undefined && entry !== 0 && inodeOf(files.arena, entry) === 0 ? { files, entry } : undefined;
}

/** The path with every link resolved; undefined when nothing is there. @throws Failure */
export function realPathOf(space: Namespace, path: string): string | undefined {
  const { parent, name, place } = resolvePath(space, path, true);
  if (place === undefined) return undefined;
  if (name === undefined) return pathOfDirectory(space, place) || '/';
  return `${pathOfDirectory(space, parent)}/${textOf(name)}`;
}

/** With a slash before every name, from the root. */
function pathOfDirectory(space: Namespace, directory: Place): string {
  const names: string[] = [];
  let place = directory;
  for (;;) {
    const { mount, node } = place;
    const tree = space.treeAt(place);
    if (!tree.isRoot(node)) {
      const above = tree.above(node);
      names.push(nameIn(space, { mount, node: above }, tree.stat(node).inode));
      place = { mount, node: above };
    } else if (mount.on === undefined) return names.toReversed().join('');
    else place = mount.on;
  }
}

function nameIn(space: Namespace, parent: Place, inode: bigint): string {
  for (const listed of space.treeAt(parent).list(parent.node, 0)) {
    if (listed.inode === inode) return `/${textOf(listed.name)}`;
  }
  return fail(errno.ENOENT);
}
