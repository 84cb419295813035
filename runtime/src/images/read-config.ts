// A small blob of a registry (an image's configuration), whole in memory and verified.

import type { Codec } from '../host/host.ts';
import type { Repository } from '../registry/registry.ts';
import { concat } from '../spec/bytes.ts';
import { algorithmOf, hexOf } from '../spec/digest.ts';
import type { Descriptor } from '../spec/manifest.ts';
import { invalid } from './errors.ts';

/**
 * No more is read than the descriptor says, whose size the caller has looked at.
 * @throws EngineError invalidParameter when size or digest are others
 */
export async function readConfig(
  codec: Codec,
  repository: Pick<Repository, 'blob'>,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of repository.blob(descriptor, signal === undefined ? {} : { signal })) {
    size += chunk.length;
    if (size > descriptor.size) break;
    parts.push(chunk);
  }
  const bytes = concat(parts);
  const hasher = codec.hasher(algorithmOf(descriptor.digest));
  hasher.update(bytes);
  if (size !== descriptor.size || hasher.hex() !== hexOf(descriptor.digest)) {
    throw invalid(`image config verification failed for digest ${descriptor.digest}`);
  }
  return bytes;
}
