// Lets the source of a stream run ahead of its reader, and gives what has come together in large pieces. Each hand-over
// between threads or processes costs a turn of the scheduler, which on a busy machine is what a pull spends its time on.

import { concat } from '../../spec/tar/pax.ts';

const mostWaiting = 2 * 1024 * 1024;
const usualLargest = 512 * 1024;

/**
 * The same bytes, gathered into pieces of at most `largest` (0: as they came). Begins to read with the first `next`; leaving early releases the source, without waiting for a read that
 * may never end.
 */
export async function* readAhead(
  source: AsyncIterable<Uint8Array>,
  largest = usualLargest,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new ReadAhead(source[Symbol.asyncIterator](), largest);
  const pump = buffer.fill();
  try {
    for (let next = await buffer.take(); next !== undefined; next = await buffer.take()) yield next;
  } finally {
    if (buffer.leave()) await pump;
  }
}

class ReadAhead {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #largest: number;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #end: { readonly error?: unknown } | undefined;
  #isReading = false;
  #left = false;
  #arrived = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();

  constructor(source: AsyncIterator<Uint8Array>, largest: number) {
    this.#source = source;
    this.#largest = largest;
  }

  /** Reads the source to its end; never rejects, the reader gets the failure. */
  async fill(): Promise<void> {
    try {
      while (!this.#left) {
        this.#isReading = true;
        const next = await this.#source.next();
        this.#isReading = false;
        if (next.done === true) {
          this.#end = {};
          break;
        }
        this.#chunks.push(next.value);
        this.#size += next.value.length;
        this.#arrived.resolve();
        while (this.#size >= mostWaiting && !this.#left) {
          this.#taken = Promise.withResolvers();
          await this.#taken.promise;
        }
      }
      if (this.#end === undefined) await this.#source.return?.();
    } catch (error) {
      this.#end = { error };
    }
    this.#isReading = false;
    this.#arrived.resolve();
  }

  /** undefined at the end. @throws what the source threw, once all that came before was taken */
  async take(): Promise<Uint8Array | undefined> {
    while (this.#chunks.length === 0) {
      if (this.#end !== undefined) {
        if ('error' in this.#end) throw this.#end.error;
        return undefined;
      }
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
    let count = 0;
    let size = 0;
    for (const chunk of this.#chunks) {
      if (count > 0 && size + chunk.length > this.#largest) break;
      count++;
      size += chunk.length;
    }
    const parts = this.#chunks.splice(0, count);
    this.#size -= size;
    this.#taken.resolve();
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : concat(parts);
  }

  /** @returns whether the pump will end by itself; else the source is told to stop, and nobody waits for it */
  leave(): boolean {
    this.#left = true;
    this.#taken.resolve();
    if (!this.#isReading) return true;
    // A source that fails while it is being left has nobody to tell.
    this.#source.return?.().catch(() => undefined);
    return false;
  }
}
