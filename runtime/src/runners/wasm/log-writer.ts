// The log of a container, in the two forms that the shim of Linux containers writes (native/shim_log*.c): Docker's json-file lines, and
// the engine's own `local` records. `containers/log-entries.ts` reads both.

import type { Files, WritableFile } from '../../host/host.ts';
import type { ShimLog } from '../../host/kernel.ts';
import { concat } from '../../spec/bytes.ts';
import { rotatedNumbers } from '../log-numbers.ts';
import { jsonForm, localForm, newline, type RecordForm } from './log-records.ts';

/** Bytes of a line in one record; a longer one goes on in the next. */
const longestLine = 16 * 1024;
/** Bytes that may wait for the disk before the program does. */
const mostWaiting = 1024 * 1024;
/** Bytes that are made of short lines at once, at most. */
const mostTogether = 4 * 1024 * 1024;
/** More than a record takes besides its line and attributes. */
const frameSize = 80;

export interface LogClock {
  nowNs(): bigint;
}

export class LogWriter {
  readonly #files: Files;
  readonly #log: ShimLog;
  readonly #form: RecordForm;
  readonly #clock: LogClock;
  readonly #failed: (error: unknown) => void;
  /** Unfinished lines, by stream. */
  readonly #rest: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  #file: WritableFile | undefined;
  #size = 0;
  /** Number of the newest full file, where they are numbered upwards. */
  #last: number | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Bytes of records that wait or are being written. */
  #held = 0;
  #writing: Promise<void> | undefined;

  /** @param failed hears of records that the disk did not take; they are lost, the program goes on */
  constructor(files: Files, log: ShimLog, clock: LogClock, failed: (error: unknown) => void) {
    this.#files = files;
    this.#log = log;
    this.#form = log.driver === 'json-file' ? jsonForm(log.attributes) : localForm;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Resolves when there is room for more: at once where the program does not wait for the disk, and what is too much is dropped. */
  async write(stream: 1 | 2, bytes: Uint8Array): Promise<void> {
    if (this.#log.driver === 'none' || bytes.length === 0) return;
    const timeNs = this.#clock.nowNs();
    const before = this.#rest[stream - 1] ?? new Uint8Array(0);
    const data = before.length === 0 ? bytes : concat([before, bytes]);
    let start = 0;
    // Most output is lines of some words: what lies together is made records of together.
    let together = 0;
    for (;;) {
      const end = data.indexOf(newline, start);
      const stop = end < 0 ? data.length : end;
      if (stop - start > longestLine) {
        await this.#addLines(stream, data.subarray(together, start), timeNs);
        start = this.#addLong(stream, data, { start, stop }, timeNs);
        together = start;
      }
      if (end < 0) break;
      start = end + 1;
    }
    await this.#addLines(stream, data.subarray(together, start), timeNs);
    this.#rest[stream - 1] = data.slice(start);
    await this.#room();
  }

  /** Writes what is left, and closes the file. */
  async finish(): Promise<void> {
    const timeNs = this.#clock.nowNs();
    for (const stream of [1, 2] as const) {
      const rest = this.#rest[stream - 1] ?? new Uint8Array(0);
      if (rest.length > 0) this.#add(stream, rest, timeNs, true);
      this.#rest[stream - 1] = new Uint8Array(0);
    }
    if (this.#waiting.length > 0) this.#writing ??= this.#flush();
    await this.#writing;
    await this.#close();
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** All of a line but its last piece. @returns where that begins */
  #addLong(
    stream: 1 | 2,
    data: Uint8Array,
    line: { readonly start: number; readonly stop: number },
    timeNs: bigint,
  ): number {
    let { start } = line;
    while (line.stop - start > longestLine) {
      const cut = beforeCharacter(data, start + longestLine);
      this.#add(stream, data.subarray(start, cut), timeNs, true);
      start = cut;
    }
    return start;
  }

  async #room(): Promise<void> {
    // One that has nothing to do is over before it is known that it writes.
    if (this.#waiting.length > 0) this.#writing ??= this.#flush();
    if (this.#log.maxWaiting === undefined && this.#waitingBytes > mostWaiting) await this.#writing;
  }

  /** Where attributes make much of short lines, it is made piece by piece. @param lines each with its end */
  async #addLines(stream: 1 | 2, lines: Uint8Array, timeNs: bigint): Promise<void> {
    const most = Math.ceil(mostTogether / (frameSize + (this.#log.attributes?.length ?? 0)));
    for (let start = 0; start < lines.length && !this.#isFull();) {
      if (start > 0) await this.#room();
      const end = start + most >= lines.length ? lines.length : lines.indexOf(newline, start + most - 1) + 1;
      this.#push(this.#form.records(stream, lines.subarray(start, end), timeNs));
      start = end;
    }
  }

  #add(stream: 1 | 2, line: Uint8Array, timeNs: bigint, isPartial: boolean): void {
    if (this.#isFull()) return;
    this.#push(this.#form.record(stream, line, timeNs, isPartial));
  }

  /** A record has no room. One that is larger than all the room is still taken when it is the only one. */
  #isFull(): boolean {
    const { maxWaiting } = this.#log;
    return maxWaiting !== undefined && this.#held > 0 && this.#held >= maxWaiting;
  }

  #push(records: Uint8Array): void {
    const { maxWaiting } = this.#log;
    const room = maxWaiting === undefined ? records.length : Math.max(1, maxWaiting - this.#held);
    const taken = records.length <= room ? records : records.slice(0, this.#form.end(records, 0, room));
    this.#waiting.push(taken);
    this.#waitingBytes += taken.length;
    this.#held += taken.length;
  }

  async #flush(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const blocks = this.#waiting;
        const size = this.#waitingBytes;
        this.#waiting = [];
        this.#waitingBytes = 0;
        await this.#writeAll(blocks).finally(() => (this.#held -= size));
      }
    } catch (error) {
      this.#failed(error);
      // How much of it the disk took is not known.
      await this.#close().catch(this.#failed);
    } finally {
      this.#writing = undefined;
    }
  }

  /** The file is full when it has reached its size: the record that does so is whole. @param blocks of whole records */
  async #writeAll(blocks: readonly Uint8Array[]): Promise<void> {
    const { maxSize } = this.#log;
    let pending: Uint8Array[] = [];
    let size = 0;
    for (const block of blocks) {
      for (let start = 0; start < block.length;) {
        this.#file ??= await this.#open();
        if (maxSize > 0 && this.#size + size >= maxSize) {
          await this.#put(pending, size);
          pending = [];
          size = 0;
          await this.#rotate();
        }
        const room = maxSize > 0 ? maxSize - this.#size - size : block.length;
        const end = start + room >= block.length ? block.length : this.#form.end(block, start, start + room);
        pending.push(block.subarray(start, end));
        size += end - start;
        start = end;
      }
    }
    await this.#put(pending, size);
  }

  async #put(parts: readonly Uint8Array[], size: number): Promise<void> {
    if (size === 0) return;
    await this.#file?.write(parts.length === 1 && parts[0] !== undefined ? parts[0] : concat(parts));
    this.#size += size;
  }

  async #open(): Promise<WritableFile> {
    this.#size = (await this.#files.stat(this.#log.path))?.size ?? 0;
    return await this.#files.create(this.#log.path, { mode: 0o640, append: true });
  }

  async #rotate(): Promise<void> {
    const { path, isCompressed } = this.#log;
    await this.#close();
    if (isCompressed === true) await this.#countUp();
    else await this.#shift();
    this.#file = await this.#files.create(path, { mode: 0o640 });
    this.#size = 0;
  }

  /** x.2 becomes x.3, x.1 x.2, x x.1; a log of one file starts over. */
  async #shift(): Promise<void> {
    const { path, maxFiles } = this.#log;
    if (maxFiles > 1) await this.#files.remove(`${path}.${maxFiles - 1}`);
    for (let number = maxFiles - 1; number > 0; number--) {
      const from = number === 1 ? path : `${path}.${number - 1}`;
      if ((await this.#files.stat(from)) !== undefined) await this.#files.rename(from, `${path}.${number}`);
    }
  }

  /** x becomes x.8 after x.7. What is too old goes in both its forms, first the one that is read when both are there. */
  async #countUp(): Promise<void> {
    const { path, maxFiles } = this.#log;
    this.#last ??= Math.max(0, ...(await rotatedNumbers(this.#files, path)));
    const next = this.#last + 1;
    await this.#files.rename(path, `${path}.${next}`);
    this.#last = next;
    const oldest = next - (maxFiles - 1);
    if (oldest < 1) return;
    await this.#files.remove(`${path}.${oldest}.gz`);
    await this.#files.remove(`${path}.${oldest}`);
  }
}

/** Where a line that is too long may be cut without parting the bytes of a character. */
function beforeCharacter(data: Uint8Array, at: number): number {
  let cut = at;
  for (let back = 0; back < 3 && isContinuation(data[cut]); back++) cut--;
  return isContinuation(data[cut]) ? at : cut;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
