// A connection taken over: the client's bytes go to the process, the process's to the client. Half-closes are news in
// both directions: the client's is the end of stdin while output goes on, ours is the end of the output.

import { setImmediate } from 'node:timers/promises';
import type { Duplex, Readable } from 'node:stream';
import type { AttachSession } from '../spec/engine/containers.ts';
import type { Headers, Reply } from './call.ts';
import { drained, rawHead } from './write-reply.ts';

/** How long a client may keep its half open after the output has ended, in ms. */
const lingerMs = 30_000;

/** Connections taken over whose head has left this process. */
const sentHeads = new WeakSet<Duplex>();

/** The descriptor of a taken-over connection, for output that need not pass through here; undefined before its head is sent,
 * while anything else waits to be written, and for TLS. */
export function outputFdOf(socket: Duplex): number | undefined {
  if (!sentHeads.has(socket) || socket.destroyed || socket.writableLength > 0 || 'encrypted' in socket)
    return undefined;
  const fd = (socket as { _handle?: { readonly fd?: number } | null })._handle?.fd;
  return fd !== undefined && fd >= 0 ? fd : undefined;
}

/**
 * Sends the head, runs the session, ends the connection. Resolves when the output has ended and is sent or the client has gone.
 * @param rest what the client sent already behind its request
 * @param input where stdin comes from when not from the socket (a chunked request body)
 */
export async function runSession(
  socket: Duplex,
  rest: readonly Uint8Array[],
  reply: Extract<Reply, { kind: 'session' }>,
  headers: Headers,
  input: Readable = socket,
): Promise<void> {
  const { session } = reply;
  socket.once('close', () => session.close());
  await new Promise<void>((resolve) => {
    socket.write(rawHead('Upgrade' in headers ? '101 UPGRADED' : '200 OK', headers), () => resolve());
  });
  sentHeads.add(socket);
  // Clients that read the head with a buffered reader lose what arrives in the same segment.
  await setImmediate();
  if (socket.destroyed) return session.close();
  const feeding = feed(session, rest, input);
  try {
    await pump(session.output, socket);
  } finally {
    // A fault in the source ends the stream too: how the process ended is told elsewhere.
    socket.end();
    linger(socket);
  }
  await feeding;
}

/** Output to the socket at the client's pace. */
async function pump(output: AsyncIterable<Uint8Array>, socket: Duplex): Promise<void> {
  for await (const chunk of output) {
    if (socket.destroyed) return;
    if (!socket.write(chunk)) await drained(socket);
  }
}

async function feed(session: AttachSession, rest: readonly Uint8Array[], input: Readable): Promise<void> {
  try {
    for (const chunk of rest) await session.write(chunk);
    // The socket must outlive its readable side, which the plain iterator would end together.
    for await (const chunk of input.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      await session.write(chunk);
    }
    await session.endInput();
  } catch {
    // The process takes no more input, or the client vanished: what the client still sends is read and dropped.
    input.resume();
  }
}

function linger(socket: Duplex): void {
  if (socket.readableEnded) {
    socket.once('finish', () => socket.destroy());
    if (socket.writableFinished) socket.destroy();
    return;
  }
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
}
