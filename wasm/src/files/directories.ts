// Directories: entries in buckets by the hash of their name, and in the order in which they came, with serial numbers by which
// a reader goes on where it was.

import { errno, fail } from '../wasi/errno.ts';
import { ownWords, type Arena } from '../memory/arena.ts';
import { at, get, longestName, set } from './inode.ts';

/** An entry; words, then the name. */
const entryAt = {
  nextInBucket: 0,
  next: 4,
  previous: 8,
  serial: 12,
  inode: 16,
  hash: 20,
  length: 24,
  name: 28,
} as const;
/** The arena's word with what hashes begin with. */
export const seedWord = ownWords.first;
const fewestBuckets = 8;
const mostBuckets = 2 ** 20;

/** A name as UTF-8 in somebody's memory. */
export interface Name {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function nameOf(text: string): Name {
  const bytes = encoder.encode(text);
  return { bytes, start: 0, end: bytes.length };
}

/** @returns the address of its entry, 0 without */
export function findEntry(arena: Arena, directory: number, name: Name): number {
  const buckets = get(arena, directory, at.content);
  if (buckets === 0) return 0;
  const hash = hashOf(arena, name);
  const length = name.end - name.start;
  const { i32 } = arena;
  const mask = (get(arena, directory, at.contentRoom) >> 2) - 1;
  let entry = i32[(buckets >> 2) + (hash & mask)] ?? 0;
  while (entry !== 0) {
    const base = entry >> 2;
    if (i32[base + 5] === hash && i32[base + 6] === length && isSame(arena.u8, entry + entryAt.name, name))
      return entry;
    entry = i32[base] ?? 0;
  }
  return 0;
}

/** @param inode 0 for a whiteout. There must be no entry of that name. @throws Failure ENAMETOOLONG, ENOSPC */
export function addEntry(arena: Arena, directory: number, name: Name, inode: number): number {
  const length = name.end - name.start;
  if (length > longestName) fail(errno.ENAMETOOLONG);
  makeRoom(arena, directory);
  const entry = arena.allocate(entryAt.name + length, false);
  const hash = hashOf(arena, name);
  const last = get(arena, directory, at.last);
  const serial = get(arena, directory, at.serial) + 1;
  set(arena, entry, entryAt.next, 0);
  set(arena, entry, entryAt.previous, last);
  set(arena, entry, entryAt.serial, serial);
  set(arena, entry, entryAt.inode, inode);
  set(arena, entry, entryAt.hash, hash);
  set(arena, entry, entryAt.length, length);
  arena.u8.set(name.bytes.subarray(name.start, name.end), entry + entryAt.name);
  putIntoBucket(arena, directory, entry, hash);
  set(arena, directory, at.serial, serial);
  set(arena, directory, at.last, entry);
  if (last === 0) set(arena, directory, at.first, entry);
  else set(arena, last, entryAt.next, entry);
  set(arena, directory, at.entries, get(arena, directory, at.entries) + 1);
  if (inode === 0) set(arena, directory, at.whiteouts, get(arena, directory, at.whiteouts) + 1);
  return entry;
}

export function removeEntry(arena: Arena, directory: number, entry: number): void {
  const next = get(arena, entry, entryAt.next);
  const previous = get(arena, entry, entryAt.previous);
  if (previous === 0) set(arena, directory, at.first, next);
  else set(arena, previous, entryAt.next, next);
  if (next === 0) set(arena, directory, at.last, previous);
  else set(arena, next, entryAt.previous, previous);
  takeFromBucket(arena, directory, entry);
  set(arena, directory, at.entries, get(arena, directory, at.entries) - 1);
  if (inodeOf(arena, entry) === 0) set(arena, directory, at.whiteouts, get(arena, directory, at.whiteouts) - 1);
  arena.free(entry, entryAt.name + get(arena, entry, entryAt.length));
}

/** The inode of an entry, 0 for a whiteout. */
export function inodeOf(arena: Arena, entry: number): number {
  return get(arena, entry, entryAt.inode);
}

export function setInode(arena: Arena, directory: number, entry: number, inode: number): void {
  const was = inodeOf(arena, entry) === 0 ? 1 : 0;
  const is = inode === 0 ? 1 : 0;
  set(arena, entry, entryAt.inode, inode);
  set(arena, directory, at.whiteouts, get(arena, directory, at.whiteouts) + is - was);
}

/** Where a reader that has seen the entry goes on. */
export function serialOf(arena: Arena, entry: number): number {
  return get(arena, entry, entryAt.serial);
}

/** The name; its bytes are the arena's and change with it. */
export function entryName(arena: Arena, entry: number): Name {
  const start = entry + entryAt.name;
  return { bytes: arena.u8, start, end: start + get(arena, entry, entryAt.length) };
}

export function textOf({ bytes, start, end }: Name): string {
  // A decoder takes no shared memory.
  return decoder.decode(bytes.slice(start, end));
}

/** The first entry, of what there is after serial number `after`, whiteouts too; 0 without. */
export function entryAfter(arena: Arena, directory: number, after: number): number {
  let entry = get(arena, directory, at.first);
  while (entry !== 0 && serialOf(arena, entry) <= after) entry = get(arena, entry, entryAt.next);
  return entry;
}

export function nextEntry(arena: Arena, entry: number): number {
  return get(arena, entry, entryAt.next);
}

/** Gives back what an empty directory took. */
export function freeBuckets(arena: Arena, directory: number): void {
  const buckets = get(arena, directory, at.content);
  if (buckets !== 0) arena.free(buckets, get(arena, directory, at.contentRoom));
  set(arena, directory, at.content, 0);
}

function makeRoom(arena: Arena, directory: number): void {
  const old = get(arena, directory, at.content);
  const room = get(arena, directory, at.contentRoom);
  const count = room >> 2;
  if (old !== 0 && (get(arena, directory, at.entries) < count || count === mostBuckets)) return;
  const bytes = old === 0 ? fewestBuckets * 4 : room * 4;
  const buckets = arena.allocate(bytes);
  set(arena, directory, at.content, buckets);
  set(arena, directory, at.contentRoom, bytes);
  for (let entry = get(arena, directory, at.first); entry !== 0; entry = nextEntry(arena, entry)) {
    putIntoBucket(arena, directory, entry, get(arena, entry, entryAt.hash));
  }
  if (old !== 0) arena.free(old, room);
}

function bucketOf(arena: Arena, directory: number, hash: number): number {
  return get(arena, directory, at.content) + (hash & ((get(arena, directory, at.contentRoom) >> 2) - 1)) * 4;
}

function putIntoBucket(arena: Arena, directory: number, entry: number, hash: number): void {
  const bucket = bucketOf(arena, directory, hash);
  set(arena, entry, entryAt.nextInBucket, get(arena, bucket, 0));
  set(arena, bucket, 0, entry);
}

function takeFromBucket(arena: Arena, directory: number, entry: number): void {
  let link = bucketOf(arena, directory, get(arena, entry, entryAt.hash));
  while (get(arena, link, 0) !== entry) link = get(arena, link, 0) + entryAt.nextInBucket;
  set(arena, link, 0, get(arena, entry, entryAt.nextInBucket));
}

/** Of 31 bits. FNV-1a from where nobody inside knows, so that names cannot be made that share a bucket; its bits mixed once more,
 * since buckets go by the lowest. */
function hashOf(arena: Arena, { bytes, start, end }: Name): number {
  let hash = arena.word(seedWord) | 1;
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) & 0x7fffffff;
}

function isSame(bytes: Uint8Array, at: number, name: Name): boolean {
  for (let index = name.start; index < name.end; index++, at++) if (bytes[at] !== name.bytes[index]) return false;
  return true;
}
