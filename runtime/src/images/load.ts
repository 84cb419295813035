// `POST /images/load`: a tar that is an OCI layout, a docker-archive, or both, plain or compressed. With both, the OCI
// documents say what the image is (so that digests are kept) and docker's say what it is called.

import type { Bytes } from '../host/host.ts';
import { type DiffId, type ImageId, isDigest } from '../spec/digest.ts';
import type { ProgressMessage } from '../spec/engine/images.ts';
import type { ImageOrigin } from '../spec/engine/trust.ts';
import { shortId } from '../spec/ids.ts';
import { maximumConfigSize, mediaTypes } from '../spec/manifest.ts';
import type { OciImageConfig } from '../spec/oci.ts';
import { parsePlatform } from '../spec/platform.ts';
import { type Reference, familiarReference } from '../spec/reference.ts';
import { type ArchivedImage, archivedImages } from './archive-contents.ts';
import { decompressed } from '../host/decompress.ts';
import { parseImageConfig } from './config.ts';
import { invalid } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { type ArchiveFile, LoadedArchive } from './load-archive.ts';
import { type Emit, layerProgress, progressStream } from './progress.ts';
import { type KnownLayer, layerBlobs, registerImage, storeDocuments, storeManifest } from './register.ts';
import { storedReference } from './resolve.ts';
import { ingestLayer } from './store/ingest.ts';
import { compressionOfFile } from './store/sniff.ts';
import { type ImageRecord, type LayerBlob, partsOf } from './store/catalog.ts';
import type { Lease } from './store/store.ts';
import { moduleOf, storeModule } from './wasm-module.ts';

export interface LoadOptions {
  readonly quiet: boolean;
  readonly platform?: string;
  readonly signal?: AbortSignal;
  readonly origin: ImageOrigin;
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
    using _ = context.deps.limitBuffers?.();
    try {
      await using loaded = new LoadedArchive(context);
      await loaded.read(await decompressed(context.deps.host.codec, archive), signal);
      const loader = new Loader(context, loaded, lease, options, options.quiet ? () => undefined : emit, signal);
      for (const image of await archivedImages(context, loaded, platform)) {
        for (const line of await loader.load(image)) emit({ stream: line });
      }
    } finally {
      lease[Symbol.dispose]();
      await context.store.sweep().erased;
    }
  }, options.signal);
}

class Loader {
  readonly #context: ImagesContext;
  readonly #loaded: LoadedArchive;
  readonly #lease: Lease;
  readonly #origin: ImageOrigin;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;

  constructor(
    context: ImagesContext,
    loaded: LoadedArchive,
    lease: Lease,
    { origin }: Pick<LoadOptions, 'origin'>,
    emit: Emit,
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#loaded = loaded;
    this.#lease = lease;
    this.#origin = origin;
    this.#emit = emit;
    this.#signal = signal;
  }

  /** @returns what to tell the user */
  async load(image: ArchivedImage): Promise<readonly string[]> {
    const bytes = await this.#loaded.document(image.config, maximumConfigSize, 'image config');
    const { content } = image.manifest ?? {};
    const module = content === undefined ? undefined : moduleOf(content);
    if (content !== undefined && module !== undefined) {
      return await this.#loadModule(image, { manifest: content, config: bytes, module });
    }
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
      annotations: image.manifest?.content.annotations,
      origin: this.#origin,
      references: image.names,
    });
    this.#context.publish('load', id, id, config.config?.Labels ?? null);
    return [...moved, ...loadedLines(id, image.names)];
  }

  /** An image that is a module of WebAssembly becomes one with a root. */
  async #loadModule(image: ArchivedImage, came: Parameters<typeof storeModule>[1]): Promise<readonly string[]> {
    const { store } = this.#context;
    const { digest } = came.module;
    this.#lease.hold(digest);
    const file = this.#loaded.blob(digest);
    if (file.kind === 'new') await file.arrival.commitBlob();
    const how = { lease: this.#lease, signal: this.#signal };
    const stored = await storeModule(this.#context, came, store.blobs.stream(digest), how);
    this.#signal.throwIfAborted();
    const moved = await this.#movedNames(stored.id, image.names);
    await registerImage(this.#context, { ...stored, origin: this.#origin, references: image.names });
    this.#context.publish('load', stored.id, stored.id, stored.config.config?.Labels ?? null);
    return [...moved, ...loadedLines(stored.id, image.names)];
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

function loadedLines(id: ImageId, names: readonly Reference[]): readonly string[] {
  const lines = names.map((name) => `Loaded image: ${familiarReference(name)}\n`);
  return lines.length === 0 ? [`Loaded image ID: ${id}\n`] : lines;
}
