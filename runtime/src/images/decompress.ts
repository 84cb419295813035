// A stream that may be plain, gzip or zstd, told apart by its first bytes.

import type { Bytes, Codec } from '../host/host.ts';
import { concat } from '../spec/tar/pax.ts';
import { compressionOf } from './store/sniff.ts';

/** The plain bytes. @throws EngineError invalidParameter for bzip2 and xz, which no library here reads */
export async function decompressed(codec: Codec, input: Bytes): Promise<Bytes> {
  const iterator = input[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let ended = false;
  while (head.length < 6 && !ended) {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else head = head.length === 0 ? next.value : concat([head, next.value]);
  }
  let compression;
  try {
    compression = compressionOf(head);
  } catch (error) {
    await iterator.return?.();
    throw error;
  }
  return codec.decompress(compression, rejoined(head, iterator));
}

async function* rejoined(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let ended = false;
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    if (!ended) await rest.return?.();
  }
}
