// A file system in an arena, over those of an image's layers, which it only reads. What is seen of them gets an inode here when it
// is first looked at; what is taken away leaves a whiteout, an entry without inode.
//
// Every function expects that the caller is inside the arena (`enter`), and works on addresses of inodes: whoever keeps one
// while outside holds it.

import { errno, fail } from '../wasi/errno.ts';
import { ownWords, roomOf, type Arena } from '../memory/arena.ts';
import { seedWord } from './directories.ts';
import { at, blockBytes, flag, inodeBytes, kind, nanosecondsOf, set, setDouble, setFlag } from './inode.ts';
import { showLayers } from './lowers.ts';
import type { Pack, Spill } from './storage.ts';

/** Words of the arena that are its file system's, by their address. */
export const word = {
  root: ownWords.first + 4,
  nextNumber: ownWords.first + 8,
  /** Inodes that show one of several names of a layer's inode, by that: a directory that nobody sees. */
  origins: ownWords.first + 12,
  /** Blocks that the spill has had, and the list of those that are free again: its block, bytes and length. */
  spilled: ownWords.first + 16,
  freed: ownWords.first + 20,
  freedRoom: ownWords.first + 24,
  freedCount: ownWords.first + 28,
  /** So many of that list, its first, were free in the last dump that is whole on disk: nobody misses what they hold. The next
   * ones, up to the second number, are free in the one that is being written. */
  reusable: ownWords.first + 32,
  dumped: ownWords.first + 36,
  /** Bytes of contents that are bounded by themselves, and how many these may be. */
  bounded: ownWords.first + 40,
  bound: ownWords.first + 44,
  /** 1 once a thread was gone in the middle of a call: what is here may be half of something, and is not to be kept. */
  broken: ownWords.first + 20 * 4,
  /** Counts changes. */
  changes: ownWords.first + 22 * 4,
} as const;

/** An address is a positive number of 32 bits, and so is a block's. */
const mostInMemory = 2 ** 31;
const mostSpilled = 2 ** 31 * blockBytes;

export interface FileSystemOptions {
  /** Top first; none of them has layers itself. */
  readonly layers?: readonly FileSystem[];
  /** Where contents that a layer brought are. */
  readonly pack?: Pack;
  readonly spill?: Spill;
  /** Bytes that may be taken in memory before contents go to the spill, where there is one. */
  readonly memory?: number;
  /** Bytes that it may take, in memory and in the spill. */
  readonly limit?: number;
  /** Whether dumps are made of it (`dump.ts`): a block of the spill that is free again is left as it is until there is a dump without it. */
  readonly isDumped?: boolean;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export class FileSystem {
  readonly arena: Arena;
  readonly layers: readonly FileSystem[];
  readonly #options: FileSystemOptions;

  private constructor(arena: Arena, options: FileSystemOptions) {
    this.arena = arena;
    this.layers = options.layers ?? [];
    this.#options = options;
  }

  /**
   * A new one: empty, or showing what its layers do.
   * @param seed any number that is not known inside
   */
  static create(arena: Arena, seed: number, options: FileSystemOptions = {}): FileSystem {
    const files = new FileSystem(arena, options);
    arena.enter();
    arena.setWord(seedWord, seed);
    for (const field of [word.root, word.origins]) {
      const directory = files.makeInode(kind.directory, 0o755);
      setFlag(arena, directory, flag.complete);
      set(arena, directory, at.links, 1);
      set(arena, directory, at.parent, directory);
      arena.setWord(field, directory);
    }
    showLayers(files);
    arena.leave();
    return files;
  }

  /** That of an arena in which one was created with the same options. */
  static open(arena: Arena, options: FileSystemOptions = {}): FileSystem {
    return new FileSystem(arena, options);
  }

  /** @param number counts from 1, the top */
  layer(number: number): FileSystem {
    return required(this.layers[number - 1]);
  }

  get root(): number {
    return this.arena.word(word.root);
  }

  get origins(): number {
    return this.arena.word(word.origins);
  }

  get packed(): Pack {
    return required(this.#options.pack);
  }

  get spilled(): Spill {
    return required(this.#options.spill);
  }

  /** Without a name, times are now. @throws Failure ENOSPC */
  makeInode(inodeKind: number, mode: number): number {
    const inode = this.makeShown(inodeKind);
    set(this.arena, inode, at.mode, mode);
    this.touch(inode, at.accessed, at.modified, at.changed);
    return inode;
  }

  /** For what a layer has: no change, since who looks there again finds the same. @throws Failure ENOSPC */
  makeShown(inodeKind: number): number {
    const { arena } = this;
    const inode = arena.allocate(inodeBytes);
    set(arena, inode, at.kind, inodeKind);
    set(arena, inode, at.number, this.#next(word.nextNumber));
    return inode;
  }

  /** Sets times of an inode to now. */
  touch(inode: number, ...times: readonly number[]): void {
    if (times.length > 1 || times[0] !== at.accessed) this.changed();
    const now = (this.#options.now ?? Date.now)();
    const seconds = Math.floor(now / 1000);
    for (const time of times) {
      setDouble(this.arena, inode, time, seconds);
      set(this.arena, inode, nanosecondsOf(time), Math.floor((now - seconds * 1000) * 1_000_000));
    }
  }

  /** Bytes that it was given to take, if it was. */
  get limit(): number | undefined {
    return this.#options.limit;
  }

  /** Bytes that it may take for contents, and how many of these are left. */
  space(): { readonly total: number; readonly free: number } {
    const { limit = Infinity, spill } = this.#options;
    const total = Math.min(limit, spill === undefined ? mostInMemory : mostSpilled);
    return { total, free: Math.max(0, total - this.#taken) };
  }

  /** The same of what is bounded by itself. */
  get boundedSpace(): { readonly total: number; readonly free: number } {
    const total = this.arena.word(word.bound);
    return { total, free: Math.max(0, total - this.arena.word(word.bounded)) };
  }

  /** Bytes that contents below a directory may take, beside all else. Call it inside, before anything is in it. */
  bound(directory: number, bytes: number): void {
    setFlag(this.arena, directory, flag.bounded);
    this.arena.setWord(word.bound, bytes);
  }

  /** In memory and in the spill, without what is bounded by itself. */
  get #taken(): number {
    const { arena } = this;
    const spilled = (arena.word(word.spilled) - arena.word(word.freedCount)) * blockBytes;
    return arena.used + spilled - arena.word(word.bounded);
  }

  /** @throws Failure ENOSPC when so many bytes more are beyond what it was given to take */
  checkRoom(bytes: number): void {
    const { limit } = this;
    if (limit !== undefined && this.#taken + bytes > limit) fail(errno.ENOSPC);
  }

  /** From now on nobody keeps what is here; may be called from outside. */
  break(): void {
    Atomics.store(this.arena.i32, word.broken >> 2, 1);
  }

  get isBroken(): boolean {
    return Atomics.load(this.arena.i32, word.broken >> 2) !== 0;
  }

  /** Counts a change. */
  changed(): void {
    const { i32 } = this.arena;
    i32[word.changes >> 2] = (i32[word.changes >> 2] ?? 0) + 1;
  }

  /** For what is below no name of the root: a dump that has it is worth no more. Call it inside. */
  uncounted<T>(action: () => T): T {
    const before = this.arena.word(word.changes);
    try {
      return action();
    } finally {
      this.arena.setWord(word.changes, before);
    }
  }

  /**
   * A block for contents, of zeros unless `isWhole`, which is about to be written.
   * @param bytes a power of two; one in the spill has 64 KiB
   * @param isBounded by itself, as its inode says
   * @returns its address, or -1 minus its number in the spill
   * @throws Failure ENOSPC
   */
  makeBlock(bytes: number, isWhole: boolean, isBounded = false): number {
    if (!isBounded) {
      this.checkRoom(bytes);
      return this.#makeBlock(bytes, isWhole);
    }
    if (bytes > this.boundedSpace.free) fail(errno.ENOSPC);
    const block = this.#makeBlock(bytes, isWhole);
    this.#countBounded(block < 0 ? blockBytes : bytes);
    return block;
  }

  #makeBlock(bytes: number, isWhole: boolean): number {
    const { memory = Infinity, spill } = this.#options;
    const { arena } = this;
    if (spill === undefined || arena.used + bytes <= memory) return arena.allocate(bytes, !isWhole);
    return -1 - this.#spillBlock(isWhole);
  }

  #countBounded(bytes: number): void {
    this.arena.setWord(word.bounded, this.arena.word(word.bounded) + bytes);
  }

  #spillBlock(isWhole: boolean): number {
    const block = this.#takeFreed();
    if (block === undefined) return this.#next(word.spilled) - 1;
    if (!isWhole) this.spilled.write(block, 0, new Uint8Array(blockBytes));
    return block;
  }

  /** One that may be written over, out of the list's first part; each other part gives its last to the one before. */
  #takeFreed(): number | undefined {
    const { arena } = this;
    const last = (field: number) => arena.word(word.freed) + (arena.word(field) - 1) * 4;
    const parts = this.#options.isDumped === true ? [word.reusable, word.dumped, word.freedCount] : [word.freedCount];
    const first = parts[0] ?? word.freedCount;
    if (arena.word(first) === 0) return undefined;
    const block = arena.word(last(first));
    for (const [index, part] of parts.entries()) {
      const next = parts[index + 1];
      if (next !== undefined) arena.setWord(last(part), arena.word(last(next)));
    }
    for (const part of parts) arena.setWord(part, arena.word(part) - 1);
    return block;
  }

  /** What is free now is free in the dump that is made now. Call it inside. */
  beginDump(): void {
    this.arena.setWord(word.dumped, this.arena.word(word.freedCount));
  }

  /** The dump is on disk, and the ones before it are of no use any more. Call it inside. */
  endDump(): void {
    this.arena.setWord(word.reusable, this.arena.word(word.dumped));
  }

  /** Another number after every change; may be looked at from outside. */
  get changes(): number {
    return Atomics.load(this.arena.i32, word.changes >> 2);
  }

  /** One more. */
  #next(address: number): number {
    const next = this.arena.word(address) + 1;
    this.arena.setWord(address, next);
    return next;
  }

  /** Bytes in memory that are kept of a spill's blocks. */
  get spareBytes(): number {
    return this.arena.word(word.freedRoom);
  }

  /** @param block 0 is none */
  freeBlock(block: number, bytes: number, isBounded = false): void {
    if (isBounded && block !== 0) this.#countBounded(-(block < 0 ? blockBytes : bytes));
    if (block > 0) this.arena.free(block, bytes);
    else if (block < 0) this.#freeSpilled(-1 - block);
  }

  #freeSpilled(block: number): void {
    const { arena } = this;
    const count = arena.word(word.freedCount);
    const room = arena.word(word.freedRoom);
    if (count * 4 === room) {
      const bytes = roomOf((count + 1) * 4);
      const list = arena.allocate(bytes, false);
      const old = arena.word(word.freed);
      arena.u8.copyWithin(list, old, old + room);
      if (room > 0) arena.free(old, room);
      arena.setWord(word.freed, list);
      arena.setWord(word.freedRoom, bytes);
    }
    arena.setWord(arena.word(word.freed) + count * 4, block);
    arena.setWord(word.freedCount, count + 1);
  }
}

function required<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('a file system was opened without its storage');
  return part;
}
