// `GET /images/get`: one tar that is an OCI layout and a docker-archive at once. Blobs go out as they are stored, so that
// digests survive the round trip.

import type { Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import { formatPlatform, normalizePlatform, parsePlatform } from '../spec/platform.ts';
import { type Reference, familiarReference, fullName, fullReference, parseReference } from '../spec/reference.ts';
import { type TarEntry, noXattrs } from '../spec/tar/header.ts';
import { type WritableMember, writeTar } from '../spec/tar/writer.ts';
import { noSuchImage } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { findByReference, isIdOf, resolveImage } from './resolve.ts';
import { readAhead } from './store/read-ahead.ts';
import { type ImageRecord, ociManifestOf, partsOf } from './store/catalog.ts';

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
  for (const { image } of chosen) {
    lease.hold(...partsOf(image));
  }
  for await (const chunk of writeTar(members(context, chosen))) {
    signal?.throwIfAborted();
    yield chunk;
  }
  for (const { image } of chosen) context.publish('save', image.id, image.id, image.labels);
}

async function* members(
  context: ImagesContext,
  chosen: readonly Chosen[],
): AsyncGenerator<WritableMember, void, undefined> {
  yield directory('blobs');
  yield directory('blobs/sha256');
  const written = new Set<Digest>();
  for (const { image } of chosen) {
    const config = await context.store.blobs.read(image.id);
    const blobs: readonly (readonly [Digest, number])[] = [
      [image.id, config.length],
      ...image.layers.map((layer) => [layer.digest, layer.size] as const),
      [ociManifestOf(image).digest, ociManifestOf(image).size],
    ];
    for (const [digest, size] of blobs) {
      if (written.has(digest)) continue;
      written.add(digest);
      if (!context.store.blobs.has(digest)) {
        throw new EngineError('dataLoss', `blob ${digest} is missing from the store`);
      }
      yield { ...file(blobPath(digest), size), content: readAhead(context.store.blobs.stream(digest)) };
    }
  }
  yield document('index.json', indexOf(chosen));
  yield document('manifest.json', chosen.map(dockerEntry));
  yield document('oci-layout', { imageLayoutVersion: '1.0.0' });
  yield document('repositories', repositoriesOf(chosen));
}

function indexOf(chosen: readonly Chosen[]): object {
  const manifests = chosen.flatMap(({ image, names }) => {
    const descriptor = { ...ociManifestOf(image), platform: image.platform };
    if (names.length === 0) return [descriptor];
    return names.map((name) => ({
      ...descriptor,
      annotations: {
        'io.containerd.image.name': fullReference(name),
        'org.opencontainers.image.ref.name': name.tag ?? 'latest',
      },
    }));
  });
  return { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
}

function dockerEntry({ image, names }: Chosen): object {
  return {
    Config: blobPath(image.id),
    RepoTags: names.length === 0 ? null : names.map((name) => familiarReference(name)),
    Layers: image.layers.map((layer) => blobPath(layer.digest)),
  };
}

/** The oldest form, which some tools still look into: repository, tag, and an id that names the top layer. */
function repositoriesOf(chosen: readonly Chosen[]): object {
  const repositories = new Map<string, [string, string][]>();
  for (const { image, names } of chosen) {
    for (const name of names) {
      const repository = familiarReference({ domain: name.domain, path: name.path });
      const tags = repositories.get(repository) ?? [];
      tags.push([name.tag ?? 'latest', image.id.replace(/^sha256:/, '')]);
      repositories.set(repository, tags);
    }
  }
  return Object.fromEntries([...repositories].map(([repository, tags]) => [repository, Object.fromEntries(tags)]));
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function document(path: string, value: object): WritableMember {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return { ...file(path, bytes.length), content: once(bytes) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

function file(path: string, size: number): TarEntry {
  return {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtimeNs: 0n,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: noXattrs,
  };
}

function directory(path: string): TarEntry {
  return { ...file(path, 0), type: 'directory', mode: 0o755 };
}
