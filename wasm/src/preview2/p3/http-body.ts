// Bodies of wasi:http 0.3: what a component makes of a stream and a future of trailers, and what comes over a connection. Either kind is
// read by a component, or sent on.

import { errno } from '../../wasi/errno.ts';
import type { BodySink } from '../http/body-sink.ts';
import type { BodySource } from '../http/body-source.ts';
import { httpCode, internalError, type ErrorCode } from '../http/codes.ts';
import { Fields, passedOn } from '../http/fields.ts';
import type { Field } from '../http/head.ts';
import { refuse, Refusal } from '../refusal.ts';
import { RealmError } from './async-side.ts';
import { bytesOf, incoming, writeAll, type Host } from './flows.ts';
import { LaterFields } from './http-fields.ts';
import { Later, StreamOut, until, type FutureIn, type Steps, type StreamIn } from './later.ts';

interface Made {
  readonly kind: 'made';
  readonly data: StreamIn | undefined;
  readonly trailers: FutureIn;
  /** What came of sending it. */
  readonly sent: Later;
}

interface Came {
  readonly kind: 'came';
  readonly source: BodySource;
  readonly mostMsBetween: number | undefined;
}

type Result<T> = { readonly tag: 'ok'; readonly val: T } | { readonly tag: 'err'; readonly val: ErrorCode };

/** The stream, and the future of how it ended. */
export type Consumed = readonly [StreamOut, Later];

const mostRead = 65_536;

export class Body {
  readonly #host: Host;
  readonly #content: Made | Came;
  #isTaken = false;
  #hasTrailers = false;

  private constructor(host: Host, content: Made | Came) {
    this.#host = host;
    this.#content = content;
  }

  /** @param data undefined for no body */
  static made(
    host: Host,
    data: StreamIn | undefined,
    trailers: FutureIn,
  ): { readonly body: Body; readonly sent: Later } {
    const sent = new Later();
    return { body: new Body(host, { kind: 'made', data, trailers, sent }), sent };
  }

  /** @param mostMsBetween how long it may bring nothing */
  static came(host: Host, source: BodySource, mostMsBetween?: number): Body {
    return new Body(host, { kind: 'came', source, mostMsBetween });
  }

  get isNone(): boolean {
    return this.#content.kind === 'made' ? this.#content.data === undefined : this.#content.source.isAtEnd;
  }

  /** For a component to read. @param outcome what that will make of it: it is told to whoever made the body */
  consume(outcome: FutureIn): Consumed {
    const content = this.#take();
    this.#host.loop.launch(this.#tell(content, outcome));
    return content.kind === 'made' ? this.#consumeMade(content) : this.#consumeCame(content);
  }

  /** To its end, trailers with it. @param sizeCode for one that is not as long as its message says @throws Refusal */
  *sendTo(sink: BodySink, sizeCode: string): Steps<void> {
    const content = this.#take();
    const settle = (outcome: () => unknown) => {
      if (content.kind === 'made') content.sent.settle(outcome);
    };
    try {
      yield* this.#send(content, sink, sizeCode);
      settle(() => ({ tag: 'ok' }));
    } catch (error) {
      settle(() => {
        if (error instanceof Refusal) return { tag: 'err', val: error.payload };
        throw error;
      });
      throw error;
    }
  }

  /** It goes nowhere. */
  fail(code: ErrorCode): void {
    const content = this.#take();
    this.#close(content);
    if (content.kind === 'made') content.sent.settle(() => ({ tag: 'err', val: code }));
  }

  /** Nobody wants it, if nobody has it. */
  drop(): void {
    if (!this.#isTaken) this.fail(internalError('the message was dropped'));
  }

  #take(): Made | Came {
    if (this.#isTaken) throw new TypeError('a body is taken twice');
    this.#isTaken = true;
    return this.#content;
  }

  #close(content: Made | Came): void {
    if (content.kind === 'made') {
      content.data?.drop();
      // Who writes them waits for somebody who reads them.
      if (!this.#hasTrailers) this.#host.loop.launch(ignored(this.#trailersOf(content)));
    } else this.#host.calls.surely(() => content.source.close());
  }

  *#trailersOf({ trailers }: Made): Steps<unknown> {
    this.#hasTrailers = true;
    return yield* trailers.value();
  }

  *#tell(content: Made | Came, outcome: FutureIn): Steps<void> {
    const result = yield* outcome.value();
    if (content.kind === 'made') content.sent.settle(() => result);
  }

  #consumeMade(made: Made): Consumed {
    const { data } = made;
    const next = function* (): Steps<Uint8Array | undefined> {
      for (;;) {
        const bytes = data === undefined ? undefined : yield* bytesOf(data);
        if (bytes === undefined || bytes.length > 0) return bytes;
      }
    };
    const stream = new StreamOut({ next, drop: () => data?.drop() });
    return [stream, this.#host.loop.start(this.#trailersOf(made))];
  }

  #consumeCame({ source, mostMsBetween }: Came): Consumed {
    return incoming(this.#host, asSource(source), httpCode, {
      whole: () => ({ tag: 'ok', val: trailersOf(source) }),
      limit: mostMsBetween === undefined ? undefined : { ms: mostMsBetween, code: { tag: 'connection-read-timeout' } },
    });
  }

  /** @throws Refusal */
  *#send(content: Made | Came, sink: BodySink, sizeCode: string): Steps<void> {
    const { calls } = this.#host;
    const codeOf = (number: number): ErrorCode =>
      number === errno.EINVAL ? { tag: sizeCode, val: BigInt(sink.written) } : httpCode(number);
    try {
      const pieces = content.kind === 'made' ? this.#madePieces(content) : camePieces(content);
      for (;;) {
        const piece = yield* pieces();
        if (!(piece instanceof Uint8Array)) {
          // So that the end need not wait for room while all else does.
          yield* until(() => (sink.room() > 0 ? { answer: undefined } : { timeoutMs: Infinity }), codeOf, true);
          calls.inside(() => sink.end(piece), codeOf);
          return;
        }
        yield* writeAll(calls, sink, piece, codeOf);
      }
    } catch (error) {
      const told = error instanceof RealmError ? new Refusal(internalError('the body was not ended')) : error;
      const code = told instanceof Refusal ? (told.payload as ErrorCode) : undefined;
      // What became of its connection that tells itself: there may be an answer all the same.
      calls.surely(() => sink.abandon(code?.tag === 'connection-terminated' ? undefined : code));
      throw told;
    } finally {
      this.#close(content);
    }
  }

  #madePieces(made: Made): Pieces {
    const { data } = made;
    const trailers = () => this.#trailersOf(made);
    return function* () {
      const bytes = data === undefined ? undefined : yield* bytesOf(data);
      if (bytes !== undefined) return bytes;
      const result = (yield* trailers()) as Result<LaterFields | undefined>;
      if (result.tag === 'err') return refuse(result.val);
      return result.val === undefined ? [] : passedOn(Fields.listOf(result.val));
    };
  }
}

/** Pieces of a body, and its trailers at last. */
type Pieces = () => Steps<Uint8Array | readonly Field[]>;

function camePieces({ source }: Came): Pieces {
  return function* () {
    const bytes = yield* until(() => {
      const read = source.read(mostRead);
      return read === undefined ? { timeoutMs: Infinity } : { answer: read };
    }, httpCode);
    return bytes.length > 0 ? bytes : passedOn(source.trailers);
  };
}

function* ignored(steps: Steps<unknown>): Steps<void> {
  try {
    yield* steps;
  } catch (error) {
    if (!(error instanceof RealmError)) throw error;
  }
}

function trailersOf({ trailers }: BodySource): LaterFields | undefined {
  return trailers.length === 0 ? undefined : new LaterFields(trailers, true);
}

function asSource(source: BodySource) {
  return {
    isReady: () => source.isReady(),
    read: (length: number) => source.read(length),
    [Symbol.dispose]: () => source.close(),
  };
}
