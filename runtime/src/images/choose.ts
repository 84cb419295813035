// What of an index is for here.

import type { RemoteManifest, Repository } from '../registry/registry.ts';
import type { Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import type { Descriptor, Index, Manifest } from '../spec/manifest.ts';
import { formatPlatform, isWasmPlatform, parsePlatform, type Platform, platformDistance } from '../spec/platform.ts';
import { familiarReference, type Reference } from '../spec/reference.ts';
import { invalid } from './errors.ts';
import type { ImagesContext } from './images-context.ts';

/** In order of preference; one when the user says it. */
export function wantedPlatforms(context: ImagesContext, text: string | undefined): readonly Platform[] {
  const { platform, otherPlatforms = [] } = context.deps;
  return text === undefined || text === '' ? [platform, ...otherPlatforms] : [parsePlatform(text, platform)];
}

export interface Chosen {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly manifest: Manifest;
}

export async function choose(
  repository: Repository,
  remote: RemoteManifest,
  wanted: readonly Platform[],
  reference: Reference,
): Promise<Chosen> {
  const { content } = remote;
  if (content.kind === 'manifest') return { bytes: remote.bytes, digest: remote.digest, manifest: content };
  const best = bestOf(content, wanted);
  if (best === undefined) throw noMatch(content, wanted[0]);
  const inner = await repository.manifest(best.digest);
  if (inner.content.kind !== 'manifest') {
    throw invalid(`${familiarReference(reference)}: an index inside an index is not supported`);
  }
  return { bytes: inner.bytes, digest: inner.digest, manifest: inner.content };
}

/** In docker's words; without Linux, where most images have nothing to offer, also what there would be. */
function noMatch(index: Index, platform: Platform | undefined): EngineError {
  const isLong = platform?.architecture === 'arm64' && !platform.variant;
  const wanted = platform === undefined ? '' : formatPlatform(platform) + (isLong ? '/v8' : '');
  const message = `no matching manifest for ${wanted} in the manifest list entries`;
  if (platform === undefined || !isWasmPlatform(platform)) return new EngineError('notFound', message);
  const found = index.manifests.flatMap((entry) => (entry.platform === undefined ? [] : [entry.platform]));
  const names = [...new Set(found.filter(({ os }) => os !== 'unknown').map(formatPlatform))];
  return new EngineError('notFound', `${message}: it has ${names.slice(0, 20).join(', ') || 'no platforms'}`);
}

/** The entry of an index that serves the first platform best that it serves at all; the first of equals. */
export function bestOf(index: Index, wanted: readonly Platform[]): Descriptor | undefined {
  for (const platform of wanted) {
    const best = bestFor(index, platform);
    if (best !== undefined) return best;
  }
  return undefined;
}

function bestFor(index: Index, platform: Platform): Descriptor | undefined {
  let best: Descriptor | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const entry of index.manifests) {
    const distance = entry.platform === undefined ? undefined : platformDistance(platform, entry.platform);
    if (distance !== undefined && distance < least) {
      least = distance;
      best = entry;
    }
  }
  return best;
}
