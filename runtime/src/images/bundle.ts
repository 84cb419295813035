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
import { send } from './send.ts';
import { targetReference } from './tag.ts';
import type { AuthConfig } from '../spec/api/images.ts';

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
    const { config, layers } = this.#image;
    const manifest = { bytes: this.#manifestBytes, mediaType: mediaTypes.ociManifest };
    await send(this.#context, targetReference(name, ''), { config, layers, manifest }, { auth, signal });
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
