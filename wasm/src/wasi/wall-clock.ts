// The time of day, finer than `Date` tells it.

/** Largest difference to the system's clock: it is set, and the steady one stands still while the machine sleeps. */
const mostDriftMs = 2;

/** What the steady clock showed at its beginning, in the system's. */
let beginMs = performance.timeOrigin;

/** Microseconds since the epoch. */
export function wallMicroseconds(): number {
  const steadyMs = performance.now();
  const wallMs = Date.now();
  if (Math.abs(beginMs + steadyMs - wallMs) > mostDriftMs) beginMs = wallMs - steadyMs;
  return Math.round((beginMs + steadyMs) * 1000);
}
