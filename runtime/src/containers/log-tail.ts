// Where the last lines of a log begin.

import type { Files } from '../host/host.ts';
import type { ShimLog } from '../host/kernel.ts';
import { isKind } from '../spec/errors.ts';
import { localHeader, localTrailer } from './log-entries.ts';
import {
  idOf,
  isSameFile,
  listLogFiles,
  type LogFile,
  logFileAt,
  type LogHost,
  type LogPosition,
  readLogFile,
} from './log-files.ts';
import { LineWalk, LocalWalk, type RecordWalk } from './log-walk.ts';

const blockSize = 64 * 1024;

/** The position from which exactly the last `lines` records follow; undefined for all of them. */
export async function tailPosition(host: LogHost, log: ShimLog, lines: number): Promise<LogPosition | undefined> {
  let left = lines;
  let begin: LogPosition | undefined;
  for (const file of (await listLogFiles(host.files, log)).toReversed()) {
    const found = await startIn(host, log, file, left);
    // Where the newest has gone all have, and others are there.
    if (found === undefined) return begin ?? (await tailPosition(host, log, lines));
    if (found.offset !== undefined) return { ...idOf(file), offset: found.offset };
    left -= found.counted;
    begin = { ...idOf(file), offset: 0 };
  }
  return undefined;
}

/**
 * Under the name that a file was found by there may be another one by now, or it is compressed: then it is looked for anew.
 * @returns undefined when it is gone, and so is what is older
 */
async function startIn(host: LogHost, log: ShimLog, listed: LogFile, wanted: number): Promise<Found | undefined> {
  const { files } = host;
  for (let file: LogFile | undefined = listed; file !== undefined;) {
    const { path, isCompressed }: LogFile = file;
    const found = await startOfLast(host, log.driver, file, wanted).catch(absent);
    const there = await logFileAt(files, path);
    const isWhole = isCompressed || path === log.path || there?.isCompressed !== true;
    if (found !== undefined && there !== undefined && isSameFile(there, listed) && isWhole) return found;
    file = (await listLogFiles(files, log)).find((other) => isSameFile(other, listed));
  }
  return undefined;
}

function absent(error: unknown): undefined {
  if (!isKind(error, 'notFound')) throw error;
}

interface Found {
  /** Where the last `wanted` records begin, when the file has so many. */
  readonly offset: number | undefined;
  readonly counted: number;
}

async function startOfLast(host: LogHost, driver: ShimLog['driver'], file: LogFile, wanted: number): Promise<Found> {
  if (file.isCompressed) return await compressedStart(host, driver, file, wanted);
  return await (driver === 'json-file' ? lineStart : recordStart)(host.files, file, wanted);
}

/** It can only be read forwards: once to count, and once more to where they begin. */
async function compressedStart(
  host: LogHost,
  driver: ShimLog['driver'],
  file: LogFile,
  wanted: number,
): Promise<Found> {
  if (wanted === 0) return { offset: file.size, counted: 0 };
  const walk = async (most: number): Promise<RecordWalk> => {
    const records = driver === 'json-file' ? new LineWalk(most) : new LocalWalk(most);
    for await (const chunk of readLogFile(host, file, 0)) {
      records.push(chunk);
      if (records.count === most) break;
    }
    return records;
  };
  const { count } = await walk(Number.POSITIVE_INFINITY);
  if (count <= wanted) return { offset: undefined, counted: count };
  return { offset: (await walk(count - wanted)).end, counted: wanted };
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
      // Cut short under our hands.
      if (block.length < end - blockStart) return { offset: undefined, counted };
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
