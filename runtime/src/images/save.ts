// `GET /images/get`: one tar that is an OCI layout and a docker-archive at once. Blobs go out as they are stored, so that
// digests survive the round trip.

import type { Bytes } from '../host/host.ts';
import type { Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import { formatPlatform, normalizePlatform, parsePlatform } from '../spec/platform.ts';
import { type Reference, fullName, parseReference } from '../spec/reference.ts';
import { writeTar } from '../spec/tar/writer.ts';
import { archiveMembers, type ImageToArchive } from './archive.ts';
import { noSuchImage } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { findByReference, isIdOf, resolveImage } from './resolve.ts';
import { readAhead } from '../content/read-ahead.ts';
import { type ImageRecord, type LayerBlob, ociManifestOf, partsOf } from './store/catalog.ts';

interface Chosen {
  readonly image: ImageRecord;
  readonly names: Reference[];
}

/** @throws EngineError notFound, before the first byte */
export async function saveImages(
  context: ImagesContext,
  refs: readonly string[],
  options: { readonly platform?: string; readonly signal?: AbortSignal },
): Promise<AsyncIterable<Uint8Array>> {
  if (refs.length === 0) throw new EngineError('invalidParameter', 'no images named to be saved');
  const chosen = new Map<string, Chosen>();
  for (const ref of refs) {
    for (const { image, name } of imagesNamed(context, ref)) {
      checkPlatform(context, image, ref, options.platform);
      const entry = chosen.get(image.id) ?? { image, names: [] };
      chosen.set(image.id, entry);
      if (name !== undefined) entry.names.push(name);
    }
  }
  const list = [...chosen.values()];
  return archive(context, list, options.signal);
}

function checkPlatform(context: ImagesContext, image: ImageRecord, ref: string, text: string | undefined): void {
  if (text === undefined) return;
  const wanted = formatPlatform(parsePlatform(text, context.deps.platform));
  if (formatPlatform(normalizePlatform(image.platform)) === wanted) return;
  const message = `image with reference ${ref} was found but does not provide the specified platform (${wanted})`;
  throw new EngineError('notFound', message);
}

function imagesNamed(context: ImagesContext, text: string): readonly { image: ImageRecord; name?: Reference }[] {
  const { catalog } = context.store;
  if (/^(?:sha256:)?[a-f0-9]{64}$/.test(text)) return [{ image: resolveImage(catalog, text) }];
  const reference = parseReference(text);
  if (reference.tag !== undefined || reference.digest !== undefined) {
    const image = findByReference(catalog, reference) ?? byPrefix(context, text);
    if (image === undefined) throw noSuchImage(reference);
    return [reference.digest === undefined && !isIdOf(image, text) ? { image, name: reference } : { image }];
  }
  const found = [...catalog.state.references].flatMap(([key, id]) => {
    const name = parseReference(key);
    const image = catalog.visible(id);
    return image !== undefined && name.tag !== undefined && fullName(name) === fullName(reference)
      ? [{ image, name }]
      : [];
  });
  if (found.length > 0) return found;
  return [{ image: resolveImage(catalog, text) }];
}

function byPrefix(context: ImagesContext, text: string): ImageRecord | undefined {
  return text.startsWith('sha256:') ? resolveImage(context.store.catalog, text) : undefined;
}

async function* archive(
  context: ImagesContext,
  chosen: readonly Chosen[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  using lease = context.store.lease();
  using _ = context.deps.limitBuffers?.();
  for (const { image } of chosen) {
    lease.hold(...partsOf(image));
  }
  const images = await Promise.all(chosen.map((each) => archived(context, each)));
  for await (const chunk of writeTar(archiveMembers(images, ['docker', 'oci']))) {
    signal?.throwIfAborted();
    yield chunk;
  }
  for (const { image } of chosen) context.publish('save', image.id, image.id, image.labels);
}

/** @throws EngineError dataLoss when something of it is missing */
async function archived(context: ImagesContext, { image, names }: Chosen): Promise<ImageToArchive> {
  const { blobs } = context.store;
  const open = (digest: Digest): Bytes => {
    if (!blobs.has(digest)) throw new EngineError('dataLoss', `blob ${digest} is missing from the store`);
    return readAhead(blobs.stream(digest));
  };
  const config = await blobs.read(image.id);
  const ofStore = ({ digest, size }: Pick<LayerBlob, 'digest' | 'size'>) => ({
    digest,
    size,
    open: () => open(digest),
  });
  return {
    config: ofStore({ digest: image.id, size: config.length }),
    layers: image.layers.map(ofStore),
    manifest: { ...ociManifestOf(image), open: () => open(ociManifestOf(image).digest) },
    platform: image.platform,
    names,
  };
}
