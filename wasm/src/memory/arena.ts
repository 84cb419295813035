// Memory in which a container's file system and pipes live, so that each of its processes, a thread of its own, works on it
// without asking another. Where threads cannot share memory the same code works on memory of one thread.
//
// A block is named by its address. Blocks are of powers of two; what is freed is used again for the same size.

import { errno, fail } from '../wasi/errno.ts';

/** Words of the header, as indices of `i32`. Free lists and the places to cut new blocks from follow, a word each per size. */
const word = { magic: 0, size: 1, end: 2, limit: 3, lock: 4, used: 5, free: 32, cut: 64, cutEnd: 96 } as const;
const magic = 0x31415243;
const headerBytes = 1024;
/** So long at most somebody sleeps at the lock when nobody is inside. */
const lookAgainMs = 5;
/** Bit of the lock: others may wait. */
const others = 2 ** 30;
/** Words that belong to whoever uses the arena: the address of the first. */
export const ownWords = { first: 32, count: 24 } as const;

/** Whether memory can be given to threads at all: pages that are not isolated from others of their browser have none of it. */
export const canShareMemory = typeof SharedArrayBuffer === 'function';

/** Arenas of memory that is not shared, of which there is one each: who sleeps there is known to it alone. */
const unshared = new WeakMap<WebAssembly.Memory, Arena>();

const pageBytes = 65_536;
const growBytes = 2 ** 20;
const smallest = 5;
/** Of 4 MiB. */
const largest = 22;
/** From this size on, a block is made when it is wanted: smaller ones are cut from a page. */
const paged = 16;

/** Somebody is inside who does not come out. */
export class ArenaHeld extends Error {}

export interface ArenaOptions {
  /** Bytes that it may take at most; a multiple of 64 KiB is used of it. */
  readonly limit: number;
  /** Whether threads share it. */
  readonly isShared: boolean;
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  /** Views of all of it. They are others after `allocate` or `enter`: nobody keeps them. */
  u8: Uint8Array;
  i32: Int32Array;
  f64: Float64Array;
  /** Whether threads share it. */
  readonly isShared: boolean;
  /** Who is alone with it between `enter` and `leave`: a number from 1 below 2^30, of its own for each thread that may be ended. */
  owner = 1;
  /** Milliseconds that `enter` waits at most: a thread that others need does not wait without end for one that may be gone. */
  patienceMs = Infinity;
  /** Without threads: who sleeps for a word, by its address. */
  readonly #sleepers = new Map<number, Set<() => void>>();

  private constructor(memory: WebAssembly.Memory, isShared: boolean) {
    this.memory = memory;
    this.isShared = isShared;
    const { buffer } = memory;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    if (!isShared) unshared.set(memory, this);
  }

  /** @throws RangeError when the machine has not that much to reserve */
  static create({ limit, isShared }: ArenaOptions): Arena {
    const maximum = Math.max(1, Math.floor(limit / pageBytes));
    const initial = Math.min(maximum, growBytes / pageBytes);
    const arena = new Arena(new WebAssembly.Memory({ initial, maximum, shared: isShared }), isShared);
    const { i32 } = arena;
    i32[word.magic] = magic;
    i32[word.size] = initial * pageBytes;
    i32[word.end] = headerBytes;
    // An address is a positive number of 32 bits.
    i32[word.limit] = Math.min(maximum * pageBytes, 2 ** 31 - pageBytes);
    return arena;
  }

  /**
   * One whose blocks have the addresses and contents that they had when the image was taken.
   * @param image of `image`, whole; `limit` is raised to what it takes
   * @throws TypeError when it is none; RangeError when the machine has not that much
   */
  static restore(image: Uint8Array, { limit, isShared }: ArenaOptions): Arena {
    const words = new Int32Array(image.buffer, image.byteOffset, headerBytes >> 2);
    if (words[word.magic] !== magic || words[word.end] !== image.length)
      throw new TypeError('this is no image of an arena');
    const arena = Arena.create({ limit: Math.max(limit, image.length + pageBytes), isShared });
    const own = arena.i32.slice(0, word.used);
    const missing = image.length - arena.u8.length;
    if (missing > 0) arena.#grow(Math.ceil(missing / pageBytes));
    arena.u8.set(image);
    for (const field of [word.limit, word.lock]) arena.i32[field] = own[field] ?? 0;
    arena.i32[word.size] = arena.u8.length;
    return arena;
  }

  /** A copy of all that has been used of it, with so many bytes of the caller's before it. Call it inside. */
  image(before = 0): Uint8Array {
    const end = this.i32[word.end] ?? 0;
    const image = new Uint8Array(before + end);
    image.set(this.u8.subarray(0, end), before);
    return image;
  }

  /** An arena that is there, of another thread too. @throws TypeError when that is none */
  static open(memory: WebAssembly.Memory): Arena {
    const known = unshared.get(memory);
    if (known !== undefined) return known;
    const isShared = canShareMemory && memory.buffer instanceof SharedArrayBuffer;
    const arena = new Arena(memory, isShared);
    if (arena.i32[word.magic] !== magic) throw new TypeError('this memory is no arena');
    return arena;
  }

  /** Bytes of blocks that are in use. */
  get used(): number {
    return this.i32[word.used] ?? 0;
  }

  /** A word, by its address. */
  word(address: number): number {
    return this.i32[address >> 2] ?? 0;
  }

  setWord(address: number, value: number): void {
    this.i32[address >> 2] = value;
  }

  /** Alone with it until `leave`: nobody who is inside is ended, and nothing is waited for inside. @throws ArenaHeld after `patienceMs` */
  enter(): void {
    if (this.isShared) this.#lock();
    if (this.i32[word.size] !== this.u8.length) this.#look();
  }

  /** As `enter`, but false when somebody else is inside. @param hasWaited others that wait may not be known any more */
  tryEnter(hasWaited = false): boolean {
    const mine = hasWaited ? this.owner | others : this.owner;
    if (this.isShared && Atomics.compareExchange(this.i32, word.lock, 0, mine) !== 0) return false;
    if (this.i32[word.size] !== this.u8.length) this.#look();
    return true;
  }

  leave(): void {
    if (!this.isShared) return;
    if ((Atomics.exchange(this.i32, word.lock, 0) & others) !== 0) Atomics.notify(this.i32, word.lock, 1);
  }

  /** Resolves when it is worth to try again, or after a while. */
  async whenLeft(timeoutMs: number): Promise<void> {
    const seen = this.#announce();
    if (seen !== 0) await Atomics.waitAsync(this.i32, word.lock, seen, timeoutMs).value;
  }

  /** Who is inside; 0 for nobody. */
  get holder(): number {
    return Atomics.load(this.i32, word.lock) & ~others;
  }

  /**
   * After a thread has ended: who waits to enter does not wait for its sake any more.
   * @returns whether it was inside, which it has left by this: what it was doing is done by half
   */
  abandon(owner: number): boolean {
    const { i32 } = this;
    const wasInside = this.holder === owner;
    if (wasInside) Atomics.store(i32, word.lock, 0);
    // It may have been the one that was called to enter next.
    Atomics.notify(i32, word.lock);
    return wasInside;
  }

  /**
   * A block of at least so many bytes; only `zeroed` ones have known contents. Call it between `enter` and `leave`.
   * @returns its address, a multiple of 32
   * @throws Failure ENOSPC when the limit is reached
   */
  allocate(bytes: number, zeroed = true): number {
    const size = sizeClass(bytes);
    const { i32 } = this;
    let address = i32[word.free + size] ?? 0;
    if (address === 0) address = this.#cut(size);
    else {
      i32[word.free + size] = i32[address >> 2] ?? 0;
      if (zeroed) this.u8.fill(0, address, address + 2 ** size);
    }
    this.i32[word.used] = this.used + 2 ** size;
    return address;
  }

  /** @param bytes what it was allocated with */
  free(address: number, bytes: number): void {
    const size = sizeClass(bytes);
    const { i32 } = this;
    i32[address >> 2] = i32[word.free + size] ?? 0;
    i32[word.free + size] = address;
    i32[word.used] = this.used - 2 ** size;
  }

  /** Calls those who sleep for the word, where no other thread could. */
  wake(address: number): void {
    for (const call of this.#sleepers.get(address) ?? []) call();
  }

  /** Resolves with true when the word is not `seen` any more, with false when the time is up. */
  async whenWoken(address: number, seen: number, timeoutMs: number): Promise<boolean> {
    if (this.word(address) !== seen) return true;
    const sleepers = this.#sleepers.get(address) ?? new Set();
    this.#sleepers.set(address, sleepers);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const call = () => resolve(true);
    sleepers.add(call);
    const timer = timeoutMs === Infinity ? undefined : setTimeout(() => resolve(false), timeoutMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      sleepers.delete(call);
      if (sleepers.size === 0) this.#sleepers.delete(address);
    }
  }

  #cut(size: number): number {
    if (size >= paged) return this.#extend(2 ** size);
    const { i32 } = this;
    let address = i32[word.cut + size] ?? 0;
    if (address === (i32[word.cutEnd + size] ?? 0)) {
      address = this.#extend(pageBytes);
      this.i32[word.cutEnd + size] = address + pageBytes;
    }
    this.i32[word.cut + size] = address + 2 ** size;
    return address;
  }

  /** New memory is zero. */
  #extend(bytes: number): number {
    const { i32 } = this;
    const address = i32[word.end] ?? 0;
    const end = address + bytes;
    if (end > (i32[word.size] ?? 0)) {
      if (end > (i32[word.limit] ?? 0)) fail(errno.ENOSPC);
      // An eighth more than what is needed, or a megabyte: growing is dear, and what is not touched takes nothing.
      const spare = Math.max(growBytes, (i32[word.size] ?? 0) >> 3);
      const wanted = Math.min(end + spare, i32[word.limit] ?? 0);
      this.#grow(Math.ceil((wanted - (i32[word.size] ?? 0)) / pageBytes));
    }
    this.i32[word.end] = end;
    return address;
  }

  #grow(pages: number): void {
    try {
      this.memory.grow(pages);
    } catch (error) {
      // The machine has no more, though the limit allows it.
      if (error instanceof RangeError) fail(errno.ENOSPC);
      throw error;
    }
    this.#look();
    this.i32[word.size] = this.u8.length;
  }

  #look(): void {
    const { buffer } = this.memory;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  /** 0: nobody is inside; else who, and whether others may wait. */
  #lock(): void {
    const { i32, owner } = this;
    if (Atomics.compareExchange(i32, word.lock, 0, owner) === 0) return;
    const until = performance.now() + this.patienceMs;
    for (;;) {
      if (performance.now() > until)
        throw new ArenaHeld('the files of the container are held by a program that does not let go');
      const seen = this.#announce();
      // Not for ever: who leaves calls one, and that may be a `whenLeft` of this very thread, which cannot hear it now.
      if (seen !== 0) Atomics.wait(i32, word.lock, seen, lookAgainMs);
      if (Atomics.compareExchange(i32, word.lock, 0, owner | others) === 0) return;
    }
  }

  /** Says that somebody waits. @returns the lock's word; 0 when nobody is inside */
  #announce(): number {
    const { i32 } = this;
    const seen = Atomics.load(i32, word.lock);
    if (seen === 0 || (seen & others) !== 0) return seen;
    return Atomics.compareExchange(i32, word.lock, seen, seen | others) === seen ? seen | others : this.#announce();
  }
}

function sizeClass(bytes: number): number {
  if (bytes > 2 ** largest) fail(errno.ENOSPC);
  return Math.max(smallest, 32 - Math.clz32(bytes - 1));
}

/** Bytes that a block of so many has room for. */
export function roomOf(bytes: number): number {
  return 2 ** sizeClass(bytes);
}
