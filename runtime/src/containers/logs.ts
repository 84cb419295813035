// What a container has written, from its log, and on request what it goes on writing until it ends. Woken by the file
// system, never by a clock.

import type { LogOptions, LogStream } from '../spec/engine/containers.ts';
import { EngineError, messageOf } from '../spec/errors.ts';
import { frame, frameHeaderSize, streamNumber } from '../spec/stream/multiplex.ts';
import type { Container } from './container.ts';
import { invalid } from './errors.ts';
import { showAttributes } from './log-attributes.ts';
import { decoderFor, type LogEntry } from './log-entries.ts';
import { idOf, type LogPosition, readLog } from './log-files.ts';
import { tailPosition } from './log-tail.ts';
import type { Room } from './room.ts';
import { logOf } from './sandbox-spec.ts';
import { formatTimeFixed } from './time.ts';

/** @throws EngineError notFound, invalidParameter for no stream, notImplemented when nothing is kept */
export async function logs(room: Room, ref: string, options: LogOptions): Promise<LogStream> {
  const container = room.store.find(ref);
  if (!options.stdout && !options.stderr) throw invalid('Bad parameters: you must choose at least one stream');
  if (logOf(room, container).driver === 'none') {
    throw new EngineError('notImplemented', 'configured logging driver does not support reading');
  }
  return { tty: container.record.config.Tty ?? false, output: logsOf(room, container, options) };
}

/** Readers that have not come to the end of a container's log. */
const readers = new WeakMap<Container, Set<Promise<void>>>();

/** Gives readers of an ended container a moment to come to the end of its log, before its files go: clients read what
 * they were promised while they remove the container already. Costs nothing without readers. */
export async function readersDone(room: Room, container: Container, patienceMs: number): Promise<void> {
  const all = readers.get(container);
  if (all === undefined || all.size === 0) return;
  const enough = new AbortController();
  await Promise.race([
    Promise.all(all),
    room.host.clock.sleep(patienceMs, { signal: enough.signal, ref: false }).catch(() => undefined),
  ]);
  enough.abort();
}

/** Frames, or raw bytes of a terminal. Empty when the driver keeps nothing. */
export async function* logsOf(
  room: Room,
  container: Container,
  options: LogOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const all = readers.get(container) ?? new Set();
  readers.set(container, all.add(promise));
  try {
    yield* readLogOf(room, container, options);
  } catch (error) {
    // As Docker tells it: the answer has begun, and its end alone would say that this was all.
    room.logger.warn('a log could not be read', { container: container.id, error: messageOf(error) });
    const text = new TextEncoder().encode(`Error grabbing logs: ${messageOf(error)}\n`);
    yield container.record.config.Tty === true ? text : frame(streamNumber.systemError, text);
  } finally {
    all.delete(promise);
    resolve();
  }
}

async function* readLogOf(
  room: Room,
  container: Container,
  options: LogOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const log = logOf(room, container);
  const { driver, path } = log;
  if (driver === 'none') return;
  const tty = container.record.config.Tty ?? false;
  const { tail } = options;
  let position = tail === undefined ? undefined : await tailPosition(room.host, log, tail);
  let decoder = decoderFor(driver);
  const batch = new Batch(tty, options);
  const add = (entry: LogEntry): void => batch.add(entry);
  const read = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of readLog(room.host, log, position)) {
      if (piece.fresh) decoder = decoderFor(driver);
      position = piece.position;
      decoder.push(piece.chunk, add);
      if (batch.size > 0) yield batch.take();
      if (batch.isPast || options.signal?.aborted === true) return;
    }
  };
  if (!options.follow || !container.isRunning || tail === 0) {
    if (tail !== 0) yield* read();
    if (!options.follow || !container.isRunning) return;
    if (position === undefined) position = await endOf(room, path);
  }
  const run = container.run;
  if (run === undefined) return;
  using watcher = new Watcher(room, path, run.ended, options);
  for (;;) {
    const ended = watcher.hasEnded;
    yield* read();
    if (ended || batch.isPast || options.signal?.aborted === true) return;
    await watcher.changed();
  }
}

async function endOf(room: Room, path: string): Promise<LogPosition | undefined> {
  const stat = await room.host.files.stat(path);
  return stat === undefined ? undefined : { ...idOf(stat), offset: stat.size };
}

/** Filters and formats entries, one frame each (clients show frames as lines), many of them in one piece. */
class Batch {
  /** An entry after `until` has been met: nothing more will come. */
  isPast = false;
  readonly #tty: boolean;
  readonly #options: LogOptions;
  #bytes = new Uint8Array(128 * 1024);
  #size = 0;
  #view = new DataView(this.#bytes.buffer);

  constructor(tty: boolean, options: LogOptions) {
    this.#tty = tty;
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  add(entry: LogEntry): void {
    const { sinceNs, untilNs, stdout, stderr } = this.#options;
    if (this.isPast) return;
    if (sinceNs !== undefined && entry.timeNs() < sinceNs) return;
    if (untilNs !== undefined && entry.timeNs() > untilNs) {
      this.isPast = true;
      return;
    }
    if (!(entry.stream === 1 ? stdout : stderr)) return;
    const prefix = this.#prefix(entry);
    const length = prefix.length + entry.line.length;
    this.#reserve(length + frameHeaderSize);
    if (!this.#tty) this.#openFrame(entry.stream, length);
    for (let at = 0; at < prefix.length; at++) this.#bytes[this.#size++] = prefix.charCodeAt(at);
    this.#bytes.set(entry.line, this.#size);
    this.#size += entry.line.length;
  }

  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#size);
    this.#bytes = new Uint8Array(Math.max(128 * 1024, Math.min(this.#bytes.length, 1024 * 1024)));
    this.#view = new DataView(this.#bytes.buffer);
    this.#size = 0;
    return bytes;
  }

  /** ASCII only. Without attributes to show, details are the blank after them. */
  #prefix(entry: LogEntry): string {
    const { timestamps, details } = this.#options;
    const attributes = details ? `${showAttributes(entry.attributes)} ` : '';
    return `${timestamps ? `${formatTimeFixed(entry.timeNs())} ` : ''}${attributes}`;
  }

  #openFrame(stream: number, length: number): void {
    // The three bytes between are zero in a new buffer, and nothing is written twice.
    this.#bytes[this.#size] = stream;
    this.#view.setUint32(this.#size + 4, length);
    this.#size += frameHeaderSize;
  }

  #reserve(length: number): void {
    if (this.#size + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + length));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Wakes the follower: the directory changed, the run ended, the time was up, the client or the daemon left. */
class Watcher implements Disposable {
  hasEnded = false;
  #wake = Promise.withResolvers<void>();
  readonly #watch: Disposable;
  readonly #done = new AbortController();

  constructor(room: Room, path: string, ended: Promise<unknown>, options: LogOptions) {
    const end = (): void => {
      this.hasEnded = true;
      this.#wake.resolve();
    };
    this.#watch = room.host.files.watch(path.slice(0, path.lastIndexOf('/')), () => this.#wake.resolve());
    void ended.then(end);
    for (const signal of [options.signal, room.closing.signal]) {
      if (signal?.aborted === true) end();
      signal?.addEventListener('abort', end, { once: true, signal: this.#done.signal });
    }
    if (options.untilNs !== undefined) {
      const ms = Math.max(0, Number(options.untilNs / 1_000_000n) - room.host.clock.now());
      room.host.clock.sleep(ms, { signal: this.#done.signal, ref: false }).then(end, () => undefined);
    }
  }

  /** Resolves after the first change since the last call. */
  async changed(): Promise<void> {
    if (!this.hasEnded) await this.#wake.promise;
    this.#wake = Promise.withResolvers<void>();
  }

  [Symbol.dispose](): void {
    this.#done.abort();
    this.#watch[Symbol.dispose]();
  }
}
