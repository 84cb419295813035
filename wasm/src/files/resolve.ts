// From a path to what is there. All of it happens inside: what is above the root is the root, and an absolute link begins there.

import { errno, fail } from '../wasi/errno.ts';
import type { Name } from './directories.ts';
import type { FileSystem } from './file-system.ts';
import { at, get, kind, kindOf } from './inode.ts';
import { lookUp, readTarget } from './operations.ts';

const longestPath = 4096;
const mostLinks = 40;
const slash = 0x2f;
const dot = 0x2e;

/** Where paths lead: one file system, or several that are mounted. */
export interface Space<P> {
  readonly root: P;
  kindOf(place: P): number;
  /** @param name neither `.` nor `..` @returns undefined without @throws Failure */
  lookUp(directory: P, name: Name): P | undefined;
  /** `..` of a directory, the root's own being itself. @throws Failure ENOENT when it was removed */
  above(directory: P): P;
  readTarget(link: P): Uint8Array;
}

export interface Found<P> {
  /** The directory of the last name. */
  readonly parent: P;
  /** The last name; undefined where the path ends in `/`, `.` or `..` only, and `place` is a directory that is there. */
  readonly name: Name | undefined;
  /** What is at the path; undefined when nothing is there, and all above it is. */
  readonly place: P | undefined;
  /** The path says that it is a directory, by a slash at its end. */
  readonly asDirectory: boolean;
}

/**
 * @param from the directory where a relative path begins
 * @param path UTF-8
 * @param followLast whether a link at the end of the path is gone through; one before a slash always is
 * @throws Failure ENOENT above the last name, ENOTDIR, ELOOP, ENAMETOOLONG, EINVAL for a zero byte
 */
export function walk<P>(space: Space<P>, from: P, path: Name, followLast: boolean): Found<P> {
  const way = new Walk(space, from, path);
  for (;;) {
    const step = way.next();
    const { place } = step;
    if (
      place !== undefined &&
      (!step.isLast || followLast || step.asDirectory) &&
      space.kindOf(place) === kind.symlink
    ) {
      way.follow(place);
    } else if (step.isLast) {
      if (step.asDirectory && place !== undefined && space.kindOf(place) !== kind.directory) fail(errno.ENOTDIR);
      return step;
    } else {
      if (place === undefined) fail(errno.ENOENT);
      way.enter(place);
    }
  }
}

interface Step<P> extends Found<P> {
  readonly isLast: boolean;
}

/** Goes along a path, whose rest changes when a link is followed. */
class Walk<P> {
  readonly #space: Space<P>;
  #directory: P;
  #bytes: Uint8Array;
  #at: number;
  #end: number;
  #links = 0;

  constructor(space: Space<P>, from: P, { bytes, start, end }: Name) {
    if (end - start >= longestPath) fail(errno.ENAMETOOLONG);
    if (end === start) fail(errno.ENOENT);
    this.#space = space;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#directory = bytes[start] === slash ? space.root : from;
  }

  /** Takes the next name off the path and looks it up; it is not entered yet. */
  next(): Step<P> {
    this.#skipSlashes();
    const directory = this.#directory;
    if (this.#space.kindOf(directory) !== kind.directory) fail(errno.ENOTDIR);
    if (this.#at === this.#end)
      return { parent: directory, name: undefined, place: directory, asDirectory: true, isLast: true };
    const start = this.#at;
    while (this.#at < this.#end && this.#bytes[this.#at] !== slash) {
      if (this.#bytes[this.#at] === 0) fail(errno.EINVAL);
      this.#at++;
    }
    const name = { bytes: this.#bytes, start, end: this.#at };
    const hasSlash = this.#at < this.#end;
    this.#skipSlashes();
    const isLast = this.#at === this.#end;
    if (isDots(name)) {
      const place = name.end - name.start === 1 ? directory : this.#space.above(directory);
      return { parent: place, name: undefined, place, asDirectory: true, isLast };
    }
    return {
      parent: directory,
      name,
      place: this.#space.lookUp(directory, name),
      asDirectory: hasSlash && isLast,
      isLast,
    };
  }

  enter(directory: P): void {
    this.#directory = directory;
  }

  /** Puts a link's target before the rest of the path. */
  follow(link: P): void {
    if (++this.#links > mostLinks) fail(errno.ELOOP);
    const target = this.#space.readTarget(link);
    const rest = this.#bytes.subarray(this.#at, this.#end);
    const hadSlash = this.#at > 0 && this.#bytes[this.#at - 1] === slash;
    const bytes = new Uint8Array(target.length + (hadSlash ? 1 : 0) + rest.length);
    if (bytes.length >= longestPath) fail(errno.ENAMETOOLONG);
    bytes.set(target);
    if (hadSlash) bytes[target.length] = slash;
    bytes.set(rest, bytes.length - rest.length);
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = bytes.length;
    if (bytes[0] === slash) this.#directory = this.#space.root;
  }

  #skipSlashes(): void {
    while (this.#at < this.#end && this.#bytes[this.#at] === slash) this.#at++;
  }
}

function isDots({ bytes, start, end }: Name): boolean {
  const length = end - start;
  return (length === 1 || length === 2) && bytes[start] === dot && bytes[end - 1] === dot;
}

/** As `Found`, by inodes. */
export interface Resolved {
  readonly parent: number;
  readonly name: Name | undefined;
  /** 0 when nothing is there. */
  readonly inode: number;
  readonly asDirectory: boolean;
}

/** As `walk`, in one file system without mounts. */
export function resolve(files: FileSystem, from: number, path: Name, followLast: boolean): Resolved {
  const { parent, name, place = 0, asDirectory } = walk(new FilesSpace(files), from, path, followLast);
  return { parent, name, inode: place, asDirectory };
}

class FilesSpace implements Space<number> {
  readonly #files: FileSystem;

  constructor(files: FileSystem) {
    this.#files = files;
  }

  get root(): number {
    return this.#files.root;
  }

  kindOf(inode: number): number {
    return kindOf(this.#files.arena, inode);
  }

  lookUp(directory: number, name: Name): number | undefined {
    return lookUp(this.#files, directory, name) || undefined;
  }

  above(directory: number): number {
    return above(this.#files, directory);
  }

  readTarget(link: number): Uint8Array {
    return readTarget(this.#files, link);
  }
}

/** The directory that a directory is in. @throws Failure ENOENT when it was removed: what was above it may be gone too */
export function above({ arena }: FileSystem, directory: number): number {
  if (get(arena, directory, at.links) === 0) fail(errno.ENOENT);
  return get(arena, directory, at.parent);
}
