// What the host's sockets fail with, as programs see it, and addresses as they are written.

import { NetworkFailure } from '../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../wasm/src/wasi/errno.ts';

const numbers: Readonly<Record<string, number>> = {
  EACCES: errno.EACCES,
  EADDRINUSE: errno.EADDRINUSE,
  EADDRNOTAVAIL: errno.EADDRNOTAVAIL,
  ECONNABORTED: errno.ECONNABORTED,
  ECONNREFUSED: errno.ECONNREFUSED,
  ECONNRESET: errno.ECONNRESET,
  EHOSTUNREACH: errno.EHOSTUNREACH,
  EMFILE: errno.ENOBUFS,
  EMSGSIZE: errno.EMSGSIZE,
  ENETUNREACH: errno.ENETUNREACH,
  EPIPE: errno.EPIPE,
  ERR_STREAM_PREMATURE_CLOSE: errno.ECONNRESET,
  ETIMEDOUT: errno.ETIMEDOUT,
};

/** IPv4 in the form of IPv6 is IPv4. */
export function plainText(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

export function failureOf(error: unknown): NetworkFailure {
  if (error instanceof NetworkFailure) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return new NetworkFailure(numbers[code] ?? errno.EIO, error instanceof Error ? error.message : String(error));
}
