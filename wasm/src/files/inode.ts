// What an inode is in an arena: its fields by their offset, in bytes. A file system is told by its arena and the addresses in it.

import type { Arena } from '../memory/arena.ts';

export const inodeBytes = 160;

/** Words (32 bits), but where said otherwise. */
export const at = {
  kind: 0,
  mode: 4,
  uid: 8,
  gid: 12,
  /** Names that it has. */
  links: 16,
  /** Who has it open; it lives on without a name for them. */
  holders: 20,
  /** A double: bytes of a file or of a link's target. */
  size: 24,
  /** Doubles, whole seconds since the epoch; their nanoseconds are words. */
  accessed: 32,
  modified: 40,
  changed: 48,
  accessedNs: 56,
  modifiedNs: 60,
  changedNs: 64,
  number: 68,
  flags: 72,
  /** Where it comes from: 1 + the index of the layer, and its address there. */
  layer: 76,
  origin: 80,
  /** A double, of files: so many bytes, as far as no block of its own is there, are those of `origin`. */
  below: 88,
  /** A file's first block or table of blocks, a link's target, a directory's buckets. */
  content: 96,
  /** Bytes of `content`'s block. */
  contentRoom: 100,
  /** Of directories: what they hold, whiteouts too; the first and the last of it; the next serial number. */
  entries: 104,
  first: 108,
  last: 112,
  serial: 116,
  parent: 120,
  /** Of directories: where they are in the layers below (`lowers.ts`), and how many whiteouts they hold. */
  lowers: 124,
  whiteouts: 128,
  /** A double, of files of layers: where its content begins in the pack. */
  packed: 136,
  /** As Linux packs one into 32 bits: the minor's low 8, the major's 12, the minor's high 12. */
  device: 144,
  /** Extended attributes and how many bytes they are (`attributes.ts`). */
  attributes: 148,
  attributesBytes: 152,
} as const;

export const kind = { file: 1, directory: 2, symlink: 3, character: 4, block: 5, fifo: 6, socket: 7 } as const;
export type Kind = (typeof kind)[keyof typeof kind];

export const flag = {
  /** `content` is a table of blocks of 64 KiB. */
  table: 1,
  /** A directory of which everything below is known, or is to be hidden. */
  complete: 2,
  /** A directory of a layer that hides those of the layers below. */
  opaque: 4,
  /** Content is in the pack. */
  packed: 8,
  /** Other than it was in its layer. */
  touched: 16,
  /** Content is bounded by itself (`FileSystem.bound`), of all that is below a directory that is. */
  bounded: 32,
} as const;

export const blockBytes = 65_536;
export const longestName = 255;

/** A word of an inode. */
export function get(arena: Arena, inode: number, field: number): number {
  return arena.word(inode + field);
}

export function set(arena: Arena, inode: number, field: number, value: number): void {
  arena.setWord(inode + field, value);
}

/** A double of an inode. */
export function getDouble(arena: Arena, inode: number, field: number): number {
  return arena.f64[(inode + field) >> 3] ?? 0;
}

export function setDouble(arena: Arena, inode: number, field: number, value: number): void {
  arena.f64[(inode + field) >> 3] = value;
}

export function hasFlag(arena: Arena, inode: number, bit: number): boolean {
  return (get(arena, inode, at.flags) & bit) !== 0;
}

export function setFlag(arena: Arena, inode: number, bit: number): void {
  set(arena, inode, at.flags, get(arena, inode, at.flags) | bit);
}

export function kindOf(arena: Arena, inode: number): number {
  return get(arena, inode, at.kind);
}

/** The field with the nanoseconds of a time. */
export function nanosecondsOf(time: number): number {
  return time === at.accessed ? at.accessedNs : time === at.modified ? at.modifiedNs : at.changedNs;
}
