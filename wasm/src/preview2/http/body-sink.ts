// What goes out in a body, framed. It may be written before there is a connection to write it to. Inside the arena.

import { isWaiting, type Late, type Waiting } from '../../preview1/waiting.ts';
import { errno, fail } from '../../wasi/errno.ts';
import type { Calls } from '../calls.ts';
import type { Sink } from '../streams.ts';
import type { ErrorCode } from './codes.ts';
import type { Connection } from './connection.ts';
import type { Framing } from './framing.ts';
import { concat } from '../../wasi/bytes.ts';
import { ascii, type Field } from './head.ts';

/** Kept while there is no connection. */
const mostKept = 2 ** 20;
/** Of one piece of a connection. */
const mostWritten = 65_536;
/** Around a chunk, at most. */
const frameBytes = 16;

interface Way {
  readonly connection: Connection;
  readonly framing: Framing;
}

export class BodySink implements Sink {
  readonly isConnection = true;
  readonly #calls: Calls;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #way: Way | undefined;
  #written = 0;
  #isAbandoned = false;
  #broken: ErrorCode | undefined;
  #ended: { readonly trailers: readonly Field[] } | undefined;
  /** Called where it would wait for a connection: whatever brings that about. */
  #pursue: () => void = () => undefined;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Bytes that were written to it. */
  get written(): number {
    return this.#written;
  }

  /** What kept it from being whole, where that was not its connection. */
  get broken(): ErrorCode | undefined {
    return this.#broken;
  }

  /** All of it was written, and its end. */
  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** The same, and it is as long as was said. */
  get isWhole(): boolean {
    const { framing } = this.#way ?? {};
    return this.isEnded && (framing?.kind !== 'length' || framing.bytes === this.#written);
  }

  /** How long it is, when all of it is here already. */
  get knownLength(): number | undefined {
    return this.isEnded && this.#way === undefined ? this.#keptBytes : undefined;
  }

  whenWanted(pursue: () => void): void {
    this.#pursue = pursue;
  }

  /** From now on it goes there. @throws Failure EINVAL when it is longer than it was to be already: nothing of it goes then */
  attach(connection: Connection, framing: Framing): void {
    this.#way = { connection, framing };
    if (framing.kind === 'length' && this.#written > framing.bytes) {
      this.abandon();
      fail(errno.EINVAL);
    }
    for (const piece of this.#kept) connection.write(framed(piece, framing));
    this.#kept.length = 0;
    if (this.#ended !== undefined) this.#sendEnd(this.#ended.trailers);
  }

  /** Nobody takes it. @param broken what kept it from being whole */
  abandon(broken?: ErrorCode): void {
    this.#isAbandoned = true;
    this.#broken ??= broken;
    this.#kept.length = 0;
  }

  isReady(): boolean {
    this.#pursue();
    return this.room() > 0 || this.#isAbandoned;
  }

  room(): number {
    if (this.#isAbandoned) fail(errno.EPIPE);
    if (this.#way === undefined) return mostKept - this.#keptBytes;
    return Math.max(0, Math.min(mostWritten, this.#way.connection.room - frameBytes));
  }

  write(bytes: Uint8Array): Late<void> {
    if (this.#isAbandoned || this.isEnded) fail(errno.EPIPE);
    const { framing } = this.#way ?? {};
    if (framing?.kind === 'length' && this.#written + bytes.length > framing.bytes) fail(errno.EINVAL);
    this.#written += bytes.length;
    if (this.#way !== undefined) return this.#send(bytes);
    if (this.#keptBytes + bytes.length <= mostKept) {
      this.#kept.push(bytes.slice());
      this.#keptBytes += bytes.length;
      return;
    }
    return this.#sendLater(bytes.slice());
  }

  /** @throws Failure EINVAL when it is shorter or longer than it was to be */
  end(trailers: readonly Field[]): void {
    this.#ended = { trailers };
    if (this.#way !== undefined && !this.#isAbandoned) this.#sendEnd(trailers);
  }

  /** Once there is a connection. */
  *#sendLater(bytes: Uint8Array): Waiting<void> {
    yield* this.#calls.waiter.untilAny(() => {
      this.#pursue();
      return this.#way === undefined && !this.#isAbandoned ? { timeoutMs: Infinity } : { answer: true };
    });
    if (this.#isAbandoned) fail(errno.EPIPE);
    const late = this.#send(bytes);
    if (isWaiting(late)) yield* late;
  }

  #send(bytes: Uint8Array): Late<void> {
    return this.#way === undefined ? undefined : this.#way.connection.begin(framed(bytes, this.#way.framing));
  }

  #sendEnd(trailers: readonly Field[]): void {
    if (this.#way === undefined) return;
    const { connection, framing } = this.#way;
    if (framing.kind === 'length' && framing.bytes !== this.#written) fail(errno.EINVAL);
    if (framing.kind !== 'chunked') return;
    const lines = trailers.flatMap(([name, value]) => [ascii(`${name}: `), value, ascii('\r\n')]);
    connection.write(concat([ascii('0\r\n'), ...lines, ascii('\r\n')]));
  }
}

/** A piece of a body as it is sent. */
function framed(bytes: Uint8Array, { kind }: Framing): Uint8Array {
  if (kind === 'none') return new Uint8Array(0);
  if (kind !== 'chunked' || bytes.length === 0) return bytes;
  return concat([ascii(`${bytes.length.toString(16)}\r\n`), bytes, ascii('\r\n')]);
}
