// The last step of pull, load, import and commit: blobs and layers are in the store, now the image comes to be.

import { type ChainId, type DiffId, type Digest, type ImageId, chainIds, sha256Digest } from '../spec/digest.ts';
import { mediaTypes } from '../spec/manifest.ts';
import type { OciImageConfig } from '../spec/oci.ts';
import type { Reference } from '../spec/reference.ts';
import { labelsOf, platformOf } from './config.ts';
import type { ImagesContext } from './images-context.ts';
import { storedReference } from './resolve.ts';
import type { ImageRecord, LayerBlob } from './store/catalog.ts';
import type { Lease } from './store/store.ts';

export interface NewImage {
  readonly id: ImageId;
  readonly config: OciImageConfig;
  readonly manifest: ImageRecord['manifest'];
  readonly layers: readonly LayerBlob[];
  readonly parent?: ImageId;
  /** Tags and digests to point at it. */
  readonly references: readonly Reference[];
}

/**
 * Adds the image, or its new names when it is there already.
 * @returns the tags that pointed at another image before
 */
export async function registerImage(context: ImagesContext, image: NewImage): Promise<readonly string[]> {
  const moved: string[] = [];
  const { config, references, ...record } = image;
  await context.store.catalog.update((draft) => {
    const before = draft.images.get(image.id);
    const keep = before?.removed === undefined ? before : undefined;
    const parent = image.parent ?? keep?.parent;
    draft.images.set(image.id, {
      ...(keep ?? { ...record, platform: platformOf(config), labels: labelsOf(config) }),
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
  return moved;
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
): Promise<{ readonly id: ImageId; readonly manifest: ImageRecord['manifest'] }> {
  const { store } = context;
  const id = sha256Digest(store.sha256(configBytes));
  const manifest = new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: id, size: configBytes.length },
      layers: layers.map(({ mediaType, digest, size }) => ({ mediaType: ociLayerType(mediaType), digest, size })),
    }),
  );
  const digest = sha256Digest(store.sha256(manifest));
  lease.hold(id, digest);
  await store.blobs.putAs(configBytes, id);
  await store.blobs.putAs(manifest, digest);
  return { id, manifest: { digest, mediaType: mediaTypes.ociManifest, size: manifest.length } };
}

/** An OCI manifest names its layers in OCI's words, also those that came with a Docker manifest. */
function ociLayerType(mediaType: string): string {
  if (mediaType === mediaTypes.dockerLayerGzip) return mediaTypes.ociLayerGzip;
  if (mediaType === mediaTypes.dockerLayer) return mediaTypes.ociLayer;
  return mediaType;
}
