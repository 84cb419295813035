// Lets the source of a stream run ahead of its reader. Each hand-over between threads or processes costs a turn of the
// scheduler, which on a busy machine is what a pull would spend its time on.

const mostWaiting = 2 * 1024 * 1024;

/**
 * The same pieces. Begins to read with the first `next`; leaving early releases the source, without waiting for a read
 * that may never end.
 */
export async function* readAhead(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new ReadAhead(source[Symbol.asyncIterator]());
  const pump = buffer.fill();
  try {
    for (let next = await buffer.take(); next !== undefined; next = await buffer.take()) yield next;
  } finally {
    if (buffer.leave()) await pump;
  }
}

class ReadAhead {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #end: { readonly error?: unknown } | undefined;
  #isReading = false;
  #left = false;
  #arrived = Promise.withResolvers<void>();
  #taken = Promise.withResolvers<void>();

  constructor(source: AsyncIterator<Uint8Array>) {
    this.#source = source;
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
    const next = this.#chunks.shift();
    this.#size -= next?.length ?? 0;
    this.#taken.resolve();
    return next;
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
