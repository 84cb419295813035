// Bytes that are what their descriptor says, or an error before the last of them.

import type { Bytes, Codec } from '../host/host.ts';
import { algorithmOf, hexOf } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import type { Descriptor } from '../spec/manifest.ts';

/**
 * The same bytes. The last chunk is held back until size and digest are known to be right: who receives them never has all of a wrong blob.
 * @param from whom the error names
 * @throws EngineError invalidParameter
 */
export async function* verified(
  bytes: Bytes,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  codec: Pick<Codec, 'hasher'>,
  from: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hasher = codec.hasher(algorithmOf(digest));
  let count = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of bytes) {
    // It would take the place of what is held.
    if (chunk.length === 0) continue;
    count += chunk.length;
    if (count > size) break;
    hasher.update(chunk);
    // The source may use the memory of a chunk again once it is asked for the next: only the last, which nothing follows, is held.
    if (count === size) held = chunk.slice();
    else yield chunk;
  }
  if (count !== size) {
    const much = count > size ? 'more' : `${count}`;
    throw new EngineError('invalidParameter', `${from}: blob ${digest} should have ${size} bytes and has ${much}`);
  }
  const got = hasher.hex();
  if (got !== hexOf(digest)) {
    const what = `${algorithmOf(digest)}:${got}`;
    throw new EngineError(
      'invalidParameter',
      `${from}: blob ${digest} verification failed: what came has digest ${what}`,
    );
  }
  if (held !== undefined) yield held;
}

/** A document in memory that is what `digest` says. @throws EngineError invalidParameter */
export function verifyBytes(bytes: Uint8Array, digest: string, codec: Pick<Codec, 'hasher'>, from: string): void {
  const hasher = codec.hasher(algorithmOf(digest));
  hasher.update(bytes);
  if (hasher.hex() === hexOf(digest)) return;
  throw new EngineError('invalidParameter', `${from}: manifest verification failed for digest ${digest}`);
}
