// Bytes for a process of ours at the other end of a local socket, without the way through Node's streams: that costs several times as
// much as the call itself.

import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { errnoOf } from '../errno.ts';

/** As `socket.write`, and in order with it. What the socket does not take at once goes the usual way, where a failure is told, too. */
export function writeAtOnce(socket: Socket, bytes: Buffer): void {
  const isFree = socket.writable && !socket.connecting && socket.writableLength === 0;
  const sent = isFree ? sendNow(socket, bytes) : 0;
  if (sent < bytes.length) socket.write(bytes.subarray(sent));
}

/** @returns how many bytes were taken */
function sendNow(socket: Socket, bytes: Buffer): number {
  const descriptor = (socket as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd;
  if (descriptor === undefined || descriptor < 0) return 0;
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return 0;
  }
}
