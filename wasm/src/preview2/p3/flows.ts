// Streams of bytes of WASI 0.3 over what a process has open.

import { isWaiting } from '../../preview1/waiting.ts';
import { errno } from '../../wasi/errno.ts';
import type { Calls } from '../calls.ts';
import { Refusal, refuse } from '../refusal.ts';
import type { Sink, Source } from '../streams.ts';
import { asResult, Later, StreamOut, until, type Steps, type StreamIn } from './later.ts';
import type { Loop } from './loop.ts';

/** Of one read. */
const mostRead = 65_536;

/** What hosts of 0.3 stand on. */
export interface Host {
  readonly calls: Calls;
  readonly loop: Loop;
}

/** The `error-code` of an interface for an error number. */
export type CodeOf = (errno: number) => unknown;

/** A stream that the component reads, and the future of how that went. */
export type Incoming = readonly [StreamOut, Later];

interface Reading {
  /** What the future comes to where nothing failed. */
  readonly whole?: () => unknown;
  /** What is said where nothing comes for too long. */
  readonly limit?: { readonly ms: number; readonly code: unknown } | undefined;
}

const fine = () => ({ tag: 'ok' });

/** @param source it is given back at the end */
export function incoming(
  { calls }: Host,
  source: Source,
  codeOf: CodeOf,
  { whole = fine, limit }: Reading = {},
): Incoming {
  const ended = new Later();
  let isOver = false;
  const end = (outcome: unknown) => {
    if (isOver) return;
    isOver = true;
    calls.surely(() => source[Symbol.dispose]?.());
    ended.settle(() => outcome);
  };
  const attempt = (dueMs: number) => {
    // Who has dropped it may have been about to read: what comes is for others.
    if (isOver) return { answer: new Uint8Array(0) };
    const bytes = source.read(mostRead);
    if (bytes !== undefined) return { answer: bytes };
    const timeoutMs = dueMs - performance.now();
    return timeoutMs > 0 ? { timeoutMs } : refuse(limit?.code);
  };
  const next = function* (): Steps<Uint8Array | undefined> {
    const dueMs = performance.now() + (limit?.ms ?? Infinity);
    try {
      const bytes = yield* until(() => attempt(dueMs), codeOf);
      if (bytes.length > 0) return bytes;
      end(whole());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      end({ tag: 'err', val: error.payload });
    }
    return undefined;
  };
  return [new StreamOut({ next, drop: () => end(whole()) }), ended];
}

/** Writes all that comes. @param sink it is given back at the end @returns the future of how that went */
export function outgoing(host: Host, data: StreamIn, sink: Sink, codeOf: CodeOf): Later {
  return host.loop.start(asResult(pour(host, data, sink, codeOf)));
}

/** @throws Refusal */
export function* pour({ calls }: Host, data: StreamIn, sink: Sink, codeOf: CodeOf): Steps<void> {
  try {
    for (let bytes = yield* bytesOf(data); bytes !== undefined; bytes = yield* bytesOf(data)) {
      yield* writeAll(calls, sink, bytes, codeOf);
    }
  } finally {
    data.drop();
    calls.surely(() => sink[Symbol.dispose]?.());
  }
}

/** @throws Refusal */
export function* writeAll({ waiter }: Calls, sink: Sink, bytes: Uint8Array, codeOf: CodeOf): Steps<void> {
  const payload = (number: number): unknown => {
    if (number === errno.EPIPE && sink.isConnection !== true) waiter.gate.brokenPipe();
    return codeOf(number);
  };
  for (let at = 0; at < bytes.length;) {
    const start = at;
    at += yield* until(
      () => {
        const room = sink.room();
        if (room === 0) return { timeoutMs: Infinity };
        const piece = bytes.subarray(start, start + room);
        const late = sink.write(piece);
        // There is room.
        if (isWaiting(late)) waiter.finish(late);
        return { answer: piece.length };
      },
      payload,
      true,
    );
  }
}

/** @returns undefined at the end @throws TypeError for what are no bytes */
export function* bytesOf(data: StreamIn): Steps<Uint8Array | undefined> {
  const items = yield* data.read(mostRead);
  if (items === undefined || items instanceof Uint8Array) return items;
  return Uint8Array.from(items as readonly number[]);
}
