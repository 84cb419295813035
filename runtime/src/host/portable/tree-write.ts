// Making, replacing and removing what is in a tree.

import {
  addEntry,
  entryAfter,
  findEntry,
  inodeOf,
  nextEntry,
  removeEntry,
  entryName,
} from '../../../../wasm/src/files/directories.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { at, flag, get, hasFlag, kind, kindOf, set } from '../../../../wasm/src/files/inode.ts';
import { complete } from '../../../../wasm/src/files/lowers.ts';
import {
  addName,
  create,
  createLink,
  hold,
  lookUp,
  release,
  removeDirectory,
  unlink,
} from '../../../../wasm/src/files/operations.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import type { TreeEntry } from '../kernel.ts';
import { isAbsent } from './inside.ts';
import { applyEntry, isOpaque, kinds, setTime } from './tree-entries.ts';
import { pathBytes, placeOf, resolvePath, strip, whiteoutAt, type Place } from './tree-paths.ts';

/** Puts anything but a file, once nothing but a directory is in its place. Call it inside. @returns its inode @throws Failure */
export function putOther(
  files: FileSystem,
  entry: TreeEntry,
  path: string,
  attributes: Uint8Array,
  isLayer: boolean,
): void {
  if (path === '') {
    if (entry.type !== 'directory') fail(errno.EINVAL);
    return finishDirectory(files, files.root, entry, attributes, isLayer);
  }
  const place = placeOf(files, path, true);
  if (entry.type === 'hardlink') return putHardLink(files, entry, place);
  const there = lookUp(files, place.directory, place.name);
  if (entry.type === 'directory') {
    const inode =
      there === 0 ? create(files, place.directory, place.name, { kind: kind.directory, mode: 0o700 }) : there;
    return finishDirectory(files, inode, entry, attributes, isLayer);
  }
  const made =
    entry.type === 'symlink'
      ? createLink(files, place.directory, place.name, pathBytes(entry.linkName))
      : create(files, place.directory, place.name, { kind: kinds[entry.type], mode: 0o600 });
  applyEntry(files, made, entry, attributes);
}

function finishDirectory(
  files: FileSystem,
  inode: number,
  entry: TreeEntry,
  attributes: Uint8Array,
  isLayer: boolean,
): void {
  applyEntry(files, inode, entry, attributes);
  const flags = get(files.arena, inode, at.flags) & ~flag.opaque;
  if (isLayer) set(files.arena, inode, at.flags, isOpaque(entry) ? flags | flag.opaque : flags);
}

function putHardLink(files: FileSystem, entry: TreeEntry, place: Place): void {
  const target = targetOf(files, entry);
  if (lookUp(files, place.directory, place.name) !== target) addName(files, place.directory, place.name, target);
}

/** What a hard link leads to: never through a link at its end. @throws Failure ENOENT */
export function targetOf(files: FileSystem, { linkName }: TreeEntry): number {
  const { directory, name } = placeOf(files, strip(linkName), false);
  const inode = lookUp(files, directory, name);
  return inode === 0 ? fail(errno.ENOENT) : inode;
}

/** Says that a layer hides a name. */
export function putWhiteout(files: FileSystem, path: string): void {
  const { directory, name } = placeOf(files, path, true);
  if (findEntry(files.arena, directory, name) === 0) addEntry(files.arena, directory, name, 0);
  files.touch(directory, at.modified, at.changed);
}

/** Whether an entry takes what is in its place as it is: a directory a directory, a hard link the same file. */
export function isKept(files: FileSystem, entry: TreeEntry, inode: number): boolean {
  if (entry.type === 'directory') return kindOf(files.arena, inode) === kind.directory;
  return entry.type === 'hardlink' && targetOf(files, entry) === inode;
}

/** A new file without content. Call it inside. @throws Failure */
export function createFile(files: FileSystem, path: string): number {
  const { directory, name } = placeOf(files, path, true);
  return create(files, directory, name, { kind: kind.file, mode: 0o600 });
}

/** Takes a name away that is no directory's, if it is there. */
export function removeName(files: FileSystem, { directory, name }: Place): void {
  const whiteout = whiteoutAt(files, { directory, name });
  if (whiteout !== 0) removeEntry(files.arena, directory, whiteout);
  else if (lookUp(files, directory, name) !== 0) unlink(files, directory, name);
}

/** Does nothing where there is no such directory. Call it inside. */
export function setDirectoryTime(files: FileSystem, path: string, mtimeNs: bigint): void {
  try {
    const { inode } = resolvePath(files, path, false);
    if (inode === 0 || kindOf(files.arena, inode) !== kind.directory) return;
    setTime(files, inode, at.modified, mtimeNs);
    files.changed();
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

const stepsAtOnce = 500;

/** A directory whose children go, held, under its name. */
interface Going {
  readonly directory: number;
  readonly place: Place | undefined;
}

/** Removes trees from the leaves up, however deep, some hundred files at a time. */
export class Removal {
  readonly #files: FileSystem;
  /** Whether whiteouts of a layer go as well. */
  readonly #isLayer: boolean;
  readonly #going: Going[] = [];

  constructor(files: FileSystem, isLayer: boolean) {
    this.#files = files;
    this.#isLayer = isLayer;
  }

  /** What is to be removed. Call it inside, as the others. @throws Failure EINVAL, ENOTDIR, ENOENT above it */
  start(path: string): void {
    const place = placeOf(this.#files, path, false);
    const inode = lookUp(this.#files, place.directory, place.name);
    if (inode !== 0 && kindOf(this.#files.arena, inode) === kind.directory) this.#enter(inode, place);
    else if (inode !== 0 || this.#isLayer) removeName(this.#files, place);
  }

  /** The children of a directory, which stays. @throws Failure ENOTDIR */
  startBelow(path: string): void {
    const { inode } = resolvePath(this.#files, path, false);
    if (inode === 0) return;
    if (kindOf(this.#files.arena, inode) !== kind.directory) fail(errno.ENOTDIR);
    this.#enter(inode, undefined);
  }

  /** @returns whether there is more to do */
  step(): boolean {
    for (let count = 0; count < stepsAtOnce; count++) {
      const going = this.#going.at(-1);
      if (going === undefined) return false;
      this.#removeFirst(going);
    }
    return true;
  }

  /** Lets go of what is held, when it is not done. */
  stop(): void {
    for (let going = this.#going.pop(); going !== undefined; going = this.#going.pop()) this.#release(going);
  }

  #removeFirst(going: Going): void {
    const { arena } = this.#files;
    const entry = this.#firstOf(going.directory);
    if (entry === 0) return this.#leave();
    const inode = inodeOf(arena, entry);
    if (inode === 0) return removeEntry(arena, going.directory, entry);
    const { bytes, start, end } = entryName(arena, entry);
    const place = { directory: going.directory, name: { bytes: bytes.slice(start, end), start: 0, end: end - start } };
    if (kindOf(arena, inode) === kind.directory) this.#enter(inode, place);
    else unlink(this.#files, place.directory, place.name);
  }

  /** Whiteouts of a directory that goes are no hindrance, and go with it. */
  #firstOf(directory: number): number {
    const { arena } = this.#files;
    if (!hasFlag(arena, directory, flag.complete)) complete(this.#files, directory);
    let entry = entryAfter(arena, directory, 0);
    while (entry !== 0 && inodeOf(arena, entry) === 0 && !this.#isLayer) entry = nextEntry(arena, entry);
    return entry;
  }

  #enter(directory: number, place: Place | undefined): void {
    hold(this.#files, directory);
    if (place !== undefined) hold(this.#files, place.directory);
    this.#going.push({ directory, place });
  }

  #leave(): void {
    const going = this.#going.pop();
    if (going === undefined) return;
    const { place, directory } = going;
    // Somebody may have moved it away, or put another there.
    if (place !== undefined && lookUp(this.#files, place.directory, place.name) === directory) {
      removeDirectory(this.#files, place.directory, place.name);
    }
    this.#release(going);
  }

  #release({ directory, place }: Going): void {
    release(this.#files, directory);
    if (place !== undefined) release(this.#files, place.directory);
  }
}
