// The last step of pull, load, import and commit: blobs and layers are in the store, now the image comes to be.

import { type ChainId, type DiffId, type Digest, type ImageId, chainIds, sha256Digest } from '../spec/digest.ts';
import type { ImageOrigin } from '../spec/engine/trust.ts';
import { type Descriptor, type Manifest, mediaTypes } from '../spec/manifest.ts';
import type { OciImageConfig } from '../spec/oci.ts';
import type { Reference } from '../spec/reference.ts';
import { isWasmImage, labelsOf, platformOf } from './config.ts';
import type { ImagesContext } from './images-context.ts';
import { storedReference } from './resolve.ts';
import type { ImageRecord, LayerBlob, ManifestRecord } from './store/catalog.ts';
import type { Lease } from './store/store.ts';

export interface NewImage {
  readonly id: ImageId;
  readonly config: OciImageConfig;
  readonly manifest: ManifestRecord;
  readonly ociManifest?: ManifestRecord;
  readonly layers: readonly LayerBlob[];
  readonly madeOf?: Digest;
  readonly parent?: ImageId;
  readonly origin: ImageOrigin;
  /** Of the manifest that it came with. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Tags and digests to point at it. */
  readonly references: readonly Reference[];
}

/**
 * Adds the image, or its new names when it is there already.
 * @returns the tags that pointed at another image before
 */
export async function registerImage(context: ImagesContext, image: NewImage): Promise<readonly string[]> {
  const moved: string[] = [];
  const { config, references, annotations, origin, ...record } = image;
  const { catalog, durability } = context.store;
  await catalog.update((draft) => {
    const before = draft.images.get(image.id);
    const keep = before?.removed === undefined ? before : undefined;
    const parent = image.parent ?? keep?.parent;
    draft.images.set(image.id, {
      ...(keep ?? { ...record, platform: platformOf(config), labels: labelsOf(config) }),
      ...(isWasmImage(config, annotations) ? { isWasm: true } : {}),
      ...unsyncedMark(before, durability.mark),
      origins: withOrigin(keep?.origins ?? [], origin),
      ...(config.created === undefined ? {} : { created: config.created }),
      ...(parent === undefined ? {} : { parent }),
      ...(references.length === 0 ? {} : { lastTagMs: context.deps.host.clock.now() }),
    });
    for (const reference of references) {
      const key = storedReference(reference);
      const old = draft.references.get(key);
      if (old !== undefined && old !== image.id) moved.push(key);
      draft.references.set(key, image.id);
    }
  });
  if (catalog.state.images.get(image.id)?.unsynced !== undefined) durability.add(image.id);
  return moved;
}

/** Of those that are remembered; the oldest go. */
const maximumOrigins = 16;

/** The newest last; one reference is one origin, with what was found under it last. */
function withOrigin(origins: readonly ImageOrigin[], origin: ImageOrigin): readonly ImageOrigin[] {
  const keyOf = (each: ImageOrigin): string => (each.kind === 'registry' ? each.reference : each.kind);
  return [...origins.filter((each) => keyOf(each) !== keyOf(origin)), origin].slice(-maximumOrigins);
}

/** An image that was here already stands on what the disk has, or on what is on its way there. */
function unsyncedMark(before: ImageRecord | undefined, mark: string): Pick<ImageRecord, 'unsynced'> {
  if (before === undefined) return { unsynced: mark };
  return before.unsynced === undefined ? {} : { unsynced: before.unsynced };
}

export interface KnownLayer {
  readonly diffId: DiffId;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

/** Puts the chain ids to a stack of layers, bottom first. */
export function layerBlobs(context: ImagesContext, layers: readonly KnownLayer[]): readonly LayerBlob[] {
  const chain = chainIds(
    layers.map((layer) => layer.diffId),
    (text) => context.store.sha256(text),
  );
  return layers.map((layer, index) => ({ ...layer, chainId: chain[index] ?? ('' as ChainId) }));
}

/** Writes config and manifest of an image that was made here; the lease holds them first. */
export async function storeDocuments(
  context: ImagesContext,
  configBytes: Uint8Array,
  layers: readonly LayerBlob[],
  lease: Lease,
): Promise<{ readonly id: ImageId; readonly manifest: ManifestRecord }> {
  const id = sha256Digest(context.store.sha256(configBytes));
  lease.hold(id);
  await context.store.blobs.putAs(configBytes, id);
  return { id, manifest: await storeOciManifest(context, { digest: id, size: configBytes.length }, layers, lease) };
}

/** Stores the manifest that came with an image, and one in OCI's words beside it when it is Docker's. */
export async function storeManifest(
  context: ImagesContext,
  came: { readonly bytes: Uint8Array; readonly digest: Digest; readonly content: Manifest },
  layers: readonly LayerBlob[],
  lease: Lease,
): Promise<{ readonly manifest: ManifestRecord; readonly ociManifest?: ManifestRecord }> {
  const { bytes, digest, content } = came;
  lease.hold(digest);
  await context.store.blobs.putAs(bytes, digest);
  const manifest = { digest, mediaType: content.mediaType, size: bytes.length };
  if (content.mediaType === mediaTypes.ociManifest) return { manifest };
  return { manifest, ociManifest: await storeOciManifest(context, content.config, layers, lease) };
}

async function storeOciManifest(
  context: ImagesContext,
  config: { readonly digest: Digest; readonly size: number },
  layers: readonly LayerBlob[],
  lease: Lease,
): Promise<ManifestRecord> {
  const { store } = context;
  const { digest: id, size } = config;
  const bytes = ociManifest({ mediaType: mediaTypes.ociConfig, digest: id, size }, layers);
  const digest = sha256Digest(store.sha256(bytes));
  lease.hold(digest);
  await store.blobs.putAs(bytes, digest);
  return { digest, mediaType: mediaTypes.ociManifest, size: bytes.length };
}

type Named = Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;

/** The bytes of a manifest (OCI image-spec, manifest.md), without spaces, its keys in a fixed order. */
export function ociManifest({ mediaType, digest, size }: Named, layers: readonly Named[]): Uint8Array {
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType, digest, size },
    layers: layers.map((layer) => ({
      mediaType: ociLayerType(layer.mediaType),
      digest: layer.digest,
      size: layer.size,
    })),
  };
  return new TextEncoder().encode(JSON.stringify(document));
}

/** An OCI manifest names its layers in OCI's words, also those that came with a Docker manifest. */
export function ociLayerType(mediaType: string): string {
  if (mediaType === mediaTypes.dockerLayerGzip) return mediaTypes.ociLayerGzip;
  if (mediaType === mediaTypes.dockerLayer) return mediaTypes.ociLayer;
  return mediaType;
}
