// Content addresses. A `Digest` names bytes as they are stored or sent (compressed), a `DiffId` a layer's uncompressed
// tar, a `ChainId` a stack of layers, an `ImageId` a config document. Brands keep them from being swapped. Nothing here
// hashes: the hash function is passed in.

import { EngineError } from './errors.ts';

export type Digest = string & { readonly __brand: 'Digest' };
export type DiffId = string & { readonly __brand: 'DiffId' };
export type ChainId = string & { readonly __brand: 'ChainId' };
export type ImageId = Digest;

const hexLengths: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha512', 128],
]);

/**
 * Checks `algorithm:hex`. Only sha256 and sha512, the hex in lower case, as in Docker.
 * @throws EngineError invalidParameter `invalid checksum digest format` and its kin
 */
export function parseDigest(text: string): Digest {
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, Math.max(colon, 0));
  if (colon <= 0 || text.length > 256 || !/^[a-z0-9]+(?:[.+_-][a-z0-9]+)*$/.test(algorithm)) {
    throw new EngineError('invalidParameter', 'invalid checksum digest format');
  }
  const length = hexLengths.get(algorithm);
  if (length === undefined) throw new EngineError('invalidParameter', 'unsupported digest algorithm');
  const hex = text.slice(colon + 1);
  if (hex.length !== length) throw new EngineError('invalidParameter', 'invalid checksum digest length');
  if (!/^[a-f0-9]+$/.test(hex)) throw new EngineError('invalidParameter', 'invalid checksum digest format');
  return text as Digest;
}

/** True when `text` is a digest that `parseDigest` takes. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/.test(text);
}

/** @throws EngineError invalidParameter when it is no `sha256:<64 hex>` */
export function parseDiffId(text: string): DiffId {
  const digest = parseDigest(text);
  if (algorithmOf(digest) !== 'sha256') throw new EngineError('invalidParameter', 'unsupported digest algorithm');
  return text as DiffId;
}

export function algorithmOf(digest: string): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** What stands behind the colon. */
export function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

export function sha256Digest(hex: string): Digest {
  return `sha256:${hex}` as Digest;
}

/**
 * The chain ids of a stack of layers, bottom first (OCI image-spec, config.md): the first is the diff id itself, each
 * further one the hash of `<chain id below> <diff id>`.
 * @param sha256 hash of a text's UTF-8, in lower-case hex
 */
export function chainIds(diffIds: readonly string[], sha256: (text: string) => string): readonly ChainId[] {
  const chain: ChainId[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push((below === undefined ? diffId : `sha256:${sha256(`${below} ${diffId}`)}`) as ChainId);
  }
  return chain;
}
