// What calls of wasi:sockets 0.3 fail with, from what those of 0.2 do.

import { errno } from '../../wasi/errno.ts';
import { Refusal, refuse } from '../refusal.ts';
import { networkCode } from '../sockets/codes.ts';

export interface SocketCode {
  readonly tag: string;
  readonly val?: string;
}

/** Codes of 0.2 that have no name in 0.3. */
const others: ReadonlyMap<string, SocketCode> = new Map([
  ['unknown', { tag: 'other' }],
  ['would-block', { tag: 'other', val: 'it would have to wait' }],
  ['concurrency-conflict', { tag: 'invalid-state' }],
  ['not-in-progress', { tag: 'invalid-state' }],
  ['new-socket-limit', { tag: 'other', val: 'too many sockets' }],
  ['name-unresolvable', { tag: 'remote-unreachable' }],
]);
const namesOfLookup = new Set([
  'access-denied',
  'invalid-argument',
  'name-unresolvable',
  'temporary-resolver-failure',
  'permanent-resolver-failure',
]);

/** @param code of 0.2, or one that is of 0.3 already */
export function socketCode(code: unknown): SocketCode {
  return typeof code === 'string' ? (others.get(code) ?? { tag: code }) : (code as SocketCode);
}

export function socketCodeOf(number: number): SocketCode {
  return number === errno.EPIPE ? { tag: 'connection-broken' } : socketCode(networkCode(number));
}

/** The `error-code` of wasi:sockets/ip-name-lookup. @param code of 0.2 */
export function lookupCode(code: unknown): SocketCode {
  if (code === 'timeout') return { tag: 'temporary-resolver-failure' };
  return namesOfLookup.has(String(code)) ? { tag: String(code) } : { tag: 'other', val: String(code) };
}

/** @throws Refusal in words of 0.3 */
export function told<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Refusal) refuse(socketCode(error.payload));
    throw error;
  }
}
