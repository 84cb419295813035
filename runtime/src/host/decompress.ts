// A stream that may be plain, gzip or zstd, told apart by its first bytes: what names and media types say of it is often wrong.

import { EngineError } from '../spec/errors.ts';
import { concat } from '../spec/tar/pax.ts';
import type { Bytes, Codec, Compression } from './host.ts';

/** By magic numbers, as moby. @throws EngineError invalidParameter for bzip2 and xz, which nothing here unpacks */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a === 0x42 && b === 0x5a && c === 0x68) throw unsupported('bzip2');
  if (a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58) throw unsupported('xz');
  return 'none';
}

function unsupported(name: string): EngineError {
  return new EngineError('invalidParameter', `${name} compression is not supported: use gzip, zstd or none`);
}

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
