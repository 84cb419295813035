// gRPC as a server, over one HTTP/2 connection. A caller that goes away ends what it asked for.

import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Message } from '../protobuf/message.ts';
import { status } from '../messages/common.ts';
import { frame, readMessages } from './frames.ts';
import { codes, encodeMessage, GrpcError, statusOf } from './status.ts';

export interface GrpcCall {
  /** What the caller sent beside its message; undefined where it did not. */
  readonly metadata: (name: string) => string | undefined;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** A method takes one message and answers with one or with many. */
export type Method = (request: Uint8Array, call: GrpcCall) => AsyncIterable<Uint8Array>;

/** `/package.Service/Method` -> what it does. */
export type Methods = Readonly<Record<string, Method>>;

export function unary<Q, A>(
  request: Message<Q>,
  answer: Message<A>,
  handle: (request: Q, call: GrpcCall) => Promise<Partial<A>> | Partial<A>,
): Method {
  return async function* (bytes, call) {
    yield answer.encode(await handle(request.decode(bytes), call));
  };
}

export function streaming<Q, A>(
  request: Message<Q>,
  answer: Message<A>,
  handle: (request: Q, call: GrpcCall) => AsyncIterable<Partial<A>>,
): Method {
  return async function* (bytes, call) {
    for await (const each of handle(request.decode(bytes), call)) yield answer.encode(each);
  };
}

/** @param failed told of what nobody foresaw */
export function serveMethods(session: ServerHttp2Session, methods: Methods, failed: (error: unknown) => void): void {
  session.on('stream', (stream, headers) => {
    serve(stream, headers, methods).catch((error: unknown) => {
      failed(error);
      stream.destroy();
    });
  });
}

async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, methods: Methods): Promise<void> {
  const gone = new AbortController();
  // Without a listener a stream that the caller resets would end the process.
  stream.on('error', () => gone.abort());
  stream.once('close', () => gone.abort(new GrpcError(codes.cancelled, 'the caller went away')));
  try {
    const method = methodOf(headers, methods);
    const request = await onlyMessage(stream);
    const call: GrpcCall = { metadata: (name) => valueOf(headers, name), signal: gone.signal };
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    let trailers: Record<string, string> = { 'grpc-status': '0' };
    stream.once('wantTrailers', () => stream.sendTrailers(trailers));
    try {
      for await (const answer of method(request, call)) await write(stream, frame(answer));
    } catch (error) {
      trailers = trailersOf(error);
    }
    stream.end();
  } catch (error) {
    if (stream.destroyed) return;
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailersOf(error) }, { endStream: true });
    stream.resume();
  }
}

function methodOf(headers: IncomingHttpHeaders, methods: Methods): Method {
  const path = String(headers[':path'] ?? '');
  const method = Object.hasOwn(methods, path) ? methods[path] : undefined;
  if (method !== undefined) return method;
  throw new GrpcError(codes.unimplemented, `there is no method ${path.slice(0, 200)} here`);
}

function valueOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return Array.isArray(value) ? value[0] : value;
}

async function onlyMessage(stream: ServerHttp2Stream): Promise<Uint8Array> {
  for await (const message of readMessages(stream.iterator({ destroyOnReturn: false }))) return message;
  throw new GrpcError(codes.invalidArgument, 'a call without a message');
}

/** At the reader's pace. */
async function write(stream: ServerHttp2Stream, bytes: Uint8Array): Promise<void> {
  if (stream.destroyed) throw new GrpcError(codes.cancelled, 'the caller went away');
  if (stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.on('drain', go).on('close', go);
  });
}

/** Headers of a client are no longer than this. */
const longestMessage = 4096;

function trailersOf(error: unknown): Record<string, string> {
  const { code, message, details } = statusOf(error);
  const short = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
  const trailers = { 'grpc-status': String(code), 'grpc-message': encodeMessage(short) };
  if (details.length === 0) return trailers;
  const all = Buffer.from(status.encode({ code, message: short, details }));
  return { ...trailers, 'grpc-status-details-bin': all.toString('base64').replace(/=+$/, '') };
}
