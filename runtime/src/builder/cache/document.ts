// The cache on disk: one document, in which each layer stands once however many results have it below them.

import { isObject } from '../../spec/manifest.ts';
import type { LayerRef } from '../contract.ts';

const schema = 1;

/** What a step made. */
export interface CachedResult {
  /** `sha256:…` over all that went into it. */
  readonly key: string;
  /** The whole stack that it ended with. */
  readonly layers: readonly LayerRef[];
  /** Of its own layer, unpacked; 0 where it made none. */
  readonly size: number;
  /** The instruction, in one line. */
  readonly description: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  /** The cache of others that it came from: it counts only where that one is asked. */
  readonly origin?: string;
  /** The start of the machine in which its layer was written, until the disk has it. */
  readonly unsynced?: string;
}

export interface CacheDocument {
  readonly results: readonly CachedResult[];
  /** What is read of layers -> what its files come to. */
  readonly digests: readonly (readonly [string, string])[];
}

export function writeDocument({ results, digests }: CacheDocument): string {
  const layers: LayerRef[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (layer: LayerRef): number => {
    const known = numbers.get(layer.digest);
    if (known !== undefined) return known;
    numbers.set(layer.digest, layers.push(layer) - 1);
    return layers.length - 1;
  };
  const entries = results.map(({ layers: stack, ...rest }) => ({ ...rest, stack: stack.map(numberOf) }));
  return JSON.stringify({ schema, layers, entries, digests });
}

/** Leaves out what cannot be read. @throws SyntaxError for what is no JSON */
export function readDocument(text: string): CacheDocument {
  const value: unknown = JSON.parse(text);
  const nothing = { results: [], digests: [] };
  if (!isObject(value)) return nothing;
  const { schema: found, layers, entries, digests } = value;
  if (found !== schema || !Array.isArray(layers) || !Array.isArray(entries)) return nothing;
  const known = layers.map(layerOf);
  return {
    results: entries.flatMap((entry: unknown) => resultOf(entry, known) ?? []),
    digests: Array.isArray(digests) ? digests.filter(isPair) : [],
  };
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

function layerOf(value: unknown): LayerRef | undefined {
  if (!isObject(value)) return undefined;
  const { diffId, digest, mediaType, size } = value;
  if (typeof diffId !== 'string' || typeof digest !== 'string') return undefined;
  if (typeof mediaType !== 'string' || typeof size !== 'number') return undefined;
  return { diffId, digest, mediaType, size };
}

function resultOf(value: unknown, known: readonly (LayerRef | undefined)[]): CachedResult | undefined {
  if (!isObject(value)) return undefined;
  const { key, size, description, createdAtMs, lastUsedAtMs, unsynced, origin, stack } = value;
  if (!Array.isArray(stack) || typeof key !== 'string' || typeof description !== 'string') return undefined;
  if (typeof size !== 'number' || typeof createdAtMs !== 'number' || typeof lastUsedAtMs !== 'number') return undefined;
  const layers = stack.flatMap((number: unknown) => (typeof number === 'number' ? (known[number] ?? []) : []));
  if (layers.length !== stack.length) return undefined;
  const mark = {
    ...(typeof unsynced === 'string' ? { unsynced } : {}),
    ...(typeof origin === 'string' ? { origin } : {}),
  };
  return { key, layers, size, description, createdAtMs, lastUsedAtMs, ...mark };
}
