// What caches say to each other: keys of steps, and which layer each step has put on those below it. Written into the
// configuration of a manifest whose layers they are, or into that of an image (inline). A key says nothing to whoever did not come
// to the same one by itself, and a result is never more than one layer on top of what the build has already.

import { isDigest } from '../../../spec/digest.ts';
import { EngineError } from '../../../spec/errors.ts';
import { isObject, maximumCacheLayers, maximumConfigSize, parseJsonObject } from '../../../spec/manifest.ts';

/** Of a cache's configuration document. */
export const cacheConfigType = 'application/vnd.coracle.buildcache.config.v1+json';
/** Key of an inline cache in an image's configuration. */
export const inlineKey = 'vnd.coracle.buildcache.v1';

/** Above these a cache is refused. */
const mostResults = 10_000;

export interface SharedResult {
  /** `sha256:…` over all that went into the step. */
  readonly key: string;
  /** Index of the layer that it made; absent where it made none. */
  readonly layer?: number;
  /** The instruction, in one line. */
  readonly description: string;
  readonly createdAtMs: number;
}

export interface CacheConfig {
  /** Of the uncompressed layers, in the order of the manifest's. */
  readonly diffIds: readonly string[];
  readonly results: readonly SharedResult[];
}

const schema = 1;

export function writeCacheConfig({ diffIds, results }: CacheConfig): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ schema, diffIds, results }));
}

/** @throws EngineError invalidParameter for what is no cache of ours */
export function readCacheConfig(bytes: Uint8Array): CacheConfig {
  if (bytes.length > maximumConfigSize) throw invalid('it is larger than 8 MiB');
  const document = parseJsonObject(bytes, 'cache');
  if (document['schema'] !== schema) throw invalid('it is of another version');
  const diffIds = document['diffIds'];
  if (!Array.isArray(diffIds) || diffIds.length > maximumCacheLayers || !diffIds.every(isDiffId)) {
    throw invalid('its layers are malformed');
  }
  return { diffIds, results: resultsOf(document['results'], diffIds.length) };
}

/** What stands in an image's configuration under `inlineKey`. */
export function inlineCache(results: readonly SharedResult[]): object {
  return { schema, results };
}

/**
 * @returns undefined for an image that carries none
 * @throws EngineError invalidParameter for one that is malformed
 */
export function readInlineCache(image: Readonly<Record<string, unknown>>): CacheConfig | undefined {
  const value = Object.hasOwn(image, inlineKey) ? image[inlineKey] : undefined;
  if (value === undefined) return undefined;
  if (!isObject(value) || value['schema'] !== schema) throw invalid('it is of another version');
  const rootfs = image['rootfs'];
  const diffIds = isObject(rootfs) ? rootfs['diff_ids'] : undefined;
  if (!Array.isArray(diffIds) || !diffIds.every(isDiffId)) throw invalid('its layers are malformed');
  return { diffIds, results: resultsOf(value['results'], diffIds.length) };
}

function resultsOf(value: unknown, layers: number): readonly SharedResult[] {
  if (!Array.isArray(value) || value.length > mostResults) throw invalid('its results are malformed');
  return value.map((item: unknown) => {
    const result = isObject(item) ? resultOf(item, layers) : undefined;
    if (result === undefined) throw invalid('a result is malformed');
    return result;
  });
}

/** The last moment that a date can name. */
const latestMs = 253_402_300_799_999;

function resultOf(item: Readonly<Record<string, unknown>>, layers: number): SharedResult | undefined {
  const { key, layer, description, createdAtMs } = item;
  if (!isDiffId(key) || typeof description !== 'string') return undefined;
  if (typeof createdAtMs !== 'number' || !(createdAtMs >= 0 && createdAtMs <= latestMs)) return undefined;
  const rest = { key, description: description.slice(0, 1000), createdAtMs };
  if (layer === undefined) return rest;
  if (typeof layer !== 'number' || !Number.isInteger(layer) || layer < 0 || layer >= layers) return undefined;
  return { ...rest, layer };
}

function isDiffId(value: unknown): value is string {
  return isDigest(value) && value.startsWith('sha256:');
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', `this is no cache that can be used: ${message}`);
}
