// Randomness good enough for identifiers and secrets: the kernel's generator. Node's own crypto is the same one behind 10 ms of loading,
// which each start would pay.

import { closeSync, openSync, readSync } from 'node:fs';

/** Asked for at once: each request to the generator costs as much as some hundred bytes. */
const pool = new Uint8Array(1024);
let used = pool.length;

/** `size` random bytes in an array of their own. */
export function random(size: number): Uint8Array {
  if (size > pool.length) return fill(new Uint8Array(size));
  if (used + size > pool.length) {
    fill(pool);
    used = 0;
  }
  const bytes = pool.slice(used, used + size);
  // Nobody gets them twice, nor reads them later.
  pool.fill(0, used, used + size);
  used += size;
  return bytes;
}

function fill(bytes: Uint8Array): Uint8Array {
  const generator = openSync('/dev/urandom', 'r');
  try {
    for (let done = 0; done < bytes.length;) done += readSync(generator, bytes, done, bytes.length - done, null);
    return bytes;
  } finally {
    closeSync(generator);
  }
}
