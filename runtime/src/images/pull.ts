// `POST /images/create?fromImage=`: manifest and config first, then the layers, three at a time, each downloaded, verified
// and unpacked in one pass; the image appears when all of it is there.

import { type Repository, type RemoteManifest } from '../registry/registry.ts';
import { type DiffId, type Digest, hexOf, isDigest } from '../spec/digest.ts';
import type { ProgressMessage, PullRequest } from '../spec/engine/images.ts';
import {
  type Descriptor,
  type Manifest,
  isLayerMediaType,
  maximumConfigSize,
  maximumLayers,
} from '../spec/manifest.ts';
import type { OciImageConfig } from '../spec/oci.ts';
import { type Platform, formatPlatform, isWasmPlatform } from '../spec/platform.ts';
import {
  type Reference,
  familiarName,
  familiarReference,
  parseReference,
  withDigest,
  withTag,
} from '../spec/reference.ts';
import { shortId } from '../spec/ids.ts';
import { aboutRegistry, toldOfRegistry } from './about-registry.ts';
import { type Admitted, admitRemote, keepSignatures } from './admit.ts';
import { choose, type Chosen, wantedPlatforms } from './choose.ts';
import { isWasmImage, labelsOf, parseImageConfig, platformOf } from './config.ts';
import { invalid } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { LayerPull } from './pull-layer.ts';
import { type Emit, layerStatus, progressStream } from './progress.ts';
import { readConfig } from './read-config.ts';
import { type KnownLayer, layerBlobs, registerImage, storeManifest } from './register.ts';
import { storedReference } from './resolve.ts';
import { pullShipped, shippedArchive } from './shipped.ts';
import { type ImageRecord, partsOf } from './store/catalog.ts';
import type { Lease } from './store/store.ts';
import { moduleOf, storeModule } from './wasm-module.ts';

const parallelDownloads = 3;

/** @throws EngineError before the first message when the registry has nothing for us */
export async function pullImage(context: ImagesContext, request: PullRequest): Promise<AsyncIterable<ProgressMessage>> {
  const reference = pullReference(request.image, request.tag);
  const archive = shippedArchive(context, reference);
  if (archive !== undefined) return pullShipped(context, reference, archive, request.signal);
  const wanted = wantedPlatforms(context, request.platform);
  const { domain } = reference;
  return toldOfRegistry(domain, await aboutRegistry(domain, () => beginPull(context, request, reference, wanted)));
}

async function beginPull(
  context: ImagesContext,
  request: PullRequest,
  reference: Reference,
  wanted: readonly Platform[],
): Promise<AsyncIterable<ProgressMessage>> {
  const repository = context.deps.registry.repository(reference, request.auth, request.signal);
  if (reference.tag === undefined && reference.digest === undefined) {
    const tags = await repository.tags();
    return progressStream(async (emit, signal) => {
      for (const tag of tags) {
        const tagged = withTag(reference, tag);
        const remote = await repository.manifest(tag);
        await new Pull(context, repository, tagged, wanted, emit, signal).run(remote);
      }
    }, request.signal);
  }
  const remote = await repository.manifest(reference.digest ?? reference.tag ?? '');
  const chosen = await choose(repository, remote, wanted, reference);
  const admitted = await admitRemote(context, repository, reference, { remote, chosen });
  return progressStream(
    (emit, signal) => new Pull(context, repository, reference, wanted, emit, signal).run(remote, { chosen, admitted }),
    request.signal,
  );
}

/** `tag` may be a digest; it wins over what the name carries, except over a digest. Nothing at all means all tags. */
export function pullReference(image: string, tag: string): Reference {
  const reference = parseReference(image);
  if (reference.digest !== undefined) return withDigest(reference, reference.digest);
  if (tag === '') return reference;
  if (isDigest(tag)) return withDigest(reference, tag);
  return withTag(reference, tag);
}

class Pull {
  readonly #context: ImagesContext;
  readonly #repository: Repository;
  readonly #reference: Reference;
  readonly #wanted: readonly Platform[];
  readonly #emit: Emit;
  readonly #signal: AbortSignal;

  constructor(
    context: ImagesContext,
    repository: Repository,
    reference: Reference,
    wanted: readonly Platform[],
    emit: Emit,
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#repository = repository;
    this.#reference = reference;
    this.#wanted = wanted;
    this.#emit = emit;
    this.#signal = signal;
  }

  /** @param known what was chosen and admitted before */
  async run(remote: RemoteManifest, known?: { readonly chosen: Chosen; readonly admitted: Admitted }): Promise<void> {
    const reference = this.#reference;
    this.#emit({ status: `Pulling from ${reference.path}`, id: reference.digest ?? reference.tag ?? '' });
    const chosen = known?.chosen ?? (await choose(this.#repository, remote, this.#wanted, reference));
    const admitted =
      known?.admitted ?? (await admitRemote(this.#context, this.#repository, reference, { remote, chosen }));
    const module = moduleOf(chosen.manifest);
    const isNew = await (module === undefined
      ? this.#fetch(remote.digest, chosen, admitted)
      : this.#fetchModule(remote.digest, { ...chosen, module }, admitted));
    const name = familiarReference(reference);
    this.#emit({ status: `Digest: ${remote.digest}` });
    this.#emit({
      status: isNew ? `Status: Downloaded newer image for ${name}` : `Status: Image is up to date for ${name}`,
    });
  }

  /** @returns whether the name points at something new */
  async #fetch(digest: Digest, chosen: Chosen, admitted: Admitted): Promise<boolean> {
    const { store } = this.#context;
    const id = chosen.manifest.config.digest;
    const before = store.catalog.state.references.get(storedReference(this.#reference));
    using lease = store.lease();
    using _ = this.#context.deps.limitBuffers?.();
    lease.hold(id, ...chosen.manifest.layers.map((layer) => layer.digest));
    try {
      await using noted = new AsyncDisposableStack();
      const config = await this.#config(chosen.manifest);
      let layers = layerBlobs(this.#context, this.#knownLayers(chosen.manifest, config));
      lease.hold(...layers.map((layer) => layer.chainId));
      const here = store.catalog.visible(id);
      let documents: Pick<ImageRecord, 'manifest' | 'ociManifest'>;
      if (here !== undefined) {
        // Should it be removed meanwhile, what we hold is enough to bring it back.
        lease.hold(...partsOf(here));
        ({ layers } = here);
        documents = here;
      } else {
        const parts = [id, ...layers.flatMap((layer) => [layer.digest, layer.chainId])];
        noted.use(await store.interrupted.begin(id, parts));
        const layerPull = new LayerPull(this.#context, this.#repository, this.#emit, this.#signal);
        await layerPull.all(layers, parallelDownloads);
        const came = { bytes: chosen.bytes, digest: chosen.digest, content: chosen.manifest };
        documents = await storeManifest(this.#context, came, layers, lease);
      }
      this.#signal.throwIfAborted();
      const byDigest = withDigest(this.#reference, digest);
      await registerImage(this.#context, {
        id,
        config,
        manifest: documents.manifest,
        ...(documents.ociManifest === undefined ? {} : { ociManifest: documents.ociManifest }),
        layers,
        annotations: chosen.manifest.annotations,
        origin: await keepSignatures(this.#context, admitted, lease),
        references: this.#reference.digest === undefined ? [this.#reference, byDigest] : [byDigest],
      });
      const name = familiarReference(this.#reference);
      this.#context.publish('pull', name, familiarName(this.#reference), labelsOf(config));
      return before !== id;
    } finally {
      lease[Symbol.dispose]();
      await store.sweep().erased;
    }
  }

  /** As `#fetch`, for an image that is a module: what it is called by is known, what it becomes is not before it is here. */
  async #fetchModule(
    digest: Digest,
    chosen: Chosen & { readonly module: Descriptor },
    admitted: Admitted,
  ): Promise<boolean> {
    const { store } = this.#context;
    const { references } = store.catalog.state;
    const before = references.get(storedReference(this.#reference));
    const byDigest = withDigest(this.#reference, digest);
    using lease = store.lease();
    using _ = this.#context.deps.limitBuffers?.();
    try {
      const here = store.catalog.allVisible().find(({ madeOf }) => madeOf === chosen.digest);
      if (here !== undefined) lease.hold(...partsOf(here));
      const image =
        here === undefined
          ? { ...(await this.#module(chosen, chosen.module, lease)), madeOf: chosen.digest }
          : { ...here, config: await this.#context.config(here) };
      this.#signal.throwIfAborted();
      const names = this.#reference.digest === undefined ? [this.#reference, byDigest] : [byDigest];
      const origin = await keepSignatures(this.#context, admitted, lease);
      await registerImage(this.#context, { ...image, origin, references: names });
      const name = familiarReference(this.#reference);
      this.#context.publish('pull', name, familiarName(this.#reference), labelsOf(image.config));
      return before !== image.id;
    } finally {
      lease[Symbol.dispose]();
      await store.sweep().erased;
    }
  }

  async #module(chosen: Chosen, module: Descriptor, lease: Lease): ReturnType<typeof storeModule> {
    const { config } = chosen.manifest;
    if (config.size > maximumConfigSize) throw invalid('image config is larger than 8 MiB');
    const came = { manifest: chosen.manifest, config: await this.#readConfig(config), module };
    const id = shortId(hexOf(module.digest));
    this.#emit(layerStatus(id, 'Pulling fs layer'));
    const content = this.#repository.blob(module, { signal: this.#signal });
    const stored = await storeModule(this.#context, came, content, { lease, signal: this.#signal });
    this.#emit(layerStatus(id, 'Pull complete'));
    return stored;
  }

  async #config(manifest: Manifest): Promise<OciImageConfig> {
    const { store } = this.#context;
    const descriptor = manifest.config;
    if (
      !/^application\/vnd\.(?:oci\.image\.config|docker\.container\.image)\.v1\+json$|^$/.test(descriptor.mediaType)
    ) {
      throw invalid(`unsupported media type ${descriptor.mediaType}: this is no container image`);
    }
    if (descriptor.size > maximumConfigSize) throw invalid('image config is larger than 8 MiB');
    const image = store.catalog.visible(descriptor.digest);
    if (image !== undefined) return this.#context.config(image);
    const bytes = await this.#readConfig(descriptor);
    const config = parseImageConfig(bytes);
    this.#checkUse(config, manifest);
    await store.blobs.putAs(bytes, descriptor.digest);
    return config;
  }

  /** @throws EngineError invalidParameter for an image that nothing can be done with here */
  #checkUse(config: OciImageConfig, manifest: Manifest): void {
    const { platform, otherPlatforms = [] } = this.#context.deps;
    const own = platformOf(config);
    const isOurs = [platform, ...otherPlatforms, ...this.#wanted].some(
      ({ os }) => os === own.os || (isWasmPlatform(own) && os === 'wasi'),
    );
    // An engine without Linux runs images of Linux that hold a module.
    const holdsModule = own.os === 'linux' && isWasmImage(config, manifest.annotations);
    if (isOurs || holdsModule) return;
    const message = `image operating system ${JSON.stringify(own.os)} cannot be used on this platform`;
    if (!isWasmPlatform(platform)) throw invalid(message);
    throw invalid(`${message}: this engine runs ${formatPlatform(platform)}, and the image has ${formatPlatform(own)}`);
  }

  #readConfig(descriptor: Descriptor): Promise<Uint8Array> {
    return readConfig(this.#context.deps.host.codec, this.#repository, descriptor, this.#signal);
  }

  #knownLayers(manifest: Manifest, config: OciImageConfig): readonly KnownLayer[] {
    const diffIds = config.rootfs.diff_ids;
    if (manifest.layers.length > maximumLayers) throw invalid('max depth exceeded');
    if (diffIds.length !== manifest.layers.length)
      throw invalid("layers from manifest don't match image configuration");
    return manifest.layers.map((layer, index) => {
      if (!isLayerMediaType(layer.mediaType)) throw invalid(`unsupported media type ${layer.mediaType}`);
      const diffId = (diffIds[index] ?? '') as DiffId;
      return { diffId, digest: layer.digest, mediaType: layer.mediaType, size: layer.size };
    });
  }
}
