// Whether a call may be made once more, when the connection that was kept for it ends before any of an answer: as a rule the engine had
// closed it while it lay idle. Go's clients do so as well (net/http, shouldRetryRequest).

import type { TransportRequest } from './transport.ts';

/** How much the kernel takes of a write on an idle connection whole or not at all, in bytes: it is less than one of its buffers. */
export const longestAtOnce = 64 * 1024;

/**
 * What only asks may be sent again whatever has become of it. What changes something (POST, PUT, DELETE) only if the engine cannot have
 * acted on it: it may have been ended, or have ended the connection, after it had done what was wanted, and a container would be made, or
 * a command run, twice. That is known where the very first write was refused, since the other side was closed by then. Where a write was taken and
 * the connection ended afterwards, nobody knows what was read, and the caller is told.
 * @param isUnread the first write was refused, and nothing was taken from the body before it
 */
export function canBeSentAgain({ method, body }: TransportRequest, error: unknown, isUnread: boolean): boolean {
  return isUnread || (isClosed(error) && body === undefined && (method === 'GET' || method === 'HEAD'));
}

/** Whether a connection failed because the other side has closed it. */
export function isClosed(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
