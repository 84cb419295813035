// What a stream is, by its first bytes: what names and media types say of it is often wrong.

import type { Bytes, Compression } from '../../host/host.ts';
import { EngineError } from '../../spec/errors.ts';
import { blockSize, decodeHeader, isZeroBlock } from '../../spec/tar/header.ts';

/** By magic numbers, as moby. @throws EngineError invalidParameter for bzip2 and xz, which nothing here unpacks */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a === 0x42 && b === 0x5a && c === 0x68) throw unsupported('bzip2');
  if (a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58) throw unsupported('xz');
  return 'none';
}

/** A tar begins with a header whose checksum holds, or is nothing but zeros. */
export function looksLikeLayer(head: Uint8Array, compression: Compression): boolean {
  if (compression !== 'none') return true;
  const block = head.subarray(0, blockSize);
  if (block.length < blockSize) return false;
  if (isZeroBlock(block)) return true;
  try {
    decodeHeader(block);
    return true;
  } catch {
    // Not a tar: a document, or something that nobody will ask for.
    return false;
  }
}

/** The same of a stored blob. */
export async function compressionOfFile(blob: Bytes): Promise<Compression> {
  for await (const chunk of blob) return compressionOf(chunk);
  return 'none';
}

function unsupported(name: string): EngineError {
  return new EngineError('invalidParameter', `${name} compression is not supported: use gzip, zstd or none`);
}
