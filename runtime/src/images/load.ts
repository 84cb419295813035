// `POST /images/load`: a tar that is an OCI layout, a docker-archive, or both, plain or compressed. With both, the OCI
// documents say what the image is (so that digests are kept) and docker's say what it is called.

import type { Bytes } from '../host/host.ts';
import { type DiffId, type Digest, type ImageId, isDigest } from '../spec/digest.ts';
import type { ProgressMessage } from '../spec/engine/images.ts';
import { isEngineError } from '../spec/errors.ts';
import { shortId } from '../spec/ids.ts';
import {
  type Descriptor,
  type Manifest,
  isLayerMediaType,
  isObject,
  maximumConfigSize,
  maximumManifestSize,
  mediaTypes,
  parseManifest,
} from '../spec/manifest.ts';
import type { OciImageConfig } from '../spec/oci.ts';
import { type Platform, formatPlatform, parsePlatform } from '../spec/platform.ts';
import { type Reference, familiarReference, parseReference, withDefaultTag } from '../spec/reference.ts';
import { decompressed } from './decompress.ts';
import { parseImageConfig, platformOf } from './config.ts';
import { invalid } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { type ArchiveFile, LoadedArchive } from './load-archive.ts';
import { type Emit, layerProgress, progressStream } from './progress.ts';
import { bestOf } from './pull.ts';
import { type KnownLayer, layerBlobs, registerImage, storeDocuments, storeManifest } from './register.ts';
import { storedReference } from './resolve.ts';
import { compressionOfFile, ingestLayer } from './store/ingest.ts';
import { type ImageRecord, type LayerBlob, partsOf } from './store/catalog.ts';
import type { Lease } from './store/store.ts';

export interface LoadOptions {
  readonly quiet: boolean;
  readonly platform?: string;
  readonly signal?: AbortSignal;
}

/** An image as an archive describes it. */
interface ArchivedImage {
  readonly config: ArchiveFile;
  readonly layers: readonly { readonly file: ArchiveFile; readonly mediaType: string | undefined }[];
  /** Absent in a docker-archive: then we write one. */
  readonly manifest?: { readonly bytes: Uint8Array; readonly digest: Digest; readonly content: Manifest };
  readonly names: readonly Reference[];
}

/** @throws EngineError invalidParameter at once for a platform that cannot be */
export function loadImages(
  context: ImagesContext,
  archive: Bytes,
  options: LoadOptions,
): AsyncIterable<ProgressMessage> {
  const platform =
    options.platform === undefined || options.platform === ''
      ? undefined
      : parsePlatform(options.platform, context.deps.platform);
  return progressStream(async (emit, signal) => {
    using lease = context.store.lease();
    try {
      await using loaded = new LoadedArchive(context);
      await loaded.read(await decompressed(context.deps.host.codec, archive), signal);
      const loader = new Loader(context, loaded, lease, options.quiet ? () => undefined : emit, signal);
      for (const image of await archivedImages(context, loaded, platform)) {
        for (const line of await loader.load(image)) emit({ stream: line });
      }
    } finally {
      lease[Symbol.dispose]();
      await context.store.sweep().erased;
    }
  }, options.signal);
}

async function archivedImages(
  context: ImagesContext,
  loaded: LoadedArchive,
  platform: Platform | undefined,
): Promise<readonly ArchivedImage[]> {
  const dockerImages = loaded.has('manifest.json') ? await dockerArchive(loaded) : [];
  if (!loaded.has('index.json')) {
    if (dockerImages.length === 0) throw invalid('invalid archive: does not contain a manifest.json');
    return platform === undefined ? dockerImages : ofPlatform(loaded, dockerImages, platform);
  }
  const names = new Map<string, readonly Reference[]>();
  for (const image of dockerImages) {
    names.set(image.config.digest, [...(names.get(image.config.digest) ?? []), ...image.names]);
  }
  const index = parseManifest(await loaded.document(loaded.file('index.json'), maximumManifestSize, 'index.json'));
  if (index.kind !== 'index') throw invalid('invalid archive: index.json is no index');
  const images: ArchivedImage[] = [];
  for (const entry of index.manifests) {
    const image = await ociImage(context, loaded, entry, platform, names);
    if (image !== undefined) images.push(image);
  }
  return platform === undefined ? images : ofPlatform(loaded, images, platform);
}

async function ofPlatform(
  loaded: LoadedArchive,
  images: readonly ArchivedImage[],
  platform: Platform,
): Promise<readonly ArchivedImage[]> {
  const kept: ArchivedImage[] = [];
  for (const image of images) {
    const config = parseImageConfig(await loaded.document(image.config, maximumConfigSize, 'image config'));
    if (formatPlatform(platformOf(config)) === formatPlatform(platform)) kept.push(image);
  }
  if (kept.length === 0) throw invalid(`requested platform (${formatPlatform(platform)}) not found`);
  return kept;
}

async function dockerArchive(loaded: LoadedArchive): Promise<readonly ArchivedImage[]> {
  const list = await loaded.json('manifest.json', maximumManifestSize);
  if (!Array.isArray(list)) throw invalid('invalid archive: manifest.json is not a list');
  return list.map((item: unknown) => {
    if (!isObject(item) || typeof item['Config'] !== 'string' || !isTextList(item['Layers'] ?? [])) {
      throw invalid('invalid archive: manifest.json is malformed');
    }
    const tags = item['RepoTags'] ?? [];
    if (!isTextList(tags)) throw invalid('invalid archive: manifest.json is malformed');
    const layers = (item['Layers'] ?? []) as readonly string[];
    return {
      config: loaded.file(item['Config']),
      layers: layers.map((path) => ({ file: loaded.file(path), mediaType: undefined })),
      names: tags.map((tag) => withDefaultTag(parseReference(tag))),
    };
  });
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** undefined for what is no image (attestations, signatures). */
async function ociImage(
  context: ImagesContext,
  loaded: LoadedArchive,
  entry: Descriptor,
  platform: Platform | undefined,
  names: ReadonlyMap<string, readonly Reference[]>,
): Promise<ArchivedImage | undefined> {
  let descriptor = entry;
  let { bytes, content } = await readManifest(loaded, entry);
  if (content.kind === 'index') {
    const best =
      bestOf(content, platform ?? context.deps.platform) ?? (platform === undefined ? content.manifests[0] : undefined);
    if (best === undefined) return undefined;
    descriptor = best;
    ({ bytes, content } = await readManifest(loaded, best));
  }
  if (content.kind === 'index') throw invalid('an index inside an index is not supported');
  if (!isImage(content)) return undefined;
  const config = loaded.blob(content.config.digest);
  const own = ownNames(entry);
  return {
    config,
    layers: content.layers.map((layer) => ({ file: loaded.blob(layer.digest), mediaType: layer.mediaType })),
    manifest: { bytes, digest: descriptor.digest, content },
    names: own.length > 0 ? own : (names.get(config.digest) ?? []),
  };
}

async function readManifest(loaded: LoadedArchive, descriptor: Descriptor) {
  const bytes = await loaded.document(loaded.blob(descriptor.digest), maximumManifestSize, 'manifest');
  return { bytes, content: parseManifest(bytes, descriptor.mediaType) };
}

function isImage(manifest: Manifest): boolean {
  const type = manifest.config.mediaType;
  const isConfig = type === '' || type === mediaTypes.ociConfig || type === mediaTypes.dockerConfig;
  return isConfig && manifest.layers.every((layer) => isLayerMediaType(layer.mediaType));
}

/** containerd's annotation is a full name; OCI's own is one by habit only, and often just a tag, which names nothing. */
function ownNames(entry: Descriptor): readonly Reference[] {
  const full = entry.annotations?.['io.containerd.image.name'];
  const free = entry.annotations?.['org.opencontainers.image.ref.name'];
  const text = full ?? (free !== undefined && /[:/]/.test(free) ? free : undefined);
  if (text === undefined) return [];
  try {
    const reference = parseReference(text);
    return reference.digest === undefined ? [withDefaultTag(reference)] : [];
  } catch (error) {
    if (isEngineError(error) && full === undefined) return [];
    throw error;
  }
}

class Loader {
  readonly #context: ImagesContext;
  readonly #loaded: LoadedArchive;
  readonly #lease: Lease;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;

  constructor(context: ImagesContext, loaded: LoadedArchive, lease: Lease, emit: Emit, signal: AbortSignal) {
    this.#context = context;
    this.#loaded = loaded;
    this.#lease = lease;
    this.#emit = emit;
    this.#signal = signal;
  }

  /** @returns what to tell the user */
  async load(image: ArchivedImage): Promise<readonly string[]> {
    const bytes = await this.#loaded.document(image.config, maximumConfigSize, 'image config');
    const config = parseImageConfig(bytes);
    const layers = layerBlobs(this.#context, await this.#knownLayers(image, config));
    const id = image.config.digest;
    this.#lease.hold(id, ...layers.flatMap((layer) => [layer.digest, layer.chainId]));
    const here = this.#context.store.catalog.visible(id);
    if (here === undefined) {
      for (const [index, layer] of layers.entries()) await this.#commit(layer, image.layers[index]?.file);
    } else {
      // Should it be removed meanwhile, what we hold is enough to bring it back.
      this.#lease.hold(...partsOf(here));
    }
    const { manifest, ociManifest } = here ?? (await this.#documents(image, bytes, layers));
    this.#signal.throwIfAborted();
    const moved = await this.#movedNames(id, image.names);
    await registerImage(this.#context, {
      id,
      config,
      manifest,
      ...(ociManifest === undefined ? {} : { ociManifest }),
      layers: here?.layers ?? layers,
      references: image.names,
    });
    this.#context.publish('load', id, id, config.config?.Labels ?? null);
    const loaded = image.names.map((name) => `Loaded image: ${familiarReference(name)}\n`);
    return [...moved, ...(loaded.length === 0 ? [`Loaded image ID: ${id}\n`] : loaded)];
  }

  async #knownLayers(image: ArchivedImage, config: OciImageConfig): Promise<readonly KnownLayer[]> {
    const diffIds = config.rootfs.diff_ids;
    if (diffIds.length !== image.layers.length) {
      throw invalid(`invalid manifest, layers length mismatch: expected ${diffIds.length}, got ${image.layers.length}`);
    }
    return Promise.all(
      image.layers.map(async ({ file, mediaType }, index) => {
        const diffId = (diffIds[index] ?? '') as DiffId;
        if (file.kind === 'new') {
          const got = file.arrival.unpacked?.diffId;
          if (got === undefined) throw invalid(`invalid archive: layer ${index} is no tar`);
          if (got !== diffId) throw invalid(`invalid diffID for layer ${index}: expected "${diffId}", got "${got}"`);
        }
        const compression =
          file.kind === 'new'
            ? file.arrival.compression
            : await compressionOfFile(this.#context.store.blobs.stream(file.digest));
        const ownType = { none: mediaTypes.ociLayer, gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd };
        const type = mediaType === undefined || mediaType === '' ? ownType[compression] : mediaType;
        return { diffId, digest: file.digest, mediaType: type, size: file.size };
      }),
    );
  }

  async #commit(layer: LayerBlob, file: ArchiveFile | undefined): Promise<void> {
    const { store, kernel } = this.#context;
    const isNew = store.layers.get(layer.chainId) === undefined;
    await this.#context.exclusive(layer.digest, async () => {
      if (file?.kind === 'new') {
        if (isNew && (await file.arrival.claimLayer(layer.chainId))) {
          await file.arrival.commitBlob();
          return;
        }
        await file.arrival.commitBlob();
      }
      if (store.layers.get(layer.chainId) !== undefined) return;
      // The same files once more, on top of other layers.
      await using again = await ingestLayer(store, kernel, store.blobs.stream(layer.digest), {
        mode: 'unpack',
        expected: { diffId: layer.diffId },
        signal: this.#signal,
      });
      await again.commitLayer(layer.chainId);
    });
    if (isNew) this.#emit(layerProgress(shortId(layer.diffId), 'Loading layer', layer.size, layer.size));
  }

  async #documents(
    image: ArchivedImage,
    configBytes: Uint8Array,
    layers: readonly LayerBlob[],
  ): Promise<Pick<ImageRecord, 'manifest' | 'ociManifest'>> {
    const { blobs } = this.#context.store;
    if (image.manifest === undefined) return storeDocuments(this.#context, configBytes, layers, this.#lease);
    await blobs.putAs(configBytes, image.config.digest);
    return storeManifest(this.#context, image.manifest, layers, this.#lease);
  }

  /** Names that other images lose, in docker's words. */
  async #movedNames(id: ImageId, names: readonly Reference[]): Promise<readonly string[]> {
    const { references } = this.#context.store.catalog.state;
    return names.flatMap((name) => {
      const old = references.get(storedReference(name));
      if (old === undefined || old === id || !isDigest(old)) return [];
      return [
        `The image ${familiarReference(name)} already exists, renaming the old one with ID ${old} to empty string\n`,
      ];
    });
  }
}
