// wasi:clocks and wasi:random.
// https://github.com/WebAssembly/WASI/tree/main/proposals/clocks https://github.com/WebAssembly/WASI/tree/main/proposals/random

import { wallMicroseconds } from '../wasi/wall-clock.ts';
import type { Calls } from './calls.ts';
import { Pollable } from './streams.ts';
import type { HostInterface } from './world.ts';

const nsPerMs = 1_000_000;
/** A browser gives no more at once. */
const mostRandom = 65_536;
const mostRandomInAll = 16 * 2 ** 20;

export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

export const resolutionNs = 1000n;
const toNs = (ms: number) => BigInt(Math.round(ms * nsPerMs));

export function toMs(ns: bigint): number {
  return Number(ns) / nsPerMs;
}

/** Of the clock that never goes back. */
export function nowNs(): bigint {
  return toNs(performance.now());
}

export function clocks(calls: Calls): Readonly<Record<string, HostInterface>> {
  const timer = (dueMs: number) => new Pollable(calls, () => false, dueMs);
  const utc = { utcOffset: 0, name: 'UTC', inDaylightSavingTime: false };
  return {
    'wasi:clocks/monotonic-clock': {
      functions: {
        now: nowNs,
        resolution: () => resolutionNs,
        subscribeInstant: (when: bigint) => timer(toMs(when)),
        subscribeDuration: (duration: bigint) => timer(performance.now() + toMs(duration)),
      },
    },
    'wasi:clocks/wall-clock': {
      functions: { now: wallClock, resolution: () => ({ seconds: 0n, nanoseconds: 1000 }) },
    },
    'wasi:clocks/timezone': { functions: { display: () => utc, utcOffset: () => 0 } },
  };
}

export function wallClock(): Datetime {
  const microseconds = wallMicroseconds();
  const seconds = Math.floor(microseconds / 1_000_000);
  return { seconds: BigInt(seconds), nanoseconds: (microseconds - seconds * 1_000_000) * 1000 };
}

export function random(): Readonly<Record<string, HostInterface>> {
  // The same each time, as elsewhere.
  const seed = [randomNumber(), randomNumber()];
  const bytes = { getRandomBytes: randomBytes, getRandomU64: randomNumber };
  return {
    'wasi:random/random': { functions: bytes },
    'wasi:random/insecure': {
      functions: { getInsecureRandomBytes: randomBytes, getInsecureRandomU64: randomNumber },
    },
    'wasi:random/insecure-seed': { functions: { insecureSeed: () => seed } },
  };
}

function randomBytes(length: bigint): Uint8Array {
  if (length > mostRandomInAll) throw new RangeError(`asks for ${String(length)} random bytes at once`);
  const bytes = new Uint8Array(Number(length));
  for (let done = 0; done < bytes.length; done += mostRandom) {
    crypto.getRandomValues(bytes.subarray(done, done + mostRandom));
  }
  return bytes;
}

function randomNumber(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
}
