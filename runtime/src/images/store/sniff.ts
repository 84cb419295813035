// What a stream is, by its first bytes: what names and media types say of it is often wrong.

import { compressionOf } from '../../host/decompress.ts';
import type { Bytes, Compression } from '../../host/host.ts';
import { blockSize, decodeHeader, isZeroBlock } from '../../spec/tar/header.ts';

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
