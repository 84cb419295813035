// Pulls exact amounts out of a stream of chunks. Slices are views of the chunks wherever they do not straddle two.

import { EngineError } from '../errors.ts';

const empty = new Uint8Array(0);

export class ByteSource {
  readonly #input: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = empty;
  #at = 0;
  #ended = false;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /** The next bytes without waiting, at most `most`; undefined when a chunk has to be awaited (`some`). */
  ready(most: number): Uint8Array | undefined {
    const here = this.#chunk.length - this.#at;
    if (here === 0) return undefined;
    const from = this.#at;
    this.#at += Math.min(most, here);
    return this.#chunk.subarray(from, this.#at);
  }

  /** Exactly `size` bytes where they are here and in one piece; undefined when they have to be awaited (`exactly`). */
  whole(size: number): Uint8Array | undefined {
    return this.#chunk.length - this.#at < size ? undefined : this.ready(size);
  }

  /** The next bytes, at most `most`, at least one; undefined at the end. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#at === this.#chunk.length) {
      if (this.#ended) return undefined;
      const next = await this.#input.next();
      if (next.done === true) {
        this.#ended = true;
        return undefined;
      }
      this.#chunk = next.value;
      this.#at = 0;
    }
    return this.ready(most);
  }

  /**
   * Exactly `size` bytes; undefined when the stream ends before the first.
   * @throws EngineError invalidParameter `unexpected EOF` when it ends in between
   */
  async exactly(size: number): Promise<Uint8Array | undefined> {
    const here = this.whole(size);
    if (here !== undefined) return here;
    const whole = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const part = await this.some(size - filled);
      if (part === undefined) {
        if (filled === 0) return undefined;
        throw unexpectedEnd();
      }
      whole.set(part, filled);
      filled += part.length;
    }
    return whole;
  }

  /** Passes over `size` bytes. @throws EngineError invalidParameter `unexpected EOF` */
  async skip(size: number): Promise<void> {
    let rest = size;
    while (rest > 0) {
      const part = await this.some(rest);
      if (part === undefined) throw unexpectedEnd();
      rest -= part.length;
    }
  }

  /** Reads what is left, so that what counts or hashes the stream upstream sees all of it. */
  async drain(): Promise<void> {
    while ((await this.some(Number.MAX_SAFE_INTEGER)) !== undefined);
  }

  /** Lets go of the input. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#input.return?.();
    this.#ended = true;
    this.#chunk = empty;
    this.#at = 0;
  }
}

export function unexpectedEnd(): EngineError {
  return new EngineError('invalidParameter', 'unexpected EOF');
}
