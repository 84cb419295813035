// Contents of files: one block that grows, then a table of blocks of 64 KiB. A block that is not there is that of the layer
// below, as far as that goes, or zero. Blocks are in memory, or by a negative number in the spill.

import { errno, fail } from '../wasi/errno.ts';
import { roomOf } from '../memory/arena.ts';
import type { FileSystem } from './file-system.ts';
import { at, blockBytes, flag, get, getDouble, hasFlag, set, setDouble, setFlag } from './inode.ts';

/** Bytes of what a table of 4 MiB can name. */
export const longestFile = 2 ** 20 * blockBytes;

/** @returns bytes read; fewer than there is room for at the end of the file only @throws Failure EINVAL for a negative offset */
export function readFile(files: FileSystem, inode: number, offset: number, into: Uint8Array): number {
  if (!(offset >= 0)) fail(errno.EINVAL);
  const length = Math.min(into.length, getDouble(files.arena, inode, at.size) - offset);
  if (length <= 0) return 0;
  for (let done = 0; done < length;) {
    const index = Math.floor((offset + done) / blockBytes);
    const start = offset + done - index * blockBytes;
    const end = Math.min(blockBytes, start + length - done);
    readBlock(files, inode, index, start, into.subarray(done, done + end - start));
    done += end - start;
  }
  return length;
}

/** Writes all of it. @throws Failure EINVAL for a negative offset, EFBIG, ENOSPC; then a part of it may be written */
export function writeFile(files: FileSystem, inode: number, offset: number, from: Uint8Array): void {
  const { arena } = files;
  if (!(offset >= 0)) fail(errno.EINVAL);
  if (offset + from.length > longestFile) fail(errno.EFBIG);
  setFlag(arena, inode, flag.touched);
  files.changed();
  for (let done = 0; done < from.length;) {
    const index = Math.floor((offset + done) / blockBytes);
    const start = offset + done - index * blockBytes;
    const end = Math.min(blockBytes, start + from.length - done);
    writeBlock(files, inode, index, start, from.subarray(done, done + end - start));
    done += end - start;
    if (offset + done > getDouble(arena, inode, at.size)) setDouble(arena, inode, at.size, offset + done);
  }
}

/** @throws Failure EFBIG, EINVAL, ENOSPC */
export function truncateFile(files: FileSystem, inode: number, size: number): void {
  const { arena } = files;
  if (!(size >= 0)) fail(errno.EINVAL);
  if (size > longestFile) fail(errno.EFBIG);
  setFlag(arena, inode, flag.touched);
  files.changed();
  if (size < getDouble(arena, inode, at.size)) {
    setDouble(arena, inode, at.below, Math.min(getDouble(arena, inode, at.below), size));
    cutBlocks(files, inode, size);
  }
  setDouble(arena, inode, at.size, size);
}

/** Gives back all blocks. */
export function freeContent(files: FileSystem, inode: number): void {
  const { arena } = files;
  const content = get(arena, inode, at.content);
  const room = get(arena, inode, at.contentRoom);
  set(arena, inode, at.content, 0);
  if (content === 0) return;
  if (!hasFlag(arena, inode, flag.table)) files.freeBlock(content, room, isBounded(files, inode));
  else {
    for (let index = 0; index < room >> 2; index++) {
      files.freeBlock(get(arena, content, index * 4), blockBytes, isBounded(files, inode));
    }
    arena.free(content, room);
  }
}

function readBlock(files: FileSystem, inode: number, index: number, start: number, into: Uint8Array): void {
  const { arena } = files;
  const block = blockOf(files, inode, index);
  if (block === 0) return readBelow(files, inode, index * blockBytes + start, into);
  if (block < 0) return files.spilled.read(-block - 1, start, into);
  const room = roomOfBlock(files, inode);
  const there = Math.min(into.length, Math.max(0, room - start));
  into.set(arena.u8.subarray(block + start, block + start + there));
  into.fill(0, there);
}

/** What the layers have, and zeros where they have nothing. */
function readBelow(files: FileSystem, inode: number, offset: number, into: Uint8Array): void {
  const { arena } = files;
  if (hasFlag(arena, inode, flag.packed)) {
    files.packed.read(getDouble(arena, inode, at.packed) + offset, into);
    return;
  }
  const there = Math.min(into.length, Math.max(0, getDouble(arena, inode, at.below) - offset));
  if (there > 0) {
    const layer = files.layer(get(arena, inode, at.layer));
    readFile(layer, get(arena, inode, at.origin), offset, into.subarray(0, there));
  }
  into.fill(0, there);
}

function writeBlock(files: FileSystem, inode: number, index: number, start: number, from: Uint8Array): void {
  const block = blockToWrite(files, inode, index, start, from.length);
  if (block < 0) files.spilled.write(-block - 1, start, from);
  else files.arena.u8.set(from, block + start);
}

/** The block, made or grown where needed; what is not about to be written has its contents. */
function blockToWrite(files: FileSystem, inode: number, index: number, start: number, length: number): number {
  const { arena } = files;
  const isTable = hasFlag(arena, inode, flag.table);
  if (!isTable && index === 0) return firstBlockToWrite(files, inode, start + length);
  const table = isTable ? tableWithRoom(files, inode, index) : makeTable(files, inode, index);
  const there = get(arena, table, index * 4);
  if (there !== 0) return there;
  const isWhole = length === blockBytes;
  const block = files.makeBlock(blockBytes, isWhole, isBounded(files, inode));
  if (!isWhole) fillFromBelow(files, inode, index, block);
  set(arena, table, index * 4, block);
  return block;
}

/** The only block of a small file, with room for so many bytes. */
function firstBlockToWrite(files: FileSystem, inode: number, bytes: number): number {
  const { arena } = files;
  const old = get(arena, inode, at.content);
  const room = get(arena, inode, at.contentRoom);
  if (old < 0 || (old !== 0 && room >= bytes)) return old;
  const below = old === 0 ? Math.min(blockBytes, getDouble(arena, inode, at.below)) : 0;
  const wanted = roomOf(Math.max(bytes, below));
  const block = files.makeBlock(wanted, false, isBounded(files, inode));
  if (old !== 0) {
    // One that spills is whole at once: there was none before it in memory, or there was room for it.
    if (block < 0) files.spilled.write(-block - 1, 0, arena.u8.slice(old, old + room));
    else arena.u8.copyWithin(block, old, old + room);
    files.freeBlock(old, room, isBounded(files, inode));
  } else if (below > 0) fillFromBelow(files, inode, 0, block);
  set(arena, inode, at.content, block);
  set(arena, inode, at.contentRoom, block < 0 ? blockBytes : wanted);
  return block;
}

function fillFromBelow(files: FileSystem, inode: number, index: number, block: number): void {
  const there = Math.min(blockBytes, getDouble(files.arena, inode, at.below) - index * blockBytes);
  if (there <= 0) return;
  const content = new Uint8Array(there);
  readBelow(files, inode, index * blockBytes, content);
  if (block < 0) files.spilled.write(-block - 1, 0, content);
  else files.arena.u8.set(content, block);
}

/** Makes a table in place of the only block, which becomes its first. */
function makeTable(files: FileSystem, inode: number, index: number): number {
  const { arena } = files;
  let first = get(arena, inode, at.content);
  const room = get(arena, inode, at.contentRoom);
  if (first > 0 && room < blockBytes) {
    firstBlockToWrite(files, inode, blockBytes);
    first = get(arena, inode, at.content);
  }
  const bytes = roomOf((index + 1) * 4);
  const table = arena.allocate(bytes);
  set(arena, table, 0, first);
  set(arena, inode, at.content, table);
  set(arena, inode, at.contentRoom, bytes);
  setFlag(arena, inode, flag.table);
  return table;
}

function tableWithRoom(files: FileSystem, inode: number, index: number): number {
  const { arena } = files;
  const old = get(arena, inode, at.content);
  const room = get(arena, inode, at.contentRoom);
  if (old !== 0 && index < room >> 2) return old;
  const bytes = roomOf((index + 1) * 4);
  const table = arena.allocate(bytes);
  if (old !== 0) {
    arena.u8.copyWithin(table, old, old + room);
    arena.free(old, room);
  }
  set(arena, inode, at.content, table);
  set(arena, inode, at.contentRoom, bytes);
  return table;
}

/** Frees blocks beyond a size, and zeroes the rest of the last one: a file that grows again shows zeros there. */
function cutBlocks(files: FileSystem, inode: number, size: number): void {
  const { arena } = files;
  if (size === 0) return freeContent(files, inode);
  const last = Math.floor((size - 1) / blockBytes);
  const content = get(arena, inode, at.content);
  if (content === 0) return;
  if (hasFlag(arena, inode, flag.table)) {
    for (let index = last + 1; index < get(arena, inode, at.contentRoom) >> 2; index++) {
      files.freeBlock(get(arena, content, index * 4), blockBytes, isBounded(files, inode));
      set(arena, content, index * 4, 0);
    }
  }
  const block = blockOf(files, inode, last);
  const start = size - last * blockBytes;
  if (block < 0) files.spilled.write(-block - 1, start, new Uint8Array(blockBytes - start));
  else if (block > 0) arena.u8.fill(0, block + start, block + Math.max(start, roomOfBlock(files, inode)));
}

function blockOf(files: FileSystem, inode: number, index: number): number {
  const { arena } = files;
  const content = get(arena, inode, at.content);
  if (!hasFlag(arena, inode, flag.table)) return index === 0 ? content : 0;
  return content !== 0 && index < get(arena, inode, at.contentRoom) >> 2 ? get(arena, content, index * 4) : 0;
}

function roomOfBlock(files: FileSystem, inode: number): number {
  const { arena } = files;
  return hasFlag(arena, inode, flag.table) ? blockBytes : get(arena, inode, at.contentRoom);
}

function isBounded({ arena }: FileSystem, inode: number): boolean {
  return hasFlag(arena, inode, flag.bounded);
}
