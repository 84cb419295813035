// Nodes of a folder of the host: blocks in the container's arena, so that all of its threads know what is open.

import type { Arena } from '../memory/arena.ts';
import { ownWords } from '../memory/arena.ts';
import { kind } from '../files/inode.ts';
import { errno, fail } from '../wasi/errno.ts';
import type { HostFiles, HostStat } from './host-files.ts';

/** Words by their offset in bytes; device and inode are two each. */
const at = {
  descriptor: 0,
  kind: 4,
  holders: 8,
  access: 12,
  device: 16,
  inode: 24,
  path: 32,
  pathBytes: 36,
  known: 40,
} as const;
const nodeBytes = 44;
/** Directories that are kept open for the next calls, of one folder. */
const mostKnown = 64;
const knownBytes = mostKnown * 4;
/** The arena's word with how many of the host's descriptors are open for it. */
const openWord = ownWords.first + 21 * 4;
/** Descriptors of the daemon's that one container may take. */
const mostOpen = 1024;

export const access = { none: 0, read: 1, write: 2 } as const;

const kinds = new Map<number, number>([
  [0o10, kind.file],
  [0o04, kind.directory],
  [0o12, kind.symlink],
  [0o02, kind.character],
  [0o06, kind.block],
  [0o01, kind.fifo],
  [0o14, kind.socket],
]);

export function kindOfMode(mode: bigint): number {
  return kinds.get(Number(mode >> 12n) & 0o17) ?? kind.file;
}

export class HostNodes {
  readonly arena: Arena;
  readonly #files: HostFiles;
  /** Made in this call, and held by nobody yet. */
  #fresh: number[] = [];

  constructor(arena: Arena, files: HostFiles) {
    this.arena = arena;
    this.#files = files;
  }

  /**
   * @param descriptor becomes the node's; -1 without
   * @param path of its own where it has no descriptor
   * @throws Failure EMFILE, ENOSPC; then the descriptor is closed
   */
  make(descriptor: number, stat: HostStat, may: number, path?: Uint8Array): number {
    const { arena } = this;
    try {
      const node = arena.allocate(nodeBytes);
      if (path !== undefined) this.#keepPath(node, path);
      arena.setWord(node + at.kind, kindOfMode(stat.mode));
      arena.setWord(node + at.access, may);
      this.#setLong(node + at.device, stat.dev);
      this.#setLong(node + at.inode, stat.ino);
      // Of an arena that is full of them it is freed again with the rest of the call.
      this.#fresh.push(node);
      arena.setWord(node + at.descriptor, -1);
      this.#count(descriptor);
      arena.setWord(node + at.descriptor, descriptor);
      return node;
    } catch (error) {
      if (descriptor >= 0) this.#files.close(descriptor);
      throw error;
    }
  }

  #keepPath(node: number, path: Uint8Array): void {
    const { arena } = this;
    try {
      const block = arena.allocate(path.length, false);
      arena.u8.set(path, block);
      arena.setWord(node + at.path, block);
      arena.setWord(node + at.pathBytes, path.length);
    } catch (error) {
      arena.free(node, nodeBytes);
      throw error;
    }
  }

  descriptor(node: number): number {
    return this.arena.word(node + at.descriptor);
  }

  kind(node: number): number {
    return this.arena.word(node + at.kind);
  }

  access(node: number): number {
    return this.arena.word(node + at.access);
  }

  path(node: number): Uint8Array {
    const block = this.arena.word(node + at.path);
    return this.arena.u8.slice(block, block + this.arena.word(node + at.pathBytes));
  }

  isSame(node: number, other: number): boolean {
    const { arena } = this;
    const words = [at.device, at.device + 4, at.inode, at.inode + 4];
    return words.every((field) => arena.word(node + field) === arena.word(other + field));
  }

  isOf(node: number, { dev, ino }: HostStat): boolean {
    return (
      this.#long(node + at.device) === BigInt.asIntN(64, dev) && this.#long(node + at.inode) === BigInt.asIntN(64, ino)
    );
  }

  keyOf(node: number): string {
    return `${this.#long(node + at.device)}:${this.#long(node + at.inode)}`;
  }

  /** Gives a node without descriptor one. @throws Failure ENOENT when it is open at something else, EMFILE; then it is closed */
  open(node: number, descriptor: number): void {
    const { arena } = this;
    try {
      if (!this.isOf(node, this.#files.statOpen(descriptor))) fail(errno.ENOENT);
      this.#count(descriptor);
    } catch (error) {
      this.#files.close(descriptor);
      throw error;
    }
    arena.setWord(node + at.descriptor, descriptor);
  }

  /** A directory that was known to a root; 0 without. */
  known(root: number, stat: HostStat): number {
    const node = this.arena.word(this.#slot(root, stat.ino));
    return node !== 0 && this.isOf(node, stat) ? node : 0;
  }

  /** Keeps a directory open in the place of another, unless much is open already. */
  know(root: number, node: number): void {
    const { arena } = this;
    if (arena.word(openWord) > mostOpen / 2) return;
    const slot = this.#slot(root, this.#long(node + at.inode));
    const former = arena.word(slot);
    this.hold(node);
    arena.setWord(slot, node);
    if (former !== 0) this.release(former);
  }

  /** Where it would be. @throws Failure ENOSPC */
  #slot(root: number, inode: bigint): number {
    const { arena } = this;
    let known = arena.word(root + at.known);
    if (known === 0) {
      known = arena.allocate(knownBytes);
      arena.setWord(root + at.known, known);
    }
    return known + Number(BigInt.asUintN(6, inode)) * 4;
  }

  #forget(known: number): void {
    const { arena } = this;
    for (let slot = known; slot < known + knownBytes; slot += 4) {
      const node = arena.word(slot);
      if (node !== 0) this.release(node);
    }
    arena.free(known, knownBytes);
  }

  #count(descriptor: number): void {
    const { arena } = this;
    if (descriptor < 0) return;
    if (arena.word(openWord) >= mostOpen) fail(errno.EMFILE);
    arena.setWord(openWord, arena.word(openWord) + 1);
  }

  hold(node: number): void {
    const { arena } = this;
    arena.setWord(node + at.holders, arena.word(node + at.holders) + 1);
    const fresh = this.#fresh.indexOf(node);
    if (fresh >= 0) this.#fresh.splice(fresh, 1);
  }

  release(node: number): void {
    const { arena } = this;
    const holders = arena.word(node + at.holders) - 1;
    arena.setWord(node + at.holders, holders);
    if (holders === 0) this.#free(node);
  }

  /** What was made since the last time, and is not held, goes. */
  leave(): void {
    if (this.#fresh.length === 0) return;
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const node of fresh) this.#free(node);
  }

  #free(node: number): void {
    const { arena } = this;
    const descriptor = this.descriptor(node);
    const path = arena.word(node + at.path);
    const known = arena.word(node + at.known);
    if (known !== 0) this.#forget(known);
    if (path !== 0) arena.free(path, arena.word(node + at.pathBytes));
    arena.free(node, nodeBytes);
    if (descriptor < 0) return;
    arena.setWord(openWord, arena.word(openWord) - 1);
    this.#files.close(descriptor);
  }

  #long(address: number): bigint {
    const low = BigInt(this.arena.word(address) >>> 0);
    return (BigInt(this.arena.word(address + 4)) << 32n) | low;
  }

  #setLong(address: number, value: bigint): void {
    this.arena.setWord(address, Number(BigInt.asIntN(32, value)));
    this.arena.setWord(address + 4, Number(BigInt.asIntN(32, value >> 32n)));
  }
}
