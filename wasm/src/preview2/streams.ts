// wasi:io: streams, errors, and waiting for several things at once.
// https://github.com/WebAssembly/WASI/tree/main/proposals/io

import { isWaiting, type Late, type Waiting } from '../preview1/waiting.ts';
import { errno } from '../wasi/errno.ts';
import type { Calls } from './calls.ts';
import { refuse } from './refusal.ts';
import type { HostInterface } from './world.ts';

/** Where an input stream reads; called inside the arena. */
export interface Source extends Partial<Disposable> {
  /** @returns at least a byte; none at the end; undefined when there may be more later @throws Failure */
  read(length: number): Uint8Array | undefined;
  /** Whether `read` would say something. */
  isReady(): boolean;
}

/** Where an output stream writes; called inside the arena. */
export interface Sink extends Partial<Disposable> {
  /** Who writes what nobody takes is told so, and not ended by a signal: others end connections as they like. */
  readonly isConnection?: boolean;
  /** Bytes that can be written now, 0 when that is to be waited for. @throws Failure EPIPE when nobody takes them any more */
  room(): number;
  /** All of it; where there is no room it waits. @throws Failure */
  write(bytes: Uint8Array): Late<void>;
  isReady(): boolean;
}

/** Of one read, whatever a component asks for. */
const mostRead = 2 ** 20;
/** Zeros of one write. */
const mostZeros = 65_536;
const mostPollables = 4096;

export class IoError {
  readonly errno: number;

  constructor(number: number) {
    this.errno = number;
  }

  toDebugString(): string {
    const [name] = Object.entries(errno).find(([, number]) => number === this.errno) ?? [];
    return name ?? `error ${String(this.errno)}`;
  }
}

const streamError = (number: number) => ({ tag: 'last-operation-failed', val: new IoError(number) });
const closed = { tag: 'closed' };

export class Pollable {
  readonly #calls: Calls;
  readonly #isReady: () => boolean;
  /** By `performance.now()`. */
  readonly #dueMs: number;

  constructor(calls: Calls, isReady: () => boolean, dueMs = Infinity) {
    this.#calls = calls;
    this.#isReady = isReady;
    this.#dueMs = dueMs;
  }

  ready(): boolean {
    return this.#calls.surely(() => Pollable.check(this));
  }

  *block(): Waiting<void> {
    yield* poll(this.#calls, [this]);
  }

  /** Inside the arena. */
  static check(pollable: Pollable): boolean {
    return pollable.#dueMs <= performance.now() || pollable.#isReady();
  }

  static timeLeft(pollable: Pollable): number {
    return pollable.#dueMs - performance.now();
  }
}

/** Waits for at least one of them. @returns the places of all that are ready */
function poll(calls: Calls, pollables: readonly Pollable[]): Waiting<readonly number[]> {
  if (pollables.length === 0 || pollables.length > mostPollables) {
    throw new TypeError(
      `polls ${String(pollables.length)} things at once: at least one, at most ${String(mostPollables)}`,
    );
  }
  return calls.surelySteps(() =>
    calls.waiter.untilAny(() => {
      const ready = [...pollables.keys()].filter((index) => {
        const pollable = pollables[index];
        return pollable !== undefined && Pollable.check(pollable);
      });
      if (ready.length > 0) return { answer: ready };
      return { timeoutMs: Math.max(0, Math.min(...pollables.map((pollable) => Pollable.timeLeft(pollable)))) };
    }),
  );
}

export class InputStream {
  readonly #calls: Calls;
  readonly #source: Source;

  constructor(calls: Calls, source: Source) {
    this.#calls = calls;
    this.#source = source;
  }

  /** What is there now. */
  read(length: bigint): Uint8Array {
    return this.#calls.inside(() => this.#take(length) ?? new Uint8Array(0), streamError);
  }

  blockingRead(length: bigint): Waiting<Uint8Array> {
    return this.#calls.steps(() => this.#await(length), streamError);
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  *blockingSkip(length: bigint): Waiting<bigint> {
    return BigInt((yield* this.blockingRead(length)).length);
  }

  subscribe(): Pollable {
    return new Pollable(this.#calls, () => this.#source.isReady());
  }

  [Symbol.dispose](): void {
    this.#calls.surely(() => this.#source[Symbol.dispose]?.());
  }

  /** As `read`, as steps. */
  static take(stream: InputStream, length: bigint): Waiting<Uint8Array> {
    return stream.#calls.steps(() => atOnce(() => stream.#take(length) ?? new Uint8Array(0)), streamError);
  }

  #await(length: bigint): Waiting<Uint8Array> {
    return this.#calls.waiter.untilAny(() => {
      const answer = this.#take(length);
      return answer === undefined ? { timeoutMs: Infinity } : { answer };
    });
  }

  #take(length: bigint): Uint8Array | undefined {
    const wanted = Math.min(Number(length), mostRead);
    if (wanted === 0) return new Uint8Array(0);
    const bytes = this.#source.read(wanted);
    if (bytes?.length === 0) refuse(closed);
    return bytes;
  }
}

export class OutputStream {
  readonly #calls: Calls;
  readonly #sink: Sink;

  constructor(calls: Calls, sink: Sink) {
    this.#calls = calls;
    this.#sink = sink;
  }

  checkWrite(): bigint {
    return this.#calls.inside(
      () => BigInt(this.#sink.room()),
      (number) => this.#closed(number),
    );
  }

  /** What is written beyond the room that there is waits for more. */
  write(bytes: Uint8Array): Waiting<void> {
    return this.#writing(() => stepsOf(this.#sink.write(bytes)));
  }

  blockingWriteAndFlush(bytes: Uint8Array): Waiting<void> {
    return this.write(bytes);
  }

  /** Nothing is kept back here. */
  flush(): void {
    this.checkWrite();
  }

  blockingFlush(): void {
    this.checkWrite();
  }

  *writeZeroes(length: bigint): Waiting<void> {
    for (let left = Number(length); left > 0; left -= mostZeros) {
      yield* this.write(new Uint8Array(Math.min(left, mostZeros)));
    }
  }

  blockingWriteZeroesAndFlush(length: bigint): Waiting<void> {
    return this.writeZeroes(length);
  }

  *splice(source: InputStream, length: bigint): Waiting<bigint> {
    const room = BigInt(yield* this.#writing(() => atOnce(() => this.#sink.room())));
    if (room === 0n) return 0n;
    const bytes = yield* InputStream.take(source, length < room ? length : room);
    yield* this.write(bytes);
    return BigInt(bytes.length);
  }

  *blockingSplice(source: InputStream, length: bigint): Waiting<bigint> {
    const bytes = yield* source.blockingRead(length);
    yield* this.write(bytes);
    return BigInt(bytes.length);
  }

  subscribe(): Pollable {
    return new Pollable(this.#calls, () => this.#sink.isReady());
  }

  [Symbol.dispose](): void {
    this.#calls.surely(() => this.#sink[Symbol.dispose]?.());
  }

  #writing<T>(call: () => Waiting<T>): Waiting<T> {
    return this.#calls.steps(call, (number) => this.#closed(number));
  }

  /** What a failed write is for the component. */
  #closed(number: number): unknown {
    if (number !== errno.EPIPE) return streamError(number);
    if (this.#sink.isConnection !== true) this.#calls.waiter.gate.brokenPipe();
    return closed;
  }
}

function* atOnce<T>(make: () => T): Waiting<T> {
  yield* [];
  return make();
}

function* stepsOf(late: Late<void>): Waiting<void> {
  if (isWaiting(late)) yield* late;
}

export function io(calls: Calls): Readonly<Record<string, HostInterface>> {
  return {
    'wasi:io/error': { resources: { Error: { type: IoError, methods: ['toDebugString'] } } },
    'wasi:io/poll': {
      functions: { poll: (pollables: readonly Pollable[]) => poll(calls, pollables) },
      resources: { Pollable: { type: Pollable, methods: ['ready', 'block'] } },
    },
    'wasi:io/streams': {
      resources: {
        InputStream: { type: InputStream, methods: ['read', 'blockingRead', 'skip', 'blockingSkip', 'subscribe'] },
        OutputStream: {
          type: OutputStream,
          methods: [
            'checkWrite',
            'write',
            'blockingWriteAndFlush',
            'flush',
            'blockingFlush',
            'writeZeroes',
            'blockingWriteZeroesAndFlush',
            'splice',
            'blockingSplice',
            'subscribe',
          ],
        },
      },
    },
  };
}
