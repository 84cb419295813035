// Randomness good enough for identifiers and secrets.

import { randomBytes } from 'node:crypto';

/** `size` random bytes in an array of their own. */
export function random(size: number): Uint8Array {
  return new Uint8Array(randomBytes(size));
}
