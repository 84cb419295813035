// Writes a stream to a file in large blocks out of two buffers that take turns: few calls, no fresh memory, and the disk
// works while the next block is gathered.

import type { WritableFile } from '../host/host.ts';

const blockSize = 1024 * 1024;
const none = new Uint8Array(0);

export class WriteBehind {
  readonly #file: WritableFile;
  /** Made when first written to: many documents are smaller than one block. */
  #block: Uint8Array = none;
  #other: Uint8Array = none;
  #used = 0;
  #pending: Promise<void> = Promise.resolve();

  constructor(file: WritableFile) {
    this.#file = file;
  }

  /** Copies the chunk. @throws what an earlier block failed with */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      if (this.#block.length === 0) this.#block = new Uint8Array(blockSize);
      const part = chunk.subarray(at, at + blockSize - this.#used);
      this.#block.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === blockSize) await this.#send();
    }
  }

  /** Waits until all is written. */
  async flush(): Promise<void> {
    if (this.#used > 0) await this.#send();
    await this.#pending;
  }

  /** Waits until nothing is being written, however that ends: then the file may be closed. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#pending]);
  }

  async #send(): Promise<void> {
    await this.#pending;
    this.#pending = this.#file.write(this.#block.subarray(0, this.#used));
    // A failure surfaces with the next block, or in `flush`.
    this.#pending.catch(() => undefined);
    [this.#block, this.#other] = [this.#other, this.#block];
    this.#used = 0;
  }
}
