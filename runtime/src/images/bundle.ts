// A manifest with all that it names, on its way out of the engine: an image, or the cache of a build in an image's clothes.

import { sha256Digest } from '../spec/digest.ts';
import { mediaTypes } from '../spec/manifest.ts';
import type { Platform } from '../spec/platform.ts';
import { parseReference, withDefaultTag } from '../spec/reference.ts';
import { writeTar } from '../spec/tar/writer.ts';
import { type ArchiveFormat, archiveMembers, type ImageToArchive, type OutgoingBlob } from './archive.ts';
import type { ImagesContext } from './images-context.ts';
import type { PackedLayer } from './pack-layer.ts';
import { ociManifest } from './register.ts';
import { targetReference } from './tag.ts';
import type { AuthConfig } from '../spec/api/images.ts';

/** Blobs that are sent at the same time. */
const parallelUploads = 3;

export interface BundleParts {
  readonly config: { readonly bytes: Uint8Array; readonly mediaType: string };
  /** Bottom first. */
  readonly layers: readonly PackedLayer[];
  readonly platform: Platform | undefined;
}

export class Bundle {
  readonly #context: ImagesContext;
  readonly #image: Omit<ImageToArchive, 'names'>;
  readonly #manifestBytes: Uint8Array;

  constructor(context: ImagesContext, { config, layers, platform }: BundleParts) {
    this.#context = context;
    const own = this.#document(config.bytes);
    this.#manifestBytes = ociManifest({ ...own, mediaType: config.mediaType }, layers);
    this.#image = {
      config: own,
      layers,
      manifest: { ...this.#document(this.#manifestBytes), mediaType: mediaTypes.ociManifest },
      ...(platform === undefined ? {} : { platform }),
    };
  }

  /** `sha256:…` of its configuration: an image's id. */
  get id(): string {
    return this.#image.config.digest;
  }

  get manifest(): { readonly mediaType: string; readonly digest: OutgoingBlob['digest']; readonly size: number } {
    const { mediaType, digest, size } = this.#image.manifest;
    return { mediaType, digest, size };
  }

  /** @throws EngineError in the registry's words, invalidParameter for what is no name */
  async push(name: string, auth: AuthConfig | undefined, signal: AbortSignal): Promise<void> {
    const reference = targetReference(name, '');
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const target = this.#context.deps.registry.pushTarget(reference, auth, either);
    const { config, layers } = this.#image;
    const queue = [...new Map([config, ...layers].map((blob) => [blob.digest, blob])).values()];
    // The first alone: it finds out where the registry is and what it wants to know of us.
    const first = queue.shift();
    if (first !== undefined) await target.putBlob(first);
    const work = async (): Promise<void> => {
      for (let blob = queue.shift(); blob !== undefined; blob = queue.shift()) {
        either.throwIfAborted();
        await target.putBlob(blob);
      }
    };
    const workers = Array.from({ length: parallelUploads }, () =>
      work().catch((error: unknown) => failed.abort(error)),
    );
    // The first failure is the reason of the others.
    await Promise.all(workers);
    either.throwIfAborted();
    const manifest = { bytes: this.#manifestBytes, mediaType: mediaTypes.ociManifest };
    await target.putManifest(reference.tag ?? '', manifest);
  }

  /** @throws EngineError invalidParameter for what is no name */
  archive(formats: readonly ArchiveFormat[], names: readonly string[]): AsyncIterable<Uint8Array> {
    const image = { ...this.#image, names: names.map((name) => withDefaultTag(parseReference(name))) };
    return writeTar(archiveMembers([image], formats));
  }

  #document(bytes: Uint8Array): OutgoingBlob {
    const digest = sha256Digest(this.#context.store.sha256(bytes));
    return { digest, size: bytes.length, open: () => once(bytes) };
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
