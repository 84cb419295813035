// What calls of wasi:sockets fail with.

import { errno } from '../../wasi/errno.ts';
import { refuse } from '../refusal.ts';

const codes = new Map<number, string>([
  [errno.EACCES, 'access-denied'],
  [errno.EPERM, 'access-denied'],
  [errno.ENOTSUP, 'not-supported'],
  [errno.EAFNOSUPPORT, 'not-supported'],
  [errno.EPROTONOSUPPORT, 'not-supported'],
  [errno.EINVAL, 'invalid-argument'],
  [errno.ENOMEM, 'out-of-memory'],
  [errno.ENOSPC, 'out-of-memory'],
  [errno.ENOBUFS, 'out-of-memory'],
  [errno.ETIMEDOUT, 'timeout'],
  [errno.EALREADY, 'concurrency-conflict'],
  [errno.EAGAIN, 'would-block'],
  [errno.EISCONN, 'invalid-state'],
  [errno.ENOTCONN, 'invalid-state'],
  [errno.EMFILE, 'new-socket-limit'],
  [errno.EADDRNOTAVAIL, 'address-not-bindable'],
  [errno.EADDRINUSE, 'address-in-use'],
  [errno.EHOSTUNREACH, 'remote-unreachable'],
  [errno.ENETUNREACH, 'remote-unreachable'],
  [errno.ECONNREFUSED, 'connection-refused'],
  [errno.ECONNRESET, 'connection-reset'],
  [errno.ECONNABORTED, 'connection-aborted'],
  [errno.EMSGSIZE, 'datagram-too-large'],
  [errno.ENOENT, 'name-unresolvable'],
]);

/** The `error-code` of wasi:sockets/network for an error number. */
export function networkCode(number: number): string {
  return codes.get(number) ?? 'unknown';
}

/** @throws Refusal always */
export function refuseWith(code: string): never {
  refuse(code);
}
