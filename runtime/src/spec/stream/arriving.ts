// What comes over a connection, taken before it is asked for. The buffer of Node's own streams is as large as one chunk: read by
// iteration, each stops the connection and starts it again.

/** Received but not yet asked for, in bytes: then the other side has to wait. */
const mostWaiting = 512 * 1024;

/** What is used of a readable stream of Node's. */
export interface ArrivingStream {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off(event: 'end', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  readonly errored: Error | null;
}

/** Chunks in order, or their bytes into memory of the reader's own; one call at a time. */
export interface Filling extends AsyncIterator<Uint8Array, undefined> {
  /**
   * Fills the memory, less only at the end. What passes so is not kept, and nothing of it is left for the collector: of a large body
   * that would be most of its work.
   * @param seen is given each piece once it is there
   * @returns how many bytes
   * @throws what the stream failed with; bytes that came before it are lost
   */
  fill(memory: Uint8Array, seen: (piece: Uint8Array) => void): Promise<number>;
}

export function isFilling(source: AsyncIterator<Uint8Array>): source is Filling {
  return 'fill' in source;
}

/** Its chunks to its end, from the first step on. Leaving early pauses the stream. @throws what it failed with */
export function arriving(stream: ArrivingStream): Arriving {
  return new Arriving(stream);
}

interface Fill {
  readonly memory: Uint8Array;
  readonly seen: (piece: Uint8Array) => void;
  readonly done: (size: number) => void;
  readonly failed: (error: Error) => void;
  used: number;
}

class Arriving implements Filling, AsyncIterable<Uint8Array> {
  readonly #stream: ArrivingStream;
  readonly #chunks: Uint8Array[] = [];
  /** What is taken of the first chunk already. */
  #at = 0;
  #size = 0;
  #state: 'new' | 'begun' | 'left' = 'new';
  #end: { readonly error?: Error } | undefined;
  #wake = (): void => undefined;
  #fill: Fill | undefined;

  constructor(stream: ArrivingStream) {
    this.#stream = stream;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#begin();
    for (;;) {
      const value = this.#shift();
      if (value !== undefined) return { done: false, value };
      if (this.#end !== undefined) {
        this.#leave();
        if (this.#end.error !== undefined) throw this.#end.error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  fill(memory: Uint8Array, seen: (piece: Uint8Array) => void): Promise<number> {
    this.#begin();
    return new Promise((done, failed) => {
      this.#fill = { memory, seen, done, failed, used: 0 };
      this.#pour();
    });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    const fill = this.#fill;
    this.#fill = undefined;
    // What is short would pass for the end.
    fill?.failed(new Error('nobody reads it any more'));
    this.#end = {};
    this.#size = 0;
    this.#chunks.length = 0;
    this.#leave();
    this.#tell();
    return Promise.resolve({ done: true, value: undefined });
  }

  #begin(): void {
    if (this.#state !== 'new') return;
    this.#state = 'begun';
    const stream = this.#stream;
    // Of what is over already no event tells any more.
    if (stream.destroyed || stream.readableEnded) this.#onEnd();
    stream.on('error', this.#onEnd);
    stream.on('close', this.#onEnd);
    stream.on('end', this.#onEnd);
    stream.on('data', this.#onData);
    stream.resume();
  }

  #leave(): void {
    if (this.#state === 'begun') {
      const stream = this.#stream;
      stream.off('data', this.#onData);
      stream.off('end', this.#onEnd);
      stream.off('close', this.#onEnd);
      stream.off('error', this.#onEnd);
      stream.pause();
    }
    this.#state = 'left';
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#tell();
    if (this.#size >= mostWaiting) this.#stream.pause();
  };

  readonly #onEnd = (error?: Error): void => {
    const { readableEnded, errored } = this.#stream;
    this.#end ??= readableEnded ? {} : { error: error ?? errored ?? new Error('the connection was closed') };
    this.#tell();
  };

  #tell(): void {
    this.#wake();
    this.#pour();
  }

  #shift(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    const rest = this.#at === 0 ? chunk : chunk.subarray(this.#at);
    this.#at = 0;
    this.#took(rest.length);
    return rest;
  }

  #took(size: number): void {
    this.#size -= size;
    if (this.#state === 'begun' && this.#size < mostWaiting / 2 && this.#stream.isPaused()) this.#stream.resume();
  }

  /** Whoever waits for memory to be filled gets what is there. */
  #pour(): void {
    const fill = this.#fill;
    if (fill === undefined) return;
    for (let chunk = this.#chunks[0]; chunk !== undefined && fill.used < fill.memory.length; chunk = this.#chunks[0]) {
      const part = chunk.subarray(this.#at, this.#at + fill.memory.length - fill.used);
      fill.memory.set(part, fill.used);
      fill.seen(fill.memory.subarray(fill.used, fill.used + part.length));
      fill.used += part.length;
      this.#at += part.length;
      const { length } = part;
      if (this.#at === chunk.length) {
        this.#chunks.shift();
        this.#at = 0;
        discard(chunk);
      }
      this.#took(length);
    }
    if (fill.used < fill.memory.length && this.#end === undefined) return;
    this.#fill = undefined;
    if (fill.used === fill.memory.length || this.#end?.error === undefined) fill.done(fill.used);
    else fill.failed(this.#end.error);
    if (this.#end !== undefined && this.#chunks.length === 0) this.#leave();
  }
}

/** Gives back the memory of a chunk at once, where it is nobody else's: as one of Node's pool, or a part of another chunk, is. */
function discard(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength) buffer.transfer(0);
}
