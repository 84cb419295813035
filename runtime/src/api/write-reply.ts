// Puts a reply on a response, or on a bare socket where Node has let go of the connection already.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { dropBody } from './body.ts';
import type { Headers, Reply } from './call.ts';
import { bodyOfReply } from './reply-body.ts';

type PlainReply = Exclude<Reply, { kind: 'session' | 'tunnel' }>;

/**
 * Writes `reply` at the client's pace. A body that throws cuts the connection, so that nobody takes it for whole.
 * @param usual headers that every reply has
 */
export async function writeReply(
  request: IncomingMessage,
  response: ServerResponse,
  reply: PlainReply,
  usual: Headers,
): Promise<void> {
  // All in one go: each `setHeader` costs more than this.
  const head: Record<string, string | number> = { ...usual, ...reply.headers };
  if (reply.kind === 'stream') {
    if (reply.type !== undefined) head['Content-Type'] = reply.type;
    response.writeHead(reply.status, head);
    return writeStream(request, response, reply);
  }
  const body = bodyOfReply(reply);
  if (body !== undefined) {
    head['Content-Type'] = body.type;
    head['Content-Length'] = body.bytes.length;
  } else if (reply.status !== 204 && reply.status !== 304) {
    head['Content-Length'] = 0;
  }
  response.writeHead(reply.status, head);
  await finish(request, response, request.method === 'HEAD' ? undefined : body?.bytes);
}

/** Ends a reply, which may come before the request has been read. Where the end closes the connection, the rest of the
 * request must be read first. */
async function finish(request: IncomingMessage, response: ServerResponse, last?: Uint8Array): Promise<void> {
  if (request.complete) {
    response.end(last);
    return;
  }
  if (response.shouldKeepAlive) {
    response.end(last);
    return dropBody(request);
  }
  if (last === undefined) response.flushHeaders();
  else response.write(last);
  await dropBody(request);
  response.end();
}

async function writeStream(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Extract<Reply, { kind: 'stream' }>,
): Promise<void> {
  response.flushHeaders();
  try {
    for await (const chunk of reply.body) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response);
    }
    await finish(request, response);
  } catch (error) {
    response.destroy();
    throw error;
  }
}

/** Resolves when more can be written or nothing ever will. */
export function drained(stream: Duplex | ServerResponse): Promise<void> {
  if (stream.destroyed || !stream.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

/** The head of a response as text. Values cannot carry line breaks out of their line. */
export function rawHead(status: string, headers: Headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.replace(/[\r\n\0]/g, ' ')}`);
  return `HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Answers on a bare socket and closes it. */
export async function writeRawReply(socket: Duplex, reply: Reply, headers: Headers): Promise<void> {
  if (socket.destroyed || reply.kind === 'session' || reply.kind === 'tunnel') return;
  const reason = process.getBuiltinModule('node:http').STATUS_CODES[reply.status] ?? '';
  const head = { ...headers, ...reply.headers, Connection: 'close' };
  if (reply.kind === 'stream') {
    socket.write(
      rawHead(`${reply.status} ${reason}`, reply.type === undefined ? head : { ...head, 'Content-Type': reply.type }),
    );
    for await (const chunk of reply.body) if (!socket.write(chunk)) await drained(socket);
    socket.end();
    return;
  }
  const body = bodyOfReply(reply);
  const typed = body === undefined ? head : { ...head, 'Content-Type': body.type };
  socket.write(rawHead(`${reply.status} ${reason}`, { ...typed, 'Content-Length': String(body?.bytes.length ?? 0) }));
  socket.end(body?.bytes);
}
