// A log and its rotated predecessors (`x`, `x.1` newest … `x.N` oldest), read in order. A file is known by its inode, so
// that a rotation in the middle of reading neither loses nor repeats a line.

import type { Files } from '../host/host.ts';
import { isKind } from '../spec/errors.ts';
import { localHeader, localTrailer } from './log-entries.ts';

export interface LogFile {
  readonly ino: number;
  readonly size: number;
  readonly path: string;
}

/** Where reading goes on: an offset in the file with this inode. */
export interface LogPosition {
  readonly ino: number;
  readonly offset: number;
}

/** All files of the log, oldest first. */
export async function listLogFiles(files: Files, path: string): Promise<readonly LogFile[]> {
  const found: LogFile[] = [];
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? path : `${path}.${number}`;
    const stat = await files.stat(candidate);
    if (stat === undefined) {
      if (number > 0) break;
      continue;
    }
    found.unshift({ ino: stat.ino, size: stat.size, path: candidate });
  }
  return found;
}

/**
 * Everything after `position` that is there now (from the oldest file on without one), in order.
 * @yields chunks with the position after each; `fresh` is true for the first chunk of a file, where no record can go on
 * from the chunk before
 */
export async function* readLog(
  files: Files,
  path: string,
  position: LogPosition | undefined,
): AsyncGenerator<
  { readonly chunk: Uint8Array; readonly position: LogPosition; readonly fresh: boolean },
  void,
  undefined
> {
  let at = position;
  for (;;) {
    const next = await nextRange(files, path, at);
    if (next === undefined) return;
    const { file, start } = next;
    let offset = start;
    let isMoved = false;
    try {
      for await (const chunk of files.stream(file.path, { start, end: file.size })) {
        // Rotated between the look and the opening: what was read is of another file.
        isMoved = offset === start && (await files.stat(file.path))?.ino !== file.ino;
        if (isMoved) break;
        const fresh = offset === 0;
        offset += chunk.length;
        yield { chunk, position: { ino: file.ino, offset }, fresh };
        at = { ino: file.ino, offset };
      }
    } catch (error) {
      // For a moment of its rotation a file has no name.
      if (!isKind(error, 'notFound')) throw error;
      isMoved = true;
    }
    // Cut short under our hands: the next call finds what is there then.
    if (offset === start && !isMoved) return;
  }
}

async function nextRange(
  files: Files,
  path: string,
  position: LogPosition | undefined,
): Promise<{ readonly file: LogFile; readonly start: number } | undefined> {
  // Mostly there is nothing new, or more in the file that is read already.
  const newest = await files.stat(path);
  if (newest !== undefined && position !== undefined && newest.ino === position.ino) {
    if (newest.size === position.offset) return undefined;
    // A log of one file starts over in place when it is full.
    const start = newest.size < position.offset ? 0 : position.offset;
    return { file: { ino: newest.ino, size: newest.size, path }, start };
  }
  const all = await listLogFiles(files, path);
  const index = position === undefined ? -1 : all.findIndex((file) => file.ino === position.ino);
  const current = all[index];
  if (current !== undefined && position !== undefined && current.size > position.offset) {
    return { file: current, start: position.offset };
  }
  const following = all.slice(index + 1).find((file) => file.size > 0);
  return following === undefined ? undefined : { file: following, start: 0 };
}

const blockSize = 64 * 1024;

/** The position from which exactly the last `lines` records follow; undefined for all of them. */
export async function tailPosition(
  files: Files,
  path: string,
  driver: 'json-file' | 'local',
  lines: number,
): Promise<LogPosition | undefined> {
  const all = await listLogFiles(files, path);
  let left = lines;
  for (const file of all.toReversed()) {
    const found = await (driver === 'json-file' ? lineStart : recordStart)(files, file, left);
    if (found.offset !== undefined) return { ino: file.ino, offset: found.offset };
    left -= found.counted;
  }
  return undefined;
}

interface Found {
  /** Where the last `wanted` records begin, when the file has so many. */
  readonly offset: number | undefined;
  readonly counted: number;
}

async function lineStart(files: Files, file: LogFile, wanted: number): Promise<Found> {
  let counted = 0;
  // The newline at the very end closes the last line, it does not begin one.
  for (let end = file.size; end > 0; end = Math.max(0, end - blockSize)) {
    const start = Math.max(0, end - blockSize);
    const block = await readRange(files, file.path, start, end);
    for (let at = block.lastIndexOf(0x0a); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(0x0a, at - 1)) {
      if (counted === wanted) return { offset: start + at + 1, counted };
      counted += 1;
    }
  }
  return { offset: counted === wanted && wanted === 0 ? file.size : undefined, counted };
}

async function recordStart(files: Files, file: LogFile, wanted: number): Promise<Found> {
  let counted = 0;
  let end = file.size;
  let block = new Uint8Array(0);
  let blockStart = end;
  while (counted < wanted && end >= localHeader + localTrailer) {
    if (end - localTrailer < blockStart) {
      blockStart = Math.max(0, end - blockSize);
      block = await readRange(files, file.path, blockStart, end);
    }
    const size = new DataView(block.buffer, block.byteOffset).getUint32(end - localTrailer - blockStart, true);
    end -= localHeader + localTrailer + size;
    if (end < 0) return { offset: undefined, counted };
    counted += 1;
  }
  return { offset: counted === wanted && end > 0 ? end : undefined, counted };
}

async function readRange(files: Files, path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const block = new Uint8Array(end - start);
  let filled = 0;
  for await (const chunk of files.stream(path, { start, end })) {
    block.set(chunk.subarray(0, block.length - filled), filled);
    filled += chunk.length;
  }
  return filled < block.length ? block.slice(0, filled) : block;
}
