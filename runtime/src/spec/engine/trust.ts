// Which images may be here: what the images room asks of a trust policy, and what it keeps of where an image came from.

import type { Digest } from '../digest.ts';
import type { Descriptor, Index, Manifest } from '../manifest.ts';
import type { Reference } from '../reference.ts';

/** Where signatures of an image are found: the repository that it comes from. */
export interface SignatureSource {
  /** By tag or digest. @throws EngineError notFound when it is not there */
  manifest(target: string): Promise<{ readonly content: Manifest | Index }>;
  /** Manifests whose subject is `digest`; empty when there are none. */
  referrers(digest: Digest): Promise<readonly Descriptor[]>;
  /** The bytes of a blob, unchecked. */
  blob(descriptor: Descriptor): AsyncIterable<Uint8Array>;
}

/** An image that a registry offers. */
export interface RemoteImage {
  /** As it was asked for; registries that mirror others do not change it. */
  readonly reference: Reference;
  /** What was found under the reference and, where that is an index, what was chosen of it. A signature of any counts. */
  readonly manifests: readonly { readonly digest: Digest; readonly bytes: Uint8Array }[];
  readonly source: SignatureSource;
}

/** How an image came here; written down by us, and believed. */
export type ImageOrigin =
  | {
      readonly kind: 'registry';
      /** In full. */
      readonly reference: string;
      /** Of `RemoteImage.manifests`. */
      readonly digests: readonly Digest[];
      /** A blob: what `admitRemote` gave. */
      readonly signatures?: Digest;
    }
  /** It was loaded or imported. */
  | { readonly kind: 'archive' }
  /** It was built or committed here, or comes with the engine. */
  | { readonly kind: 'made' };

/** An image that is here. */
export interface StoredImage {
  /** For messages. */
  readonly name: string;
  /** One that is admitted is enough: the content is the same. */
  readonly origins: readonly ImageOrigin[];
  /** A blob of the store. */
  readonly read: (digest: Digest) => Promise<Uint8Array>;
}

/** An image that no registry offers, by where it is, as policies say it. */
export type LocalPlace =
  | {
      readonly transport: 'oci' | 'oci-archive';
      /** Absolute and without links; undefined for a stream. */
      readonly path: string | undefined;
    }
  | { readonly transport: 'docker-archive' }
  | { readonly transport: 'docker-daemon'; readonly reference: Reference };

/** A trust policy. Each call asks the policy that stands at that moment. */
export interface ImageGate {
  /**
   * Before anything of the image is kept.
   * @returns signatures, to be kept for `admitStored`; undefined when none were asked for
   * @throws EngineError forbidden that names the rule and why, or what a registry answers
   */
  admitRemote(image: RemoteImage): Promise<Uint8Array | undefined>;
  /**
   * Before an image that is in no registry is taken in.
   * @param name for messages
   * @param place an archive of docker's when it is not said
   * @throws EngineError forbidden
   */
  admitArchive(name: string, place?: LocalPlace): Promise<void>;
  /** Before an image is built on or run; nobody else is asked. @throws EngineError forbidden */
  admitStored(image: StoredImage): Promise<void>;
}
