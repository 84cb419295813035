// What can be mounted: a tree of nodes, each known by a number that is valid inside the arena, and outside while it is held.

import type { Name } from '../files/directories.ts';

export interface Stat {
  /** As `kind` of `files/inode.ts`. */
  readonly kind: number;
  readonly inode: bigint;
  /** Permission bits. */
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  /** A device's number, as Linux packs one into 32 bits. */
  readonly special: number;
  /** Bytes. */
  readonly size: number;
  /** Bytes that it takes. */
  readonly allocated: number;
  /** Nanoseconds since the epoch. */
  readonly accessedNs: bigint;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
}

export interface NewNode {
  readonly kind: number;
  /** Permission bits, as they shall be. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Listed {
  readonly kind: number;
  readonly inode: bigint;
  /** Its bytes may change with the next call. */
  readonly name: Name;
  /** To go on after it: a whole number above 0. */
  readonly serial: number;
}

/** What is not named stays; `now` is the moment of the call. */
export interface NewTimes {
  readonly accessedNs?: bigint | 'now';
  readonly modifiedNs?: bigint | 'now';
}

export interface DiskSpace {
  /** Bytes. */
  readonly total: number;
  readonly free: number;
}

/** A name in a directory, and what was found there. */
export interface NamedNode {
  readonly directory: number;
  readonly name: Name;
  readonly node: number;
}

/** Meaning and failures are POSIX's. Names are neither `.` nor `..`, and never empty. */
export interface MountedTree {
  /** As in /proc/mounts. */
  readonly type: string;
  readonly root: number;
  /** Bytes that a tmpfs was given. */
  readonly limit?: number | undefined;
  isRoot(node: number): boolean;
  kindOf(node: number): number;
  /** The same for the same file, whatever number it has this time. */
  keyOf(node: number): number | string;
  /** 0 without. */
  lookUp(directory: number, name: Name): number;
  /** What stands for a descriptor of the process itself; opening it is opening that once more. */
  descriptorOf?(node: number): number | undefined;
  /** `..` of what is not the root. @throws Failure ENOENT when it is not below the root any more */
  above(directory: number): number;
  /** The target of a symbolic link, the caller's own. @throws Failure EINVAL for what is none */
  readTarget(node: number): Uint8Array;
  stat(node: number): Stat;
  sizeOf(node: number): number;

  /** A node to read from and write to, to be held by who opened it. */
  open(node: number, access: { readonly read: boolean; readonly write: boolean }): number;
  hold(node: number): void;
  release(node: number): void;
  read(node: number, offset: number, into: Uint8Array): number;
  /** All of it. */
  write(node: number, offset: number, from: Uint8Array): void;
  /** At the end, wherever that is. @returns where that was */
  append(node: number, from: Uint8Array): number;
  truncate(node: number, size: number): void;
  /** Contents and what is known of it are on disk afterwards. Called outside the arena. */
  sync(node: number): void;
  /** What is in a directory but for `.` and `..`. What comes and goes meanwhile may be seen or not, all else is seen once. */
  list(directory: number, after: number): Iterable<Listed>;

  create(directory: number, name: Name, made: NewNode): number;
  createLink(directory: number, name: Name, target: Uint8Array, owner: Pick<NewNode, 'uid' | 'gid'>): void;
  addName(directory: number, name: Name, from: NamedNode): void;
  unlink(directory: number, name: Name): void;
  removeDirectory(directory: number, name: Name): void;
  rename(from: number, name: Name, to: number, newName: Name): void;

  setTimes(node: number, times: NewTimes): void;
  setMode(node: number, mode: number): void;
  /** -1 leaves one as it is. */
  setOwner(node: number, uid: number, gid: number): void;
  space(): DiskSpace;

  /** After the last of a call: nodes that nobody holds go. */
  leave(): void;
}
