// SHA-256, fed piece by piece: what browsers have of their own takes a whole message only.
// FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4

import type { Hasher } from '../host.ts';

const blockBytes = 64;
const rounds = 64;

/** The first 32 bits of the fractional parts of roots of primes: cube roots for the rounds, square roots to begin with. */
const { constants, initial } = derive();

function derive(): { readonly constants: Int32Array; readonly initial: Int32Array } {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < rounds; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  const fraction = (root: number) => Math.floor((root - Math.floor(root)) * 2 ** 32);
  return {
    constants: Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime))),
    initial: Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
  };
}

export class Sha256 implements Hasher {
  readonly #state = Int32Array.from(initial);
  readonly #schedule = new Int32Array(rounds);
  readonly #block = new Uint8Array(blockBytes);
  readonly #view = new DataView(this.#block.buffer);
  #filled = 0;
  #bytes = 0;

  update(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    for (let at = 0; at < chunk.length;) {
      const count = Math.min(blockBytes - this.#filled, chunk.length - at);
      this.#block.set(chunk.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === blockBytes) this.#compress();
    }
  }

  hex(): string {
    const bits = BigInt(this.#bytes) * 8n;
    const padding = new Uint8Array(((blockBytes * 2 - 9 - this.#filled) % blockBytes) + 9);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
    this.update(padding);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #compress(): void {
    const schedule = this.#schedule;
    this.#filled = 0;
    for (let index = 0; index < 16; index++) schedule[index] = this.#view.getInt32(index * 4);
    for (let index = 16; index < rounds; index++) {
      const before = schedule[index - 15] ?? 0;
      const last = schedule[index - 2] ?? 0;
      const low = rotate(before, 7) ^ rotate(before, 18) ^ (before >>> 3);
      const high = rotate(last, 17) ^ rotate(last, 19) ^ (last >>> 10);
      schedule[index] = (schedule[index - 16] ?? 0) + low + (schedule[index - 7] ?? 0) + high;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = this.#state;
    for (let index = 0; index < rounds; index++) {
      const choice = (e & f) ^ (~e & g);
      const one = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const first = (h + one + choice + (constants[index] ?? 0) + (schedule[index] ?? 0)) | 0;
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    const sums = [a, b, c, d, e, f, g, h];
    for (const [index, sum] of sums.entries()) this.#state[index] = (this.#state[index] ?? 0) + sum;
  }
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}
