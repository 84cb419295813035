// What a build asks of the store: bases, layers of its own, and the image at its end. One lease holds all that it has touched until
// the build is over; what no image came to need by then goes away again.

import type { Bytes, Compression } from '../host/host.ts';
import type { AuthConfig } from '../spec/api/images.ts';
import { type DiffId, type Digest, isDigest } from '../spec/digest.ts';
import type { BuildSession } from '../spec/engine/builds.ts';
import type { ProgressMessage } from '../spec/engine/images.ts';
import { EngineError, isKind } from '../spec/errors.ts';
import { type Descriptor, mediaTypes } from '../spec/manifest.ts';
import type { OciImageConfig } from '../spec/oci.ts';
import { parsePlatform, platformDistance } from '../spec/platform.ts';
import { type Reference, familiarReference, parseReference, withDefaultTag, withDigest } from '../spec/reference.ts';
import { admitStored } from './admit.ts';
import { Bundle } from './bundle.ts';
import { type CacheContent, registryContent } from './cache-content.ts';
import { emptyDiffId, labelsOf } from './config.ts';
import { invalid, noSuchImage } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { LayerPacker } from './pack-layer.ts';
import { pullImage } from './pull.ts';
import { LayerPull } from './pull-layer.ts';
import { type KnownLayer, layerBlobs, registerImage, storeDocuments } from './register.ts';
import { resolveImage, storedReference } from './resolve.ts';
import { type ImageRecord, type LayerBlob, type ManifestRecord, partsOf } from './store/catalog.ts';
import { ingestLayer } from './store/ingest.ts';
import type { Lease } from './store/store.ts';
import { targetReference } from './tag.ts';

/** A layer as a build knows it; `KnownLayer` in plain strings, since it may come from a file. */
export interface BuildLayer {
  readonly diffId: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
}

export interface BuildBase {
  readonly reference: string;
  readonly id: string;
  readonly config: OciImageConfig;
  readonly layers: readonly BuildLayer[];
}

export interface BuildOptions {
  /** Credentials by the address of a registry, as `X-Registry-Config` has them. */
  readonly auth: Readonly<Record<string, AuthConfig>>;
  /** Asked for those of other registries. */
  readonly session?: Pick<BuildSession, 'credentials'>;
}

export interface BundleOptions {
  readonly compression: Compression;
  /** `os/architecture[/variant]`; undefined for what is no image. */
  readonly platform: string | undefined;
  /** Ends the packing. */
  readonly signal: AbortSignal | undefined;
}

/** An image or a cache that can be sent. */
export interface OutgoingBundle extends Pick<Bundle, 'id' | 'manifest' | 'archive'> {
  push(name: string, signal: AbortSignal): Promise<void>;
}

/** The builder's `BuildImages`. Disposing lets go of what is held. */
export class BuildStore implements AsyncDisposable {
  readonly #context: ImagesContext;
  readonly #options: BuildOptions;
  readonly #lease: Lease;
  readonly #packer: LayerPacker;

  constructor(context: ImagesContext, options: BuildOptions) {
    this.#context = context;
    this.#options = options;
    this.#lease = context.store.lease();
    this.#packer = new LayerPacker(context.store);
  }

  /** @returns undefined when it is not here, or only for another platform @throws EngineError forbidden for what a policy refuses */
  async find(text: string, platform: string | undefined): Promise<BuildBase | undefined> {
    const image = this.#resolve(text);
    if (image === undefined || !this.#serves(image, platform)) return undefined;
    // Before any wait, so that it cannot go meanwhile.
    this.#lease.hold(...partsOf(image));
    await admitStored(this.#context, image, text);
    return {
      reference: referenceOf(text),
      id: image.id,
      config: await this.#context.config(image),
      layers: image.layers.map(({ diffId, digest, mediaType, size }) => ({ diffId, digest, mediaType, size })),
    };
  }

  #resolve(text: string): ImageRecord | undefined {
    try {
      return resolveImage(this.#context.store.catalog, text);
    } catch (error) {
      if (isKind(error, 'notFound')) return undefined;
      throw error;
    }
  }

  #serves(image: ImageRecord, platform: string | undefined): boolean {
    if (platform === undefined || platform === '') return true;
    return platformDistance(parsePlatform(platform, this.#context.deps.platform), image.platform) !== undefined;
  }

  /** @throws EngineError in the registry's words; notFound when it went away before it could be held */
  async pull(
    text: string,
    platform: string | undefined,
    report: (message: ProgressMessage) => void,
    signal: AbortSignal,
  ): Promise<BuildBase> {
    const reference = parseReference(text);
    const auth = await this.#credentials(reference);
    const messages = await pullImage(this.#context, {
      // Without a tag it would be all of them.
      image: storedReference(reference),
      tag: '',
      signal,
      ...(platform === undefined ? {} : { platform }),
      ...(auth === undefined ? {} : { auth }),
    });
    for await (const message of messages) report(message);
    // An image with one platform only is taken whatever was asked for, as docker does.
    const found = await this.find(text, undefined);
    if (found === undefined) throw noSuchImage(reference);
    return found;
  }

  /**
   * Unpacks an uncompressed layer tar on top of others.
   * @returns undefined when nothing is in it
   * @throws EngineError invalidParameter for a damaged archive, system when the disk or the depth is exhausted
   */
  async addLayer(
    below: readonly BuildLayer[],
    tar: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<BuildLayer | undefined> {
    const { store, kernel } = this.#context;
    this.#context.checkDepth(below.length + 1);
    await using arrival = await ingestLayer(store, kernel, tar, signal === undefined ? {} : { signal });
    const diffId = arrival.unpacked?.diffId ?? emptyDiffId;
    if (diffId === emptyDiffId) return undefined;
    const own = { diffId, digest: arrival.digest, mediaType: mediaTypes.ociLayer, size: arrival.blobSize };
    const top = this.#stack([...below, own]).at(-1);
    if (top === undefined) return undefined;
    this.#lease.hold(top.digest, top.chainId);
    await arrival.commitBlob();
    await arrival.commitLayer(top.chainId);
    return own;
  }

  /** Whether a whole stack is in the store; if so it stays there. */
  async hold(layers: readonly BuildLayer[]): Promise<boolean> {
    const { store } = this.#context;
    const stack = this.#stack(layers);
    this.#lease.hold(...stack.flatMap((layer) => [layer.digest, layer.chainId]));
    return stack.every(({ digest, chainId }) => store.blobs.has(digest) && store.layers.get(chainId) !== undefined);
  }

  /** Bytes of the files of a stack's top layer; 0 for no layers. */
  layerSize(layers: readonly BuildLayer[]): number {
    const top = this.#stack(layers).at(-1);
    return top === undefined ? 0 : (this.#context.store.layers.get(top.chainId)?.size ?? 0);
  }

  /** Where the layers of a stack are unpacked, top first: what a root is mounted of. The last is the engine's own, as in `layers`. */
  async directories(layers: readonly BuildLayer[]): Promise<readonly string[]> {
    const { layers: store } = this.#context.store;
    const own = await store.init();
    return [
      ...this.#stack(layers)
        .map((layer) => store.diffPath(layer.chainId))
        .reverse(),
      own,
    ];
  }

  /**
   * Brings a layer from a cache into the store, on top of others, unless it is there.
   * @param blob gives the bytes that a descriptor names; size, digest and diff id are checked
   * @throws EngineError invalidParameter for what is not what it was said to be, or what `blob` throws
   */
  async takeLayer(
    below: readonly BuildLayer[],
    layer: BuildLayer,
    blob: (descriptor: Descriptor) => Bytes,
    signal: AbortSignal,
  ): Promise<void> {
    this.#context.checkDepth(below.length + 1);
    const top = this.#stack([...below, layer]).slice(-1);
    this.#lease.hold(...top.flatMap(({ digest, chainId }) => [digest, chainId]));
    const pull = new LayerPull(this.#context, { blob }, () => undefined, signal);
    await pull.all(top, 1);
  }

  /** A cache or an image at its registry, read when it is asked for. @throws EngineError invalidParameter for what is no name */
  cacheContent(text: string, signal: AbortSignal): CacheContent {
    const reference = withDefaultTag(parseReference(text));
    return registryContent(this.#context, reference, () => this.#credentials(reference), signal);
  }

  /** Ready to leave the engine: documents are in memory, layers, which need not be one stack, packed. @throws EngineError dataLoss for a layer that is gone */
  async bundle(
    config: { readonly bytes: Uint8Array; readonly mediaType: string },
    layers: readonly BuildLayer[],
    { compression, platform, signal }: BundleOptions,
  ): Promise<OutgoingBundle> {
    const { blobs } = this.#context.store;
    const known = layers.map(knownLayer);
    this.#lease.hold(...known.map(({ digest }) => digest));
    const missing = known.find(({ digest }) => !blobs.has(digest));
    if (missing !== undefined) {
      throw new EngineError('dataLoss', `blob ${missing.digest} is missing from the store`);
    }
    const packed = await Promise.all(known.map((layer) => this.#packer.pack(layer, compression, signal)));
    const where = platform === undefined ? undefined : parsePlatform(platform, this.#context.deps.platform);
    const bundle = new Bundle(this.#context, { config, layers: packed, platform: where });
    return {
      id: bundle.id,
      manifest: bundle.manifest,
      push: async (name, signal) => bundle.push(name, await this.#credentials(parseReference(name)), signal),
      archive: (formats, names) => bundle.archive(formats, names),
    };
  }

  /**
   * Makes the image, or its names when it is here already.
   * @param pushed digest of the manifest that the registries of the tags have
   * @returns its id and its manifest; @throws EngineError invalidParameter for a bad name, before anything is written
   */
  async register(
    config: OciImageConfig,
    layers: readonly BuildLayer[],
    tags: readonly string[],
    pushed?: Digest,
  ): Promise<{ readonly id: string; readonly manifest: ManifestRecord }> {
    const references = tags.map((tag) => targetReference(tag, ''));
    const stack = this.#stack(layers);
    if (stack.map(({ diffId }) => diffId).join() !== config.rootfs.diff_ids.join()) {
      throw new EngineError('system', "the image's configuration does not name the layers that it has");
    }
    if (!(await this.hold(layers))) throw new EngineError('dataLoss', 'a layer of the image is missing from the store');
    const bytes = new TextEncoder().encode(JSON.stringify(config));
    const { id, manifest } = await storeDocuments(this.#context, bytes, stack, this.#lease);
    const byDigest = pushed === undefined ? [] : references.map((reference) => withDigest(reference, pushed));
    await registerImage(this.#context, {
      id,
      config,
      manifest,
      layers: stack,
      origin: { kind: 'made' },
      references: [...references, ...byDigest],
    });
    for (const reference of references) {
      this.#context.publish('tag', id, familiarReference(reference), labelsOf(config));
    }
    return { id, manifest };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#packer[Symbol.asyncDispose]();
    this.#lease[Symbol.dispose]();
    await this.#context.store.sweep().erased;
  }

  async #credentials(reference: Reference): Promise<AuthConfig | undefined> {
    const { auth, session } = this.#options;
    return credentialsFor(reference, auth) ?? (await session?.credentials(reference.domain));
  }

  #stack(layers: readonly BuildLayer[]): readonly LayerBlob[] {
    return layerBlobs(this.#context, layers.map(knownLayer));
  }
}

/** Normalised, as the image's own name; an id stays one. */
function referenceOf(text: string): string {
  if (isDigest(text)) return text;
  return storedReference(parseReference(text));
}

/** @throws EngineError invalidParameter for what a damaged record may hold */
function knownLayer({ diffId, digest, mediaType, size }: BuildLayer): KnownLayer {
  if (!isDigest(diffId) || !isDigest(digest)) throw invalid(`a layer has no digest: ${diffId}, ${digest}`);
  return { diffId: diffId as string as DiffId, digest, mediaType, size };
}

/** Clients write the address of a registry in several ways, and Docker Hub's in more. */
function credentialsFor(reference: Reference, auth: Readonly<Record<string, AuthConfig>>): AuthConfig | undefined {
  const wanted = reference.domain === 'docker.io' ? ['docker.io', 'index.docker.io'] : [reference.domain];
  for (const [address, credentials] of Object.entries(auth)) {
    if (wanted.includes(address.replace(/^https?:\/\//, '').replace(/\/.*$/, ''))) return credentials;
  }
  return undefined;
}
