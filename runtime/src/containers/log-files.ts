// A log and its full predecessors, read in order. A file is known by its inode and its birth, so that a rotation in the middle
// of reading, or its compression, neither loses nor repeats a line.

import type { Bytes, Files, Host } from '../host/host.ts';
import type { ShimLog } from '../host/kernel.ts';
import { rotatedNumbers } from '../runners/log-numbers.ts';
import { EngineError, isKind, messageOf } from '../spec/errors.ts';

export type LogHost = Pick<Host, 'files' | 'codec'>;

/** Which file it is, whatever its name. */
export interface LogFileId {
  readonly ino: number;
  /** An inode is given to a new file as soon as a turn has removed the oldest one. Unknown where the disk does not tell. */
  readonly birthMs?: number | undefined;
}

export interface LogFile extends LogFileId {
  /** Of what is in it; of a compressed one nobody knows, and it is infinite. */
  readonly size: number;
  readonly path: string;
  readonly isCompressed: boolean;
}

/** Where reading goes on: an offset in what is in this file. */
export interface LogPosition extends LogFileId {
  readonly offset: number;
}

export function isSameFile(one: LogFileId, other: LogFileId): boolean {
  if (one.ino !== other.ino) return false;
  return one.birthMs === undefined || other.birthMs === undefined || one.birthMs === other.birthMs;
}

/** With nothing else of what is given. */
export function idOf({ ino, birthMs }: LogFileId): LogFileId {
  return { ino, birthMs };
}

/** All files of the log, oldest first. */
export async function listLogFiles(files: Files, log: ShimLog): Promise<readonly LogFile[]> {
  return log.isCompressed === true ? await listCountingUp(files, log.path) : await listShifting(files, log.path);
}

/** `x`, `x.1` newest … `x.N` oldest. */
async function listShifting(files: Files, path: string): Promise<readonly LogFile[]> {
  const found: LogFile[] = [];
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? path : `${path}.${number}`;
    const stat = await files.stat(candidate);
    if (stat === undefined) {
      if (number > 0) break;
      continue;
    }
    found.unshift({ ...idOf(stat), size: stat.size, path: candidate, isCompressed: false });
  }
  return found;
}

/** `x.5` oldest, `x.6`, `x`. */
async function listCountingUp(files: Files, path: string): Promise<readonly LogFile[]> {
  // Looked at first: when it is turned over meanwhile, it is among the others.
  const newest = await files.stat(path);
  const found: LogFile[] = [];
  for (const number of await rotatedNumbers(files, path)) {
    const file = await logFileAt(files, `${path}.${number}`);
    if (file !== undefined) found.push(file);
  }
  if (newest !== undefined && !found.some((file) => isSameFile(file, newest))) {
    found.push({ ...idOf(newest), size: newest.size, path, isCompressed: false });
  }
  return found;
}

/** One that is written is as one that is full but not compressed. @returns undefined when none is there */
export async function logFileAt(files: Files, path: string): Promise<LogFile | undefined> {
  const stat = await files.stat(path);
  if (stat === undefined) return undefined;
  const isCompressed = stat.size === 0 && (await files.stat(compressedPath(path))) !== undefined;
  return { ...idOf(stat), size: isCompressed ? Number.POSITIVE_INFINITY : stat.size, path, isCompressed };
}

/** Where what was in a full file is when that is empty. */
export function compressedPath(path: string): string {
  return `${path}.gz`;
}

/** @returns what is in the file from `start` on, as it was when it was looked at */
export function readLogFile({ files, codec }: LogHost, file: LogFile, start: number): Bytes {
  if (!file.isCompressed) return files.stream(file.path, { start, end: file.size });
  return withoutFirst(decompressed({ files, codec }, compressedPath(file.path)), start);
}

async function* decompressed({ files, codec }: LogHost, path: string): Bytes {
  try {
    yield* codec.decompress('gzip', files.stream(path));
  } catch (error) {
    if (!isKind(error, 'invalidParameter')) throw error;
    const message = `a file of the container's log is damaged: ${path}: ${messageOf(error)}; without it the others can be read`;
    throw new EngineError('system', message, { cause: error });
  }
}

async function* withoutFirst(bytes: Bytes, count: number): Bytes {
  let left = count;
  for await (const chunk of bytes) {
    if (chunk.length > left) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/**
 * Everything after `position` that is there now (from the oldest file on without one), in order.
 * @yields chunks with the position after each; `fresh` is true for the first chunk of a file, where no record can go on
 * from the chunk before
 */
export async function* readLog(
  host: LogHost,
  log: ShimLog,
  position: LogPosition | undefined,
): AsyncGenerator<
  { readonly chunk: Uint8Array; readonly position: LogPosition; readonly fresh: boolean },
  void,
  undefined
> {
  const { files } = host;
  let at = position;
  for (;;) {
    const next = await nextRange(files, log, at);
    if (next === undefined) return;
    const { file, start } = next;
    let offset = start;
    let isMoved = false;
    try {
      for await (const chunk of readLogFile(host, file, start)) {
        // Rotated between the look and the opening: what was read is of another file.
        isMoved = offset === start && !(await isAt(files, file));
        if (isMoved) break;
        const fresh = offset === 0;
        offset += chunk.length;
        yield { chunk, position: { ...idOf(file), offset }, fresh };
        at = { ...idOf(file), offset };
      }
    } catch (error) {
      // For a moment of its rotation a file has no name.
      if (!isKind(error, 'notFound')) throw error;
      isMoved = true;
    }
    if (isMoved) continue;
    // Nothing comes to it any more.
    if (file.isCompressed) at = { ...idOf(file), offset: Number.POSITIVE_INFINITY };
    // Cut short under our hands: it was compressed, or the next call finds what is there then.
    else if (offset === start && (await logFileAt(files, file.path))?.isCompressed !== true) return;
  }
}

/** Whether it still has its name. */
async function isAt(files: Files, file: LogFile): Promise<boolean> {
  const there = await files.stat(file.path);
  return there !== undefined && isSameFile(there, file);
}

async function nextRange(
  files: Files,
  log: ShimLog,
  position: LogPosition | undefined,
): Promise<{ readonly file: LogFile; readonly start: number } | undefined> {
  const { path } = log;
  // Mostly there is nothing new, or more in the file that is read already.
  const newest = await files.stat(path);
  if (newest !== undefined && position !== undefined && isSameFile(newest, position)) {
    if (newest.size === position.offset) return undefined;
    // A log of one file starts over in place when it is full.
    const start = newest.size < position.offset ? 0 : position.offset;
    return { file: { ...idOf(newest), size: newest.size, path, isCompressed: false }, start };
  }
  const all = await listLogFiles(files, log);
  const index = position === undefined ? -1 : all.findIndex((file) => isSameFile(file, position));
  const current = all[index];
  if (current !== undefined && position !== undefined && current.size > position.offset) {
    return { file: current, start: position.offset };
  }
  const following = all.slice(index + 1).find((file) => file.size > 0);
  return following === undefined ? undefined : { file: following, start: 0 };
}
