// From a path to inodes. All of it happens here: what is above the root is the root, and an absolute link begins there.

import { errno, fail } from '../wasi/errno.ts';
import type { Name } from './directories.ts';
import type { FileSystem } from './file-system.ts';
import { at, get, kind, kindOf } from './inode.ts';
import { lookUp, readTarget } from './operations.ts';

const longestPath = 4096;
const mostLinks = 40;
const slash = 0x2f;
const dot = 0x2e;

export interface Resolved {
  /** The directory of the last name. */
  readonly parent: number;
  /** The last name; undefined where the path ends in `/`, `.` or `..` only, and `inode` is a directory that is there. */
  readonly name: Name | undefined;
  /** What is at the path; 0 when nothing is there, and all above it is. */
  readonly inode: number;
  /** The path says that it is a directory, by a slash at its end. */
  readonly asDirectory: boolean;
}

/**
 * @param from the directory where a relative path begins
 * @param path UTF-8
 * @param followLast whether a link at the end of the path is gone through; one before a slash always is
 * @throws Failure ENOENT above the last name, ENOTDIR, ELOOP, ENAMETOOLONG, EINVAL for a zero byte
 */
export function resolve(files: FileSystem, from: number, path: Name, followLast: boolean): Resolved {
  const walk = new Walk(files, from, path);
  for (;;) {
    const step = walk.next();
    if (
      step.inode !== 0 &&
      kindOf(files.arena, step.inode) === kind.symlink &&
      (!step.isLast || followLast || step.asDirectory)
    ) {
      walk.follow(step.inode);
    } else if (step.isLast) {
      if (step.asDirectory && step.inode !== 0 && kindOf(files.arena, step.inode) !== kind.directory)
        fail(errno.ENOTDIR);
      return step;
    } else {
      if (step.inode === 0) fail(errno.ENOENT);
      walk.enter(step.inode);
    }
  }
}

interface Step extends Resolved {
  readonly isLast: boolean;
}

/** Goes along a path, whose rest changes when a link is followed. */
class Walk {
  readonly #files: FileSystem;
  #directory: number;
  #bytes: Uint8Array;
  #at: number;
  #end: number;
  #links = 0;

  constructor(files: FileSystem, from: number, { bytes, start, end }: Name) {
    if (end - start >= longestPath) fail(errno.ENAMETOOLONG);
    if (end === start) fail(errno.ENOENT);
    this.#files = files;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#directory = bytes[start] === slash ? files.root : from;
  }

  /** Takes the next name off the path and looks it up; it is not entered yet. */
  next(): Step {
    const { arena } = this.#files;
    this.#skipSlashes();
    const directory = this.#directory;
    if (kindOf(arena, directory) !== kind.directory) fail(errno.ENOTDIR);
    if (this.#at === this.#end)
      return { parent: directory, name: undefined, inode: directory, asDirectory: true, isLast: true };
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
      const inode = name.end - name.start === 1 ? directory : this.#above(directory);
      return { parent: inode, name: undefined, inode, asDirectory: true, isLast };
    }
    return {
      parent: directory,
      name,
      inode: lookUp(this.#files, directory, name),
      asDirectory: hasSlash && isLast,
      isLast,
    };
  }

  enter(directory: number): void {
    this.#directory = directory;
  }

  /** Puts a link's target before the rest of the path. */
  follow(link: number): void {
    if (++this.#links > mostLinks) fail(errno.ELOOP);
    const target = readTarget(this.#files, link);
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
    if (bytes[0] === slash) this.#directory = this.#files.root;
  }

  #above(directory: number): number {
    const { arena } = this.#files;
    // What was above a directory that is removed may be gone too.
    if (get(arena, directory, at.links) === 0) fail(errno.ENOENT);
    return get(arena, directory, at.parent);
  }

  #skipSlashes(): void {
    while (this.#at < this.#end && this.#bytes[this.#at] === slash) this.#at++;
  }
}

function isDots({ bytes, start, end }: Name): boolean {
  const length = end - start;
  return (length === 1 || length === 2) && bytes[start] === dot && bytes[end - 1] === dot;
}
