// What goes out in a body, framed. It may be written before there is a connection to write it to. Inside the arena.

import { errno, fail } from '../../wasi/errno.ts';
import type { Calls } from '../calls.ts';
import type { Sink } from '../streams.ts';
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

  /** From now on it goes there. @throws Failure */
  attach(connection: Connection, framing: Framing): void {
    this.#way = { connection, framing };
    for (const piece of this.#kept) this.#send(piece);
    this.#kept.length = 0;
    if (this.#ended !== undefined) this.#sendEnd(this.#ended.trailers);
  }

  /** Nobody takes it. */
  abandon(): void {
    this.#isAbandoned = true;
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

  write(bytes: Uint8Array): void {
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
    const kept = bytes.slice();
    this.#calls.wait(() => {
      this.#pursue();
      return this.#way === undefined && !this.#isAbandoned ? { timeoutMs: Infinity } : { answer: true };
    });
    if (this.#isAbandoned) fail(errno.EPIPE);
    this.#send(kept);
  }

  /** @throws Failure EINVAL when it is shorter or longer than it was to be */
  end(trailers: readonly Field[]): void {
    this.#ended = { trailers };
    if (this.#way !== undefined && !this.#isAbandoned) this.#sendEnd(trailers);
  }

  #send(bytes: Uint8Array): void {
    if (this.#way === undefined || bytes.length === 0) return;
    const { connection, framing } = this.#way;
    if (framing.kind === 'none') return;
    if (framing.kind !== 'chunked') return connection.write(bytes);
    connection.write(concat([ascii(`${bytes.length.toString(16)}\r\n`), bytes, ascii('\r\n')]));
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
