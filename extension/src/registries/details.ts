// What a tag stands for: its manifest, and the images in it with platform, size and time.

import type { Codec } from '../../../runtime/src/host/host.ts';
import { concat } from '../../../runtime/src/spec/bytes.ts';
import { algorithmOf } from '../../../runtime/src/spec/digest.ts';
import { EngineError } from '../../../runtime/src/spec/errors.ts';
import {
  type Descriptor,
  type Manifest,
  maximumConfigSize,
  mediaTypes,
  parseJsonObject,
} from '../../../runtime/src/spec/manifest.ts';
import { formatPlatform } from '../../../runtime/src/spec/platform.ts';
import type { Repository } from '../../../runtime/src/registry/registry.ts';

export interface PlatformDetails {
  /** `linux/amd64`; of what is no image the type of its contents. */
  readonly platform: string;
  readonly digest: string;
  /** Bytes to be pulled. */
  readonly size: number;
  /** As the image says; empty when it does not. */
  readonly created: string;
}

export interface Details {
  readonly digest: string;
  /** The manifest or index as it came. */
  readonly text: string;
  readonly platforms: readonly PlatformDetails[];
}

type Hashes = Pick<Codec, 'hasher'>;

/** Nobody publishes for more platforms. */
const mostPlatforms = 32;
const atOnce = 4;

/** @param target a tag or a digest @throws EngineError in moby's words */
export async function describe(repository: Repository, hashes: Hashes, target: string): Promise<Details> {
  const { bytes, digest, content } = await repository.manifest(target);
  const text = new TextDecoder().decode(bytes);
  if (content.kind === 'manifest') {
    return { digest, text, platforms: [await detailsOf(repository, hashes, digest, content)] };
  }
  const images = content.manifests.filter((each) => !isAttestation(each)).slice(0, mostPlatforms);
  const platforms: PlatformDetails[] = [];
  for (let start = 0; start < images.length; start += atOnce) {
    const part = images.slice(start, start + atOnce);
    platforms.push(...(await Promise.all(part.map((each) => partDetails(repository, hashes, each)))));
  }
  return { digest, text, platforms };
}

/** BuildKit's statements about an image stand beside it, under a platform that nobody has. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.['vnd.docker.reference.type'] !== undefined || platform?.os === 'unknown';
}

async function partDetails(repository: Repository, hashes: Hashes, part: Descriptor): Promise<PlatformDetails> {
  const { content } = await repository.manifest(part.digest);
  if (content.kind === 'index') return { platform: 'index', digest: part.digest, size: part.size, created: '' };
  const details = await detailsOf(repository, hashes, part.digest, content);
  return part.platform === undefined ? details : { ...details, platform: formatPlatform(part.platform) };
}

async function detailsOf(
  repository: Repository,
  hashes: Hashes,
  digest: string,
  { config, layers, artifactType }: Manifest,
): Promise<PlatformDetails> {
  const size = layers.reduce((sum, layer) => sum + layer.size, config.size);
  const isImage = config.mediaType === mediaTypes.ociConfig || config.mediaType === mediaTypes.dockerConfig;
  if (!isImage) return { platform: artifactType ?? config.mediaType, digest, size, created: '' };
  const document = parseJsonObject(await readWhole(repository, hashes, config), 'image config');
  const text = (key: string): string => (typeof document[key] === 'string' ? document[key] : '');
  const variant = text('variant');
  const platform = { os: text('os'), architecture: text('architecture'), ...(variant === '' ? {} : { variant }) };
  return { platform: formatPlatform(platform), digest, size, created: text('created') };
}

/** @throws EngineError for what is not as long as it was said to be, or has another digest */
async function readWhole(repository: Repository, hashes: Hashes, blob: Descriptor): Promise<Uint8Array> {
  if (blob.size > maximumConfigSize) throw new EngineError('invalidParameter', 'image config is larger than 8 MiB');
  const parts: Uint8Array[] = [];
  const hasher = hashes.hasher(algorithmOf(blob.digest));
  let size = 0;
  for await (const part of repository.blob(blob)) {
    size += part.length;
    if (size > blob.size) break;
    hasher.update(part);
    parts.push(part);
  }
  if (size !== blob.size || !blob.digest.endsWith(`:${hasher.hex()}`)) {
    throw new EngineError('dataLoss', `what the registry has as ${blob.digest} is something else`);
  }
  return concat(parts);
}
