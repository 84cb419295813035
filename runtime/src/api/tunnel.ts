// Connections that become HTTP/2: on request, or from their first byte on.

import { setImmediate } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import type { Headers, Reply, Tunnels } from './call.ts';
import { rawHead } from './write-reply.ts';

/**
 * Sends the head and hands the connection over. Resolves when it has ended.
 * @param rest what the client sent already behind its request
 */
export async function openTunnel(
  socket: Duplex,
  rest: readonly Uint8Array[],
  { serve }: Extract<Reply, { kind: 'tunnel' }>,
  headers: Headers,
): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.write(rawHead('101 UPGRADED', { ...headers, Connection: 'Upgrade', Upgrade: 'h2c' }), () => resolve());
  });
  // Clients that read the head with a buffered reader lose what arrives in the same segment.
  await setImmediate();
  for (const chunk of rest.toReversed()) socket.unshift(chunk);
  closeWithPeer(socket);
  await serve(socket);
}

/**
 * Takes a connection from the HTTP/1 parser that has met the preface of HTTP/2.
 * @param packet all that the parser was given, the preface first
 */
export async function takePriorKnowledge(
  socket: Duplex,
  packet: Uint8Array | undefined,
  { tunnels }: { readonly tunnels: Tunnels },
): Promise<void> {
  for (const event of ['data', 'end', 'drain', 'timeout', 'error']) socket.removeAllListeners(event);
  socket.pause();
  if (packet !== undefined) socket.unshift(packet);
  closeWithPeer(socket);
  await tunnels.grpc(socket);
}

/** HTTP/1 here leaves a connection open whose client has nothing more to say; of HTTP/2 that is the end. */
function closeWithPeer(socket: Duplex): void {
  socket.allowHalfOpen = false;
}
