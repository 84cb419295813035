// wasi:http's bodies: streams that are taken once, and what follows them.

import type { Calls } from '../calls.ts';
import { Refusal, refuse } from '../refusal.ts';
import { InputStream, OutputStream, Pollable } from '../streams.ts';
import type { BodySink } from './body-sink.ts';
import type { BodySource } from './body-source.ts';
import { httpCode } from './codes.ts';
import { Fields } from './fields.ts';

const pieceBytes = 65_536;

export class IncomingBody {
  readonly #calls: Calls;
  readonly #source: BodySource;
  #isTaken = false;

  constructor(calls: Calls, source: BodySource) {
    this.#calls = calls;
    this.#source = source;
  }

  stream(): InputStream {
    if (this.#isTaken) refuse(undefined);
    this.#isTaken = true;
    return new InputStream(this.#calls, this.#source);
  }

  static finish(body: IncomingBody): FutureTrailers {
    return new FutureTrailers(body.#calls, body.#source);
  }

  [Symbol.dispose](): void {
    this.#calls.surely(() => this.#source.close());
  }
}

/** Trailers come when the body has; what of it was not read is read then. */
export class FutureTrailers {
  readonly #calls: Calls;
  readonly #source: BodySource;
  #isTaken = false;

  constructor(calls: Calls, source: BodySource) {
    this.#calls = calls;
    this.#source = source;
  }

  subscribe(): Pollable {
    return new Pollable(this.#calls, () => this.#drain());
  }

  /** An option of a result, once, of the result of reading them. */
  get(): unknown {
    try {
      if (!this.#calls.inside(() => this.#drain(), httpCode)) return undefined;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#once({ tag: 'err', val: error.payload });
    }
    const { trailers } = this.#source;
    return this.#once({ tag: 'ok', val: trailers.length === 0 ? undefined : new Fields(trailers, true) });
  }

  [Symbol.dispose](): void {
    this.#calls.surely(() => this.#source.close());
  }

  #once(result: unknown): unknown {
    if (this.#isTaken) return { tag: 'err', val: undefined };
    this.#isTaken = true;
    return { tag: 'ok', val: result };
  }

  #drain(): boolean {
    while (!this.#source.isAtEnd) if (this.#source.read(pieceBytes) === undefined) return false;
    return true;
  }
}

export class OutgoingBody {
  readonly #calls: Calls;
  readonly #sink: BodySink;
  #isTaken = false;

  constructor(calls: Calls, sink: BodySink) {
    this.#calls = calls;
    this.#sink = sink;
  }

  write(): OutputStream {
    if (this.#isTaken) refuse(undefined);
    this.#isTaken = true;
    return new OutputStream(this.#calls, this.#sink);
  }

  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    const { written } = body.#sink;
    body.#calls.inside(
      () => body.#sink.end(trailers === undefined ? [] : Fields.listOf(trailers)),
      () => ({ tag: 'HTTP-request-body-size', val: BigInt(written) }),
    );
  }
}
