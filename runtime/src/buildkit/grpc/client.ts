// gRPC as a client, over one HTTP/2 connection: calls that the engine makes on the session of who builds.

import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import { frame, readMessages } from './frames.ts';
import { codes, decodeMessage, GrpcError } from './status.ts';

export interface CallOptions {
  /** Beside the message; an array is a name that comes several times. */
  readonly metadata?: Readonly<Record<string, string | readonly string[]>>;
  readonly signal: AbortSignal;
}

/** A call in both directions. */
export interface DuplexCall extends Disposable {
  /** At the other side's pace. */
  send(message: Uint8Array): Promise<void>;
  /** Nothing more is sent. */
  end(): void;
  /** To be read once. @throws GrpcError as the other side ends the call */
  readonly messages: AsyncIterable<Uint8Array>;
}

export class GrpcChannel {
  readonly #session: ClientHttp2Session;

  constructor(session: ClientHttp2Session) {
    this.#session = session;
  }

  /** @throws GrpcError */
  async unary(path: string, request: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    using call = this.duplex(path, options);
    await call.send(request);
    call.end();
    let answer: Uint8Array | undefined;
    // To the end, where the status is.
    for await (const message of call.messages) answer ??= message;
    if (answer === undefined) throw new GrpcError(codes.internal, `${path}: the client answered nothing`);
    return answer;
  }

  /** @throws GrpcError unavailable when the client has gone */
  duplex(path: string, { metadata, signal }: CallOptions): DuplexCall {
    signal.throwIfAborted();
    if (this.#session.closed || this.#session.destroyed) throw gone();
    const stream = this.#session.request({
      ...(metadata as OutgoingHttpHeaders | undefined),
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    return new Call(stream, signal);
  }
}

/** The code of HTTP/2 for what nobody wants any more. */
const cancel = 8;

function gone(): GrpcError {
  return new GrpcError(codes.unavailable, 'the client has gone');
}

class Call implements DuplexCall {
  readonly messages: AsyncIterable<Uint8Array>;
  readonly #stream: ClientHttp2Stream;
  readonly #signal: AbortSignal;
  #status: { readonly code: number; readonly message: string } | undefined;
  readonly #abort = (): void => this.#stream.close(cancel);

  constructor(stream: ClientHttp2Stream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
    const take = (headers: Readonly<Record<string, unknown>>): void => {
      const { 'grpc-status': code, 'grpc-message': message } = headers;
      if (code === undefined) return;
      this.#status = { code: Number(code), message: typeof message === 'string' ? decodeMessage(message) : '' };
    };
    stream.on('response', take).on('trailers', take);
    // Told by `messages`, which sees that no status came.
    stream.on('error', () => undefined);
    this.messages = this.#read();
  }

  async send(message: Uint8Array): Promise<void> {
    if (this.#stream.destroyed || this.#stream.writableEnded) throw gone();
    if (this.#stream.write(frame(message))) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.#stream.off('drain', go).off('close', go);
        resolve();
      };
      this.#stream.on('drain', go).on('close', go);
    });
  }

  end(): void {
    this.#stream.end();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* readMessages(this.#stream);
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof GrpcError) throw error;
      throw this.#ended() ?? gone();
    }
    await this.#statusCame();
    this.#signal.throwIfAborted();
    const error = this.#ended();
    if (error !== undefined) throw error;
  }

  /** The status is told a moment after the end of the messages. */
  async #statusCame(): Promise<void> {
    // Who has answered reads no more.
    this.#stream.end();
    if (this.#status !== undefined || this.#stream.closed) return;
    await new Promise<void>((resolve) => this.#stream.once('trailers', () => resolve()).once('close', resolve));
  }

  #ended(): GrpcError | undefined {
    if (this.#status === undefined) return gone();
    return this.#status.code === codes.ok ? undefined : new GrpcError(this.#status.code, this.#status.message);
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#abort);
    if (!this.#stream.destroyed) this.#abort();
  }
}
