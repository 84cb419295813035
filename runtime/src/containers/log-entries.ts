// Records of a log file, as they come: json-file's lines and the engine's own `local` records. Lines are given as views
// into the chunk wherever they need no decoding, since logs are read at full speed.

import { parseTimeNs } from './time.ts';

export interface LogEntry {
  readonly stream: 1 | 2;
  /** With its newline, unless the record is a part of a longer line. Valid until the next `push`. */
  readonly line: Uint8Array;
  timeNs(): bigint;
  /** What json-file has beside the line, as it is in the file. */
  readonly attributes?: unknown;
}

/** Takes a file apart however its bytes were split; an unfinished record waits for the rest. The chunks become its own. */
export interface LogDecoder {
  push(chunk: Uint8Array, emit: (entry: LogEntry) => void): void;
}

export function decoderFor(driver: 'json-file' | 'local'): LogDecoder {
  return driver === 'json-file' ? new JsonDecoder() : new LocalDecoder();
}

const largestRecord = 16 * 1024 * 1024;
const newline = 0x0a;
const backslash = 0x5c;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const head = encoder.encode('{"log":"');
const streamKey = encoder.encode('","stream":"std');
const timeKey = encoder.encode('","time":"');

abstract class Buffered {
  #rest = new Uint8Array(0);

  /** The chunk with what was left of the one before. */
  protected joined(chunk: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return chunk;
    const whole = new Uint8Array(this.#rest.length + chunk.length);
    whole.set(this.#rest);
    whole.set(chunk, this.#rest.length);
    return whole;
  }

  protected keep(rest: Uint8Array): void {
    this.#rest = rest.slice();
  }
}

class JsonDecoder extends Buffered implements LogDecoder {
  push(chunk: Uint8Array, emit: (entry: LogEntry) => void): void {
    const bytes = this.joined(chunk);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const entry = quickEntry(bytes, start, end) ?? slowEntry(bytes.subarray(start, end));
      if (entry !== undefined) emit(entry);
      start = end + 1;
    }
    // No record is so long: somebody else wrote into it, and may go on.
    this.keep(bytes.subarray(bytes.length - start > largestRecord ? bytes.length : start));
  }
}

class JsonEntry implements LogEntry {
  readonly stream: 1 | 2;
  readonly line: Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #timeStart: number;
  readonly #timeEnd: number;

  constructor(stream: 1 | 2, line: Uint8Array, bytes: Uint8Array, timeStart: number, timeEnd: number) {
    this.stream = stream;
    this.line = line;
    this.#bytes = bytes;
    this.#timeStart = timeStart;
    this.#timeEnd = timeEnd;
  }

  timeNs(): bigint {
    return parseTimeNs(decoder.decode(this.#bytes.subarray(this.#timeStart, this.#timeEnd)));
  }
}

/**
 * `{"log":"TEXT","stream":"stdout","time":"TIME"}`, where TEXT has no escape but a last `\n`; else undefined. The bytes of
 * that escape are overwritten by the newline they mean: `bytes` is the decoder's own.
 */
function quickEntry(bytes: Uint8Array, start: number, end: number): LogEntry | undefined {
  if (!matchesAt(bytes, start, head)) return undefined;
  const tail = findBackwards(bytes, streamKey, end, Math.max(start, end - 96));
  if (tail < start + head.length) return undefined;
  const streamAt = tail + streamKey.length;
  const timeAt = streamAt + 3;
  if (!matchesAt(bytes, timeAt, timeKey) || bytes[end - 1] !== 0x7d || bytes[end - 2] !== 0x22) return undefined;
  const textStart = start + head.length;
  const escapeAt = bytes.indexOf(backslash, textStart);
  let textEnd = tail;
  if (escapeAt >= 0 && escapeAt < tail) {
    if (escapeAt !== tail - 2 || bytes[tail - 1] !== 0x6e) return undefined;
    bytes[escapeAt] = newline;
    textEnd = tail - 1;
  }
  // With attributes, which may hold all of these words, there is more than a time.
  if (bytes.indexOf(0x22, timeAt + timeKey.length) !== end - 2) return undefined;
  const stream = bytes[streamAt] === 0x6f ? 1 : 2;
  return new JsonEntry(stream, bytes.subarray(textStart, textEnd), bytes, timeAt + timeKey.length, end - 2);
}

function matchesAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

function findBackwards(bytes: Uint8Array, wanted: Uint8Array, end: number, least: number): number {
  for (let at = end - wanted.length; at >= least; at--) {
    // The comma is the rarest byte of the key there.
    if (bytes[at + 1] === 0x2c && matchesAt(bytes, at, wanted)) return at;
  }
  return -1;
}

/** @returns undefined for a line that is no record (the file was cut, or somebody else wrote into it) */
function slowEntry(bytes: Uint8Array): LogEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { log, stream, time, attrs } = value as Readonly<Record<string, unknown>>;
  if (typeof log !== 'string' || typeof time !== 'string') return undefined;
  const line = encoder.encode(log);
  return { stream: stream === 'stderr' ? 2 : 1, line, timeNs: () => parseTimeNs(time), attributes: attrs };
}

/** Before the text: length, time, stream, flags; after it the length again. */
export const localHeader = 14;
export const localTrailer = 4;
class LocalDecoder extends Buffered implements LogDecoder {
  #isDamaged = false;

  push(chunk: Uint8Array, emit: (entry: LogEntry) => void): void {
    if (this.#isDamaged) return;
    const bytes = this.joined(chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (bytes.length - at >= localHeader) {
      const size = view.getUint32(at, true);
      if (size > largestRecord) {
        this.#isDamaged = true;
        return;
      }
      const end = at + localHeader + size + localTrailer;
      if (end > bytes.length) break;
      emit(localEntry(bytes, view, at, size));
      at = end;
    }
    this.keep(bytes.subarray(at));
  }
}

/** The newline of a whole line is put over the first byte of the trailer: `bytes` is the decoder's own. */
function localEntry(bytes: Uint8Array, view: DataView, at: number, size: number): LogEntry {
  const timeNs = view.getBigUint64(at + 4, true);
  const stream = bytes[at + 12] === 2 ? 2 : 1;
  const end = at + localHeader + size;
  const isPartial = ((bytes[at + 13] ?? 0) & 1) === 1;
  if (!isPartial) bytes[end] = newline;
  return { stream, line: bytes.subarray(at + localHeader, isPartial ? end : end + 1), timeNs: () => timeNs };
}
