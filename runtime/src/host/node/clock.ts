// The wall clock with nanoseconds.

import type { Clock } from '../host.ts';
import { sleep } from '../sleep.ts';

/** Largest difference to the system's clock before the nanosecond clock is set anew (it may be stepped). */
const maxDriftNs = 2_000_000n;

/** A clock over the system's, made finer by the monotonic one. */
export function createClock(): Clock {
  let offset = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
  return {
    now: () => Date.now(),
    nowNs() {
      const wall = BigInt(Date.now()) * 1_000_000n;
      const fine = offset + process.hrtime.bigint();
      const drift = fine - wall;
      if (drift > -maxDriftNs && drift < maxDriftNs) return fine;
      offset += wall - fine;
      return wall;
    },
    sleep,
  };
}
