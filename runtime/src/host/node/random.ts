// Randomness good enough for identifiers and secrets.

import { randomFillSync } from 'node:crypto';

/** Asked for at once: each request to the generator costs as much as some hundred bytes. */
const pool = new Uint8Array(1024);
let used = pool.length;

/** `size` random bytes in an array of their own. */
export function random(size: number): Uint8Array {
  if (size > pool.length) return randomFillSync(new Uint8Array(size));
  if (used + size > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.slice(used, used + size);
  // Nobody gets them twice, nor reads them later.
  pool.fill(0, used, used + size);
  used += size;
  return bytes;
}
