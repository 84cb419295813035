// A file system in an arena as a tree that can be mounted: a container's root, a tmpfs, or a directory of one that nobody else sees.

import { readFile, truncateFile, writeFile } from '../files/contents.ts';
import type { Name } from '../files/directories.ts';
import type { FileSystem } from '../files/file-system.ts';
import { at, get, getDouble, hasFlag, kindOf, nanosecondsOf, set, setDouble, setFlag, flag } from '../files/inode.ts';
import {
  addName,
  create,
  createLink,
  hold,
  list,
  lookUp,
  readTarget,
  release,
  removeDirectory,
  rename,
  unlink,
} from '../files/operations.ts';
import { above } from '../files/resolve.ts';
import type { DiskSpace, Listed, MountedTree, NamedNode, NewNode, NewTimes, Stat } from './tree.ts';

const nsOfSecond = 1_000_000_000n;
/** What a file without content takes, about. */
const nameBytes = 256;

/** Nodes are addresses of inodes. */
export class MemoryTree implements MountedTree {
  readonly type: string;
  readonly files: FileSystem;
  readonly root: number;

  readonly #isBounded: boolean;

  constructor(type: string, files: FileSystem, root = files.root) {
    this.type = type;
    this.files = files;
    this.root = root;
    this.#isBounded = hasFlag(files.arena, root, flag.bounded);
  }

  get limit(): number | undefined {
    if (this.#isBounded) return this.files.boundedSpace.total;
    return this.type === 'tmpfs' && this.root === this.files.root ? this.files.limit : undefined;
  }

  isRoot(inode: number): boolean {
    return inode === this.root;
  }

  kindOf(inode: number): number {
    return kindOf(this.files.arena, inode);
  }

  keyOf(inode: number): number {
    return inode;
  }

  lookUp(directory: number, name: Name): number {
    return lookUp(this.files, directory, name);
  }

  above(directory: number): number {
    return above(this.files, directory);
  }

  readTarget(inode: number): Uint8Array {
    return readTarget(this.files, inode);
  }

  stat(inode: number): Stat {
    const { arena } = this.files;
    const size = getDouble(arena, inode, at.size);
    return {
      kind: kindOf(arena, inode),
      inode: BigInt(get(arena, inode, at.number)),
      mode: get(arena, inode, at.mode),
      links: get(arena, inode, at.links),
      uid: get(arena, inode, at.uid) >>> 0,
      gid: get(arena, inode, at.gid) >>> 0,
      special: get(arena, inode, at.device),
      size,
      allocated: Math.ceil(size / 4096) * 4096,
      accessedNs: this.#time(inode, at.accessed),
      modifiedNs: this.#time(inode, at.modified),
      changedNs: this.#time(inode, at.changed),
    };
  }

  #time(inode: number, time: number): bigint {
    const { arena } = this.files;
    return BigInt(getDouble(arena, inode, time)) * nsOfSecond + BigInt(get(arena, inode, nanosecondsOf(time)));
  }

  sizeOf(inode: number): number {
    return getDouble(this.files.arena, inode, at.size);
  }

  open(inode: number): number {
    return inode;
  }

  hold(inode: number): void {
    hold(this.files, inode);
  }

  release(inode: number): void {
    release(this.files, inode);
  }

  read(inode: number, offset: number, into: Uint8Array): number {
    const count = readFile(this.files, inode, offset, into);
    if (count > 0) this.files.touch(inode, at.accessed);
    return count;
  }

  write(inode: number, offset: number, from: Uint8Array): void {
    writeFile(this.files, inode, offset, from);
    this.files.touch(inode, at.modified, at.changed);
  }

  append(inode: number, from: Uint8Array): number {
    const end = this.sizeOf(inode);
    this.write(inode, end, from);
    return end;
  }

  truncate(inode: number, size: number): void {
    truncateFile(this.files, inode, size);
    this.files.touch(inode, at.modified, at.changed);
  }

  /** It is written down with all of its file system, which is its keeper's affair. */
  sync(): void {}

  *list(directory: number, after: number): Generator<Listed, void> {
    const { arena } = this.files;
    for (const { inode, name, serial } of list(this.files, directory, after)) {
      yield { kind: kindOf(arena, inode), inode: BigInt(get(arena, inode, at.number)), name, serial };
    }
  }

  create(directory: number, name: Name, made: NewNode): number {
    this.#checkRoom();
    return create(this.files, directory, name, made);
  }

  /** For one more name. What the engine itself puts in, and what layers show, is not bounded by that. @throws Failure ENOSPC */
  #checkRoom(): void {
    this.files.checkRoom(nameBytes);
  }

  createLink(directory: number, name: Name, target: Uint8Array, { uid, gid }: Pick<NewNode, 'uid' | 'gid'>): void {
    this.#checkRoom();
    const inode = createLink(this.files, directory, name, target);
    this.#own(inode, uid, gid);
  }

  addName(directory: number, name: Name, from: NamedNode): void {
    this.#checkRoom();
    addName(this.files, directory, name, from.node);
  }

  unlink(directory: number, name: Name): void {
    unlink(this.files, directory, name);
  }

  removeDirectory(directory: number, name: Name): void {
    removeDirectory(this.files, directory, name);
  }

  rename(from: number, name: Name, to: number, newName: Name): void {
    rename(this.files, from, name, to, newName);
  }

  setTimes(inode: number, { accessedNs, modifiedNs }: NewTimes): void {
    this.#setTime(inode, at.accessed, accessedNs);
    this.#setTime(inode, at.modified, modifiedNs);
    this.#changed(inode);
  }

  #setTime(inode: number, time: number, to: bigint | 'now' | undefined): void {
    if (to === undefined) return;
    if (to === 'now') return this.files.touch(inode, time);
    const { arena } = this.files;
    const nanoseconds = ((to % nsOfSecond) + nsOfSecond) % nsOfSecond;
    setDouble(arena, inode, time, Number((to - nanoseconds) / nsOfSecond));
    set(arena, inode, nanosecondsOf(time), Number(nanoseconds));
  }

  setMode(inode: number, mode: number): void {
    set(this.files.arena, inode, at.mode, mode & 0o7777);
    this.#changed(inode);
  }

  setOwner(inode: number, uid: number, gid: number): void {
    this.#own(inode, uid, gid);
    this.#changed(inode);
  }

  #own(inode: number, uid: number, gid: number): void {
    const { arena } = this.files;
    if (uid !== -1) set(arena, inode, at.uid, uid);
    if (gid !== -1) set(arena, inode, at.gid, gid);
  }

  #changed(inode: number): void {
    setFlag(this.files.arena, inode, flag.touched);
    this.files.touch(inode, at.changed);
  }

  space(): DiskSpace {
    return this.#isBounded ? this.files.boundedSpace : this.files.space();
  }

  leave(): void {}
}
