// What wasi:http fails with: its `error-code`, for our error numbers and for what comes of messages.

import { errno } from '../../wasi/errno.ts';

export interface ErrorCode {
  readonly tag: string;
  readonly val?: unknown;
}

const codes = new Map<number, ErrorCode>([
  [errno.EACCES, { tag: 'destination-IP-prohibited' }],
  [errno.EPERM, { tag: 'destination-IP-prohibited' }],
  [errno.ENOENT, { tag: 'DNS-error', val: { rcode: 'NXDOMAIN', infoCode: undefined } }],
  [errno.EHOSTUNREACH, { tag: 'destination-IP-unroutable' }],
  [errno.ENETUNREACH, { tag: 'destination-IP-unroutable' }],
  [errno.ECONNREFUSED, { tag: 'connection-refused' }],
  [errno.ECONNRESET, { tag: 'connection-terminated' }],
  [errno.ECONNABORTED, { tag: 'connection-terminated' }],
  [errno.ENOTCONN, { tag: 'connection-terminated' }],
  [errno.EPIPE, { tag: 'connection-terminated' }],
  [errno.ETIMEDOUT, { tag: 'connection-timeout' }],
  [errno.EMFILE, { tag: 'connection-limit-reached' }],
  [errno.ENOBUFS, { tag: 'connection-limit-reached' }],
  [errno.EIO, { tag: 'HTTP-protocol-error' }],
]);

export function httpCode(number: number): ErrorCode {
  return codes.get(number) ?? internalError(`error ${String(number)}`);
}

export function internalError(message: string): ErrorCode {
  return { tag: 'internal-error', val: message };
}
