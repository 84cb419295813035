// What system calls do to names: POSIX's meaning, on inodes and names. Paths are resolved in `resolve.ts`.

import { errno, fail } from '../wasi/errno.ts';
import { freeAttributes } from './attributes.ts';
import { freeContent } from './contents.ts';
import {
  addEntry,
  entryAfter,
  entryName,
  findEntry,
  freeBuckets,
  inodeOf,
  nextEntry,
  removeEntry,
  serialOf,
  setInode,
  type Name,
} from './directories.ts';
import type { FileSystem } from './file-system.ts';
import { at, flag, get, getDouble, hasFlag, inodeBytes, kind, kindOf, set, setDouble, setFlag } from './inode.ts';
import { complete, findBelow, freeLowers, originName, originOf, show } from './lowers.ts';

const mostSymbolicBytes = 4096;

/** @returns the inode at a name, which is neither `.` nor `..`; 0 without @throws Failure ENOTDIR, ENOSPC */
export function lookUp(files: FileSystem, directory: number, name: Name): number {
  const { arena } = files;
  if (kindOf(arena, directory) !== kind.directory) fail(errno.ENOTDIR);
  const entry = findEntry(arena, directory, name);
  if (entry !== 0) return inodeOf(arena, entry);
  if (hasFlag(arena, directory, flag.complete)) return 0;
  const below = findBelow(files, directory, name);
  return below === undefined ? 0 : show(files, directory, name, below);
}

export interface NewInode {
  readonly kind: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** @returns the new inode @throws Failure EEXIST, ENOENT for a directory that was removed, ENAMETOOLONG, ENOSPC */
export function create(files: FileSystem, directory: number, name: Name, made: NewInode): number {
  const { arena } = files;
  checkNew(files, directory, name);
  const inode = files.makeInode(made.kind, made.mode);
  try {
    giveName(files, directory, name, inode);
  } catch (error) {
    arena.free(inode, inodeBytes);
    throw error;
  }
  set(arena, inode, at.uid, made.uid ?? 0);
  set(arena, inode, at.gid, made.gid ?? 0);
  set(arena, inode, at.links, 1);
  setFlag(arena, inode, flag.touched);
  if (hasFlag(arena, directory, flag.bounded)) setFlag(arena, inode, flag.bounded);
  if (made.kind === kind.directory) {
    setFlag(arena, inode, flag.complete);
    set(arena, inode, at.parent, directory);
  }
  return inode;
}

/** A symbolic link. @throws Failure as `create`, and ENAMETOOLONG for the target */
export function createLink(files: FileSystem, directory: number, name: Name, target: Uint8Array): number {
  if (target.length >= mostSymbolicBytes) fail(errno.ENAMETOOLONG);
  if (target.length === 0) fail(errno.ENOENT);
  const { arena } = files;
  // The name first: what fails then leaves nothing.
  const inode = create(files, directory, name, { kind: kind.symlink, mode: 0o777 });
  try {
    const content = arena.allocate(target.length, false);
    arena.u8.set(target, content);
    set(arena, inode, at.content, content);
    set(arena, inode, at.contentRoom, target.length);
    setDouble(arena, inode, at.size, target.length);
  } catch (error) {
    takeName(files, directory, name);
    throw error;
  }
  return inode;
}

/** The target of a symbolic link, the caller's own. @throws Failure EINVAL for what is none */
export function readTarget(files: FileSystem, inode: number): Uint8Array {
  const { arena } = files;
  if (kindOf(arena, inode) !== kind.symlink) fail(errno.EINVAL);
  const origin = originOf(files, inode);
  if (origin !== undefined) return readTarget(files.layer(origin.layer), origin.inode);
  const content = get(arena, inode, at.content);
  return arena.u8.slice(content, content + getDouble(arena, inode, at.size));
}

/** A further name. @throws Failure EPERM for a directory, EEXIST, ENOSPC */
export function addName(files: FileSystem, directory: number, name: Name, inode: number): void {
  const { arena } = files;
  if (kindOf(arena, inode) === kind.directory) fail(errno.EPERM);
  checkNew(files, directory, name);
  giveName(files, directory, name, inode);
  set(arena, inode, at.links, get(arena, inode, at.links) + 1);
  setFlag(arena, inode, flag.touched);
  files.touch(inode, at.changed);
}

/** Removes a name of anything but a directory. @throws Failure ENOENT, EISDIR */
export function unlink(files: FileSystem, directory: number, name: Name): void {
  const inode = lookUp(files, directory, name);
  if (inode === 0) fail(errno.ENOENT);
  if (kindOf(files.arena, inode) === kind.directory) fail(errno.EISDIR);
  takeName(files, directory, name);
}

/** @throws Failure ENOENT, ENOTDIR, ENOTEMPTY, ENOSPC */
export function removeDirectory(files: FileSystem, directory: number, name: Name): void {
  const inode = lookUp(files, directory, name);
  if (inode === 0) fail(errno.ENOENT);
  if (kindOf(files.arena, inode) !== kind.directory) fail(errno.ENOTDIR);
  if (!isEmpty(files, inode)) fail(errno.ENOTEMPTY);
  takeName(files, directory, name);
}

/** As rename(2): what is at the new name is replaced. @throws Failure ENOENT, EISDIR, ENOTDIR, ENOTEMPTY, EINVAL into itself */
export function rename(files: FileSystem, from: number, name: Name, to: number, newName: Name): void {
  const { arena } = files;
  const inode = lookUp(files, from, name);
  if (inode === 0) fail(errno.ENOENT);
  const replaced = lookUp(files, to, newName);
  if (replaced === inode) return;
  // What is above a directory that was removed may be gone as well.
  if (get(arena, to, at.links) === 0) fail(errno.ENOENT);
  const isDirectory = kindOf(arena, inode) === kind.directory;
  if (isDirectory && isWithin(files, to, inode)) fail(errno.EINVAL);
  if (replaced !== 0) {
    const overDirectory = kindOf(arena, replaced) === kind.directory;
    if (overDirectory && !isDirectory) fail(errno.EISDIR);
    if (!overDirectory && isDirectory) fail(errno.ENOTDIR);
    if (overDirectory && !isEmpty(files, replaced)) fail(errno.ENOTEMPTY);
  } else checkNew(files, to, newName);
  // The new name first: an inode with two names for a moment is never lost. Nothing that was replaced is freed before that.
  giveName(files, to, newName, inode);
  if (replaced !== 0) drop(files, replaced);
  set(arena, inode, at.links, get(arena, inode, at.links) + 1);
  takeName(files, from, name);
  if (isDirectory) set(arena, inode, at.parent, to);
  else setFlag(arena, inode, flag.touched);
  files.touch(inode, at.changed);
}

/** An entry as a reader of a directory sees it. */
export interface Listed {
  readonly inode: number;
  /** Its bytes are the arena's. */
  readonly name: Name;
  /** To go on after it. */
  readonly serial: number;
}

/**
 * What is in a directory, but for `.` and `..`, after what a reader has seen. What comes and goes meanwhile may be seen or not,
 * all else is seen once.
 * @param after 0 at the beginning
 * @throws Failure ENOTDIR, ENOSPC
 */
export function* list(files: FileSystem, directory: number, after: number): Generator<Listed, void> {
  const { arena } = files;
  if (kindOf(arena, directory) !== kind.directory) fail(errno.ENOTDIR);
  complete(files, directory);
  for (let entry = entryAfter(arena, directory, after); entry !== 0; entry = nextEntry(arena, entry)) {
    const inode = inodeOf(arena, entry);
    if (inode !== 0) yield { inode, name: entryName(arena, entry), serial: serialOf(arena, entry) };
  }
}

/** Somebody keeps the inode while outside. */
export function hold(files: FileSystem, inode: number): void {
  set(files.arena, inode, at.holders, get(files.arena, inode, at.holders) + 1);
}

export function release(files: FileSystem, inode: number): void {
  set(files.arena, inode, at.holders, get(files.arena, inode, at.holders) - 1);
  freeWhenUnused(files, inode);
}

function isEmpty(files: FileSystem, directory: number): boolean {
  complete(files, directory);
  return get(files.arena, directory, at.entries) === get(files.arena, directory, at.whiteouts);
}

/** Whether a directory is another or below it. */
function isWithin({ arena, root }: FileSystem, directory: number, above: number): boolean {
  let inode = directory;
  while (inode !== above && inode !== root) inode = get(arena, inode, at.parent);
  return inode === above;
}

function checkNew(files: FileSystem, directory: number, name: Name): void {
  if (lookUp(files, directory, name) !== 0) fail(errno.EEXIST);
  if (get(files.arena, directory, at.links) === 0) fail(errno.ENOENT);
}

/** Puts an inode at a name, in place of what is there. */
function giveName(files: FileSystem, directory: number, name: Name, inode: number): void {
  const { arena } = files;
  const entry = findEntry(arena, directory, name);
  if (entry === 0) addEntry(arena, directory, name, inode);
  else setInode(arena, directory, entry, inode);
  files.touch(directory, at.modified, at.changed);
  setFlag(arena, directory, flag.touched);
}

/** Takes the name away, with a whiteout where a layer has it too. */
function takeName(files: FileSystem, directory: number, name: Name): void {
  const { arena } = files;
  const entry = findEntry(arena, directory, name);
  const inode = inodeOf(arena, entry);
  if (findBelow(files, directory, name) === undefined) removeEntry(arena, directory, entry);
  else setInode(arena, directory, entry, 0);
  files.touch(directory, at.modified, at.changed);
  setFlag(arena, directory, flag.touched);
  drop(files, inode);
}

/** One name less. */
function drop(files: FileSystem, inode: number): void {
  set(files.arena, inode, at.links, get(files.arena, inode, at.links) - 1);
  files.touch(inode, at.changed);
  freeWhenUnused(files, inode);
}

function freeWhenUnused(files: FileSystem, inode: number): void {
  const { arena } = files;
  if (get(arena, inode, at.links) > 0 || get(arena, inode, at.holders) > 0) return;
  const origin = originOf(files, inode);
  if (origin !== undefined) {
    const known = findEntry(arena, files.origins, originName(origin));
    if (known !== 0) removeEntry(arena, files.origins, known);
  }
  const inodeKind = kindOf(arena, inode);
  if (inodeKind === kind.file) freeContent(files, inode);
  else if (inodeKind === kind.symlink) freeBuckets(arena, inode);
  else if (inodeKind === kind.directory) {
    for (let entry = entryAfter(arena, inode, 0); entry !== 0; entry = entryAfter(arena, inode, 0)) {
      removeEntry(arena, inode, entry);
    }
    freeBuckets(arena, inode);
    freeLowers(files, inode);
  }
  freeAttributes(arena, inode);
  arena.free(inode, inodeBytes);
}
