// Where the body of a request is. Before an upgrade Node 24 delivers it in `head` and then on the socket, mixed with what
// follows; from Node 26 on it comes through the request. Reading the declared length from all three in turn serves both.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { EngineError } from '../spec/errors.ts';
import { arriving } from '../spec/stream/arriving.ts';

/** Never aborted: for routes that finish whether anybody waits or not. */
export const clientStays: AbortSignal = new AbortController().signal;

/** Content-Length; 0 without a body, undefined when chunked. */
export function declaredLength(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? '0');
}

/** The body of an ordinary request. Leaving it early leaves the connection usable for the reply. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => (request.complete ? arrived(request) : arriving(request)),
  };
}

/** What is there as a whole, as a small body usually is: nothing has to be waited for. */
async function* arrived(request: IncomingMessage): AsyncGenerator<Uint8Array, undefined> {
  for (let chunk = next(request); chunk !== null; chunk = next(request)) yield chunk;
  return undefined;
}

function next(request: IncomingMessage): Uint8Array | null {
  return request.read() as Uint8Array | null;
}

/** How long a client may go on sending a body that nobody wants, in ms. */
const lingerMs = 5_000;

/**
 * Reads the rest of a body and forgets it, for a while: closing a connection with bytes unread would reset it, and the client
 * would never see the reply. Resolves at the end; a client that does not stop is cut off.
 */
export function dropBody(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const { socket } = request;
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.once('end', done).once('close', done);
    request.resume();
  });
}

/** An upgrade carries a few options as JSON, never more. */
const maxUpgradeBody = 1024 * 1024;

export interface UpgradeBody {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What the client sent behind the body already: the first of its stdin. */
  readonly rest: Uint8Array[];
}

/** @throws EngineError invalidParameter for a body that is too large, chunked or cut short */
export async function bodyOfUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<UpgradeBody> {
  const length = declaredLength(request);
  if (length === undefined && request.headers.upgrade?.toLowerCase() === 'h2c') {
    return { bytes: each([]), rest: await withoutEmptyBody(socket, head) };
  }
  if (length === undefined) throw new EngineError('invalidParameter', 'an upgrade request cannot have a chunked body');
  if (length > maxUpgradeBody) throw new EngineError('invalidParameter', 'request body too large');
  const chunks: Uint8Array[] = [];
  let size = 0;
  const rest: Uint8Array[] = [];
  const take = (chunk: Uint8Array): void => {
    const wanted = Math.min(chunk.length, length - size);
    if (wanted > 0) chunks.push(chunk.subarray(0, wanted));
    if (wanted < chunk.length) rest.push(chunk.subarray(wanted));
    size += wanted;
  };
  for await (const chunk of request as AsyncIterable<Uint8Array>) take(chunk);
  if (head.length > 0) take(head);
  while (size < length) take(await nextChunk(socket));
  return { bytes: each(chunks), rest };
}

const lastChunk = Buffer.from('0\r\n\r\n');

/**
 * dockerode sends a body of no chunks before it goes on in HTTP/2, whose first byte is none of a chunk's.
 * @returns what came behind it
 */
async function withoutEmptyBody(socket: Duplex, head: Uint8Array): Promise<Uint8Array[]> {
  let start = Buffer.from(head);
  while (start.length < lastChunk.length && lastChunk.subarray(0, start.length).equals(start)) {
    start = Buffer.concat([start, await nextChunk(socket)]);
  }
  const rest = start.subarray(0, lastChunk.length).equals(lastChunk) ? start.subarray(lastChunk.length) : start;
  return rest.length > 0 ? [rest] : [];
}

async function* each(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

function nextChunk(socket: Duplex): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      socket.pause();
      act();
    };
    const onData = (chunk: Uint8Array): void => settle(() => resolve(chunk));
    const onEnd = (): void => settle(() => reject(new EngineError('invalidParameter', 'invalid JSON: unexpected EOF')));
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
    socket.resume();
  });
}
