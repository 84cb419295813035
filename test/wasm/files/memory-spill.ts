// A spill in memory, whose blocks can be counted.

import { blockBytes } from '../../../wasm/src/files/inode.ts';
import type { Spill } from '../../../wasm/src/files/storage.ts';

export class MemorySpill implements Spill {
  readonly blocks = new Map<number, Uint8Array>();

  read(block: number, offset: number, into: Uint8Array): void {
    const content = this.blocks.get(block);
    if (content === undefined) into.fill(0);
    else into.set(content.subarray(offset, offset + into.length));
  }

  write(block: number, offset: number, from: Uint8Array): void {
    let content = this.blocks.get(block);
    if (content === undefined) this.blocks.set(block, (content = new Uint8Array(blockBytes)));
    content.set(from, offset);
  }
}
