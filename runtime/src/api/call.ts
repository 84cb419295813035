// A request and a reply as handlers see them: no sockets, no Node, so that the same handlers can be called in-process.

import type { Duplex } from 'node:stream';
import { EngineError } from '../spec/errors.ts';
import type { Decoder } from '../spec/decode.ts';
import { parseJson } from '../spec/decode.ts';
import type { BuildRequest } from '../spec/engine/builds.ts';
import type { ProgressMessage } from '../spec/engine/images.ts';
import type { AttachSession } from '../spec/engine/containers.ts';
import type { Engine } from '../spec/engine/system.ts';
import type { Query } from './query.ts';

export type Bytes = AsyncIterable<Uint8Array>;

export interface Call {
  readonly engine: Engine;
  readonly method: string;
  /** Minor number of the API version that the client speaks. */
  readonly version: number;
  readonly query: Query;
  /** undefined when the header was not sent. Names in lower case. */
  readonly header: (name: string) => string | undefined;
  /** What the route's pattern captured. */
  readonly param: (name: string) => string;
  /** Bytes of the body; undefined when the length is not known (chunked). */
  readonly bodyLength: number | undefined;
  readonly body: Bytes;
  /** Aborted when the client goes away, on routes that say so. */
  readonly signal: AbortSignal;
  /** On connections that are taken over: the descriptor a session's output may be written to directly, once the head of the
   * reply is on its way; until then, and where there is none (TLS), undefined. */
  readonly outputFd: () => number | undefined;
  readonly tunnels: Tunnels;
}

/** Other protocols that connections are handed over to; each call resolves when the connection has ended. */
export interface Tunnels {
  /** gRPC as BuildKit's clients speak it. */
  grpc(connection: Duplex): Promise<void>;
  /** gRPC the other way round: the client serves. */
  session(connection: Duplex, offer: SessionOffer): Promise<void>;
  /** A build whose client has opened a session, or sends all with the request; told as BuildKit tells it. */
  build(request: TracedBuild): AsyncIterable<ProgressMessage>;
}

export interface TracedBuild {
  /** Name that the client gave it. */
  readonly ref: string;
  /** Empty where all comes with the request. */
  readonly session: string;
  /** Of BuildKit's Dockerfile frontend. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Names of the image. */
  readonly names: readonly string[];
  /** A tar, where the context is no folder that the session gives. */
  readonly context?: Bytes;
  readonly auth: BuildRequest['auth'];
  readonly signal: AbortSignal;
}

/** What a client says of the session that it offers. */
export interface SessionOffer {
  readonly id: string;
  readonly sharedKey: string;
  /** What it serves: `/package.Service/Method`. */
  readonly methods: readonly string[];
}

export type Headers = Readonly<Record<string, string>>;

/** What a handler answers. */
export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly value: unknown; readonly headers?: Headers }
  | { readonly kind: 'text'; readonly status: number; readonly text: string; readonly headers?: Headers }
  | { readonly kind: 'empty'; readonly status: number; readonly headers?: Headers }
  /** The head goes out at once, the body as it comes. When it throws, the connection is cut, so that nobody takes it for whole. */
  | {
      readonly kind: 'stream';
      readonly status: number;
      readonly type: string | undefined;
      readonly body: Bytes;
      readonly headers?: Headers;
    }
  /** The connection becomes the session's stdio. `webSocketText`: frames are text frames (before 1.28). */
  | {
      readonly kind: 'session';
      readonly session: AttachSession;
      readonly type: string;
      readonly webSocketText?: boolean;
    }
  /** The connection speaks HTTP/2 from here on. */
  | { readonly kind: 'tunnel'; readonly serve: (connection: Duplex) => Promise<void> };

export const json = (value: unknown, status = 200): Reply => ({ kind: 'json', status, value });
export const empty = (status: number): Reply => ({ kind: 'empty', status });
export const stream = (type: string | undefined, body: Bytes): Reply => ({ kind: 'stream', status: 200, type, body });

/** JSON bodies above this are refused; the largest real ones carry seccomp profiles and labels. */
const maxJsonBytes = 8 * 1024 * 1024;

/**
 * The body as JSON.
 * @param whenEmpty what to do without one: `refuse`, or decode `{}`
 * @throws EngineError invalidParameter in Docker's words
 */
export async function readJson<T>(call: Call, decoder: Decoder<T>, whenEmpty: 'refuse' | 'accept'): Promise<T> {
  checkContentType(call);
  const text = call.bodyLength === 0 ? '' : await readText(call);
  if (text === '' && whenEmpty === 'accept') return decoder({}, '');
  return decoder(parseJson(text), '');
}

function checkContentType(call: Call): void {
  const given = call.header('content-type');
  if (given === undefined && (call.bodyLength === 0 || call.header('transfer-encoding') !== undefined)) return;
  const type = (given ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json') return;
  throw new EngineError(
    'invalidParameter',
    type === ''
      ? 'malformed Content-Type header (): mime: no media type'
      : `unsupported Content-Type header (${type}): must be 'application/json'`,
  );
}

async function readText(call: Call): Promise<string> {
  if ((call.bodyLength ?? 0) > maxJsonBytes) throw tooLarge();
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for await (const chunk of call.body) {
    size += chunk.length;
    if (size > maxJsonBytes) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge(): EngineError {
  return new EngineError('invalidParameter', `request body too large: more than ${maxJsonBytes} bytes of JSON`);
}

const encoder = new TextEncoder();

/** One JSON document a line. */
export async function* jsonLines(values: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const value of values) yield encoder.encode(`${JSON.stringify(value)}\n`);
}

/** A progress stream: what fails after the head has gone is its last line. */
export async function* progressLines(values: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    for await (const value of values) yield encoder.encode(`${JSON.stringify(value)}\r\n`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    yield encoder.encode(`${JSON.stringify({ errorDetail: { message }, error: message })}\r\n`);
  }
}
