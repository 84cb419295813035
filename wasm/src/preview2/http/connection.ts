// One connection of HTTP: a socket of the process, with what was read of it and not yet used. All of it is called inside the arena.

import type { Sockets } from '../../preview1/sockets.ts';
import { isWaiting, type Late } from '../../preview1/waiting.ts';
import type { Calls } from '../calls.ts';
import { closeDescriptor, sinkOf, sourceOf } from '../descriptor-streams.ts';
import type { Sink, Source } from '../streams.ts';
import { concat } from '../../wasi/bytes.ts';

const pieceBytes = 32_768;

export class Connection implements Disposable {
  readonly descriptor: number;
  /** What came and was not taken yet. */
  rest: Uint8Array = new Uint8Array(0);
  /** Nothing more comes. */
  isAtEnd = false;
  readonly #calls: Calls;
  readonly #sockets: Sockets;
  readonly #source: Source;
  readonly #sink: Sink;
  #isOpen = true;

  /** Of a descriptor that it takes over. */
  constructor(calls: Calls, sockets: Sockets, descriptor: number) {
    this.#calls = calls;
    this.#sockets = sockets;
    this.descriptor = descriptor;
    this.#source = sourceOf(calls, descriptor);
    this.#sink = sinkOf(calls, descriptor);
  }

  /** Whether what was begun with it has come to an end. */
  get isSettled(): boolean {
    return this.#sockets.isSettled(this.descriptor);
  }

  /** @throws Failure with what it failed with */
  check(): void {
    this.#sockets.check(this.descriptor);
  }

  /** Whether nothing of a next message has come. */
  get isUntouched(): boolean {
    return this.rest.length === 0 && !this.isAtEnd;
  }

  /** Reads what has come. @returns whether anything has, its end too @throws Failure when it was cut */
  fill(): boolean {
    if (this.isAtEnd) return true;
    const bytes = this.#source.read(pieceBytes);
    if (bytes === undefined) return false;
    if (bytes.length === 0) this.isAtEnd = true;
    else this.rest = this.rest.length === 0 ? bytes : concat([this.rest, bytes]);
    return true;
  }

  /** Takes so many bytes of what has come, or fewer. */
  take(length: number): Uint8Array {
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(taken.length);
    return taken;
  }

  /** Bytes that can be written without waiting. */
  get room(): number {
    return this.#sink.isReady() ? this.#sockets.room(this.descriptor) : 0;
  }

  /** All of it; where there is no room it waits. @throws Failure */
  begin(bytes: Uint8Array): Late<void> {
    return bytes.length === 0 ? undefined : this.#sink.write(bytes);
  }

  /** The same, to its end. */
  write(bytes: Uint8Array): void {
    const late = this.begin(bytes);
    if (isWaiting(late)) this.#calls.waiter.finish(late);
  }

  /** Idempotent. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeDescriptor(this.#calls, this.descriptor);
  }
}
