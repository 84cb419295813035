// Writes a stream to a file and gives its bytes once more, in large blocks, each when the file has it: so that another process can
// take from the file what this one only looks at.

import type { WritableFile } from '../../host/host.ts';
import type { StoredContents } from '../../host/kernel.ts';

const blockSize = 1024 * 1024;

class Block {
  readonly memory = new Uint8Array(blockSize);
  used = 0;
  /** Where it begins in the file. */
  offset = 0;
  written: Promise<void> = Promise.resolve();
}

export class StoredBlocks implements StoredContents {
  readonly path: string;
  readonly #file: WritableFile;
  /** They take turns: while one is written the other is looked at, and then filled. */
  readonly #blocks = [new Block(), new Block()] as const;
  #size = 0;

  /** @param file what `path` is; empty, and nobody else writes to it */
  constructor(path: string, file: WritableFile) {
    this.path = path;
    this.#file = file;
  }

  offsetOf(piece: Uint8Array): number | undefined {
    const block = this.#blocks.find(({ memory }) => memory.buffer === piece.buffer);
    return block === undefined ? undefined : block.offset + piece.byteOffset;
  }

  /**
   * To be called once. A block is good until the next is asked for.
   * @param fill fills memory with what comes, less only at the end
   * @throws what reading or writing failed with
   */
  async *through(fill: (memory: Uint8Array) => Promise<number>): AsyncGenerator<Uint8Array, void, undefined> {
    let [filling, writing]: [Block, Block] = [...this.#blocks];
    try {
      for (;;) {
        filling.used = await fill(filling.memory);
        const isLast = filling.used < blockSize;
        await writing.written;
        this.#write(filling);
        if (writing.used > 0) yield given(writing);
        if (isLast) break;
        [filling, writing] = [writing, filling];
      }
      await filling.written;
      if (filling.used > 0) yield given(filling);
    } finally {
      // Nobody may close the file while it is written to. What that fails with is thrown above, to whoever still reads.
      await Promise.allSettled(this.#blocks.map(({ written }) => written));
    }
  }

  #write(block: Block): void {
    block.offset = this.#size;
    this.#size += block.used;
    block.written = this.#file.write(block.memory.subarray(0, block.used));
    // It surfaces when it is this block's turn.
    block.written.catch(() => undefined);
  }
}

/** It may be filled again when its reader comes back. */
function given(block: Block): Uint8Array {
  const bytes = block.memory.subarray(0, block.used);
  block.used = 0;
  return bytes;
}
