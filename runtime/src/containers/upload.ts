// Uploaded archives may be compressed: told by their first bytes, and decoded in our own process, never by a helper.

import type { Bytes, Host } from '../host/host.ts';
import { invalid } from './errors.ts';

const longestMagic = 6;

/** @throws EngineError invalidParameter for a compression that we do not read */
export async function decompressed(host: Host, input: AsyncIterable<Uint8Array>): Promise<Bytes> {
  const source = input[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < longestMagic) {
    const next = await source.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const magic = Uint8Array.from(first.flatMap((chunk) => [...chunk.subarray(0, longestMagic)]));
  const whole = joined(first, source);
  if (startsWith(magic, [0x1f, 0x8b])) return host.codec.decompress('gzip', whole);
  if (startsWith(magic, [0x28, 0xb5, 0x2f, 0xfd])) return host.codec.decompress('zstd', whole);
  if (startsWith(magic, [0xfd, 0x37, 0x7a, 0x58, 0x5a])) throw await refused('xz', source);
  if (startsWith(magic, [0x42, 0x5a, 0x68])) throw await refused('bzip2', source);
  return whole;
}

async function refused(kind: string, source: AsyncIterator<Uint8Array>): Promise<Error> {
  await source.return?.();
  return invalid(`archives compressed with ${kind} are not supported: use gzip, zstd or no compression`);
}

async function* joined(
  first: readonly Uint8Array[],
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* first;
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
  } finally {
    await source.return?.();
  }
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}
