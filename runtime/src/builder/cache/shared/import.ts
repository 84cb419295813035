// Caches of others, read once for a build: which keys they know, and where the layer of each is. Nothing of a layer is fetched
// before a step has come to its key.

import type { Codec } from '../../../host/host.ts';
import type { CacheSource } from '../../../spec/engine/build-outputs.ts';
import { type Digest, algorithmOf } from '../../../spec/digest.ts';
import { EngineError } from '../../../spec/errors.ts';
import {
  type Descriptor,
  maximumCacheLayers,
  maximumConfigSize,
  mediaTypes,
  parseJsonObject,
  parseManifest,
} from '../../../spec/manifest.ts';
import { concat } from '../../../spec/bytes.ts';
import type { BuildImages, CacheContent, LayerRef } from '../../contract.ts';
import { type CacheConfig, cacheConfigType, readCacheConfig, readInlineCache } from './cache-config.ts';

/** What a cache has for one key. */
export interface SharedHit {
  /** Undefined where the step made none. */
  readonly layer: LayerRef | undefined;
  readonly createdAtMs: number;
}

export interface ImportedCache {
  /** The same for the same source, in other builds as well. */
  readonly name: string;
  readonly results: ReadonlyMap<string, SharedHit>;
  readonly blob: CacheContent['blob'];
}

/** A cache that a build can ask: brought ones have become contents by then. */
export type AskedCache = Exclude<CacheSource, { readonly type: 'brought' }>;

export function cacheName(source: AskedCache): string {
  return 'name' in source ? source.name : source.reference;
}

/**
 * @returns undefined for an image without a cache in it
 * @throws EngineError invalidParameter for what is no cache of ours, notFound and others in the registry's words
 */
export async function importCache(
  { images, codec }: { readonly images: BuildImages; readonly codec: Codec },
  source: AskedCache,
  signal: AbortSignal,
): Promise<ImportedCache | undefined> {
  const name = cacheName(source);
  if (source.type === 'image') {
    const here = await images.find(source.reference, undefined);
    const inline = here === undefined ? undefined : readInlineCache({ ...here.config });
    return inline === undefined ? undefined : { name, results: hits(inline, here?.layers ?? []), blob: nowhere };
  }
  const content = source.type === 'content' ? source : images.cacheContent(source.reference, signal);
  const manifest = parseManifest(await content.manifest(), '', maximumCacheLayers);
  if (manifest.kind === 'index') throw new EngineError('invalidParameter', 'this is an index, not a cache');
  const { config, layers } = manifest;
  const isImage = config.mediaType === mediaTypes.ociConfig || config.mediaType === mediaTypes.dockerConfig;
  if (!isImage && config.mediaType !== cacheConfigType) {
    const what =
      config.mediaType === buildkitCacheType
        ? 'a cache of BuildKit, whose keys are of another kind'
        : 'no cache of ours';
    throw new EngineError('invalidParameter', `this is ${what}`);
  }
  const bytes = await readDocument(content, config, codec);
  const known = isImage ? readInlineCache(parseJsonObject(bytes, 'image config')) : readCacheConfig(bytes);
  if (known === undefined) return undefined;
  const { diffIds } = known;
  if (diffIds.length !== layers.length)
    throw new EngineError('invalidParameter', 'the layers of this cache are not those of its manifest');
  const refs = layers.map(({ digest, size, mediaType }, index) => ({
    diffId: diffIds[index] ?? '',
    digest,
    size,
    mediaType,
  }));
  return { name, results: hits(known, refs), blob: (descriptor) => content.blob(descriptor) };
}

const buildkitCacheType = 'application/vnd.buildkit.cacheconfig.v0';

function hits({ results }: CacheConfig, layers: readonly LayerRef[]): ReadonlyMap<string, SharedHit> {
  return new Map(
    results.map(({ key, layer, createdAtMs }) => [
      key,
      { layer: layer === undefined ? undefined : layers[layer], createdAtMs },
    ]),
  );
}

/** @throws EngineError invalidParameter when it is too large, or another than its digest says */
async function readDocument(content: CacheContent, descriptor: Descriptor, codec: Codec): Promise<Uint8Array> {
  if (descriptor.size > maximumConfigSize)
    throw new EngineError('invalidParameter', 'the configuration is larger than 8 MiB');
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content.blob(descriptor)) {
    size += chunk.length;
    if (size > descriptor.size) break;
    parts.push(chunk);
  }
  const bytes = concat(parts);
  if (size === descriptor.size && digestOf(codec, bytes, descriptor.digest) === descriptor.digest) return bytes;
  throw new EngineError('invalidParameter', `the configuration is not what ${descriptor.digest} names`);
}

function digestOf(codec: Codec, bytes: Uint8Array, like: Digest): string {
  const algorithm = algorithmOf(like);
  const hasher = codec.hasher(algorithm);
  hasher.update(bytes);
  return `${algorithm}:${hasher.hex()}`;
}

/** Layers of an image that is here are not fetched. */
function nowhere({ digest }: Descriptor): AsyncIterable<Uint8Array> {
  throw new EngineError('notFound', `layer ${digest} is not here any more`);
}
