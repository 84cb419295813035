// What a copy is made of: where an image comes from, all that has to arrive of it, and where that goes. Bytes of manifests are never
// written anew, so that digests stay.

import type { Bytes } from '../host/host.ts';
import type { RemoteManifest } from '../registry/registry.ts';
import type { Arrival } from '../registry/upload.ts';
import type { Wait } from '../registry/patience.ts';
import type { Digest } from '../spec/digest.ts';
import type { SignatureSource } from '../spec/engine/trust.ts';
import type { Descriptor } from '../spec/manifest.ts';
import type { Reference } from '../spec/reference.ts';

/** A manifest or an index, checked against its digest. */
export type Document = RemoteManifest;

/** An image that can be read. */
export interface Source extends AsyncDisposable {
  /** For people. */
  readonly title: string;
  /** The image's own name, where it says one; an archive is told of it. */
  readonly name: Reference | undefined;
  /** Its repository, from which a target of the same registry can take blobs. */
  readonly repository?: Pick<Reference, 'domain' | 'path'>;
  /** Where signatures of it are; only registries keep some. */
  readonly signatures?: SignatureSource;
  /** False where the manifest is made here, of an archive that has none. */
  readonly keepsDigests: boolean;
  /** What the name stands for. @throws EngineError notFound */
  root(): Promise<Document>;
  /** One that another names. @throws EngineError when it is not there, or not what its descriptor says */
  manifest(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Document>;
  /** The bytes of a blob from the first on, unchecked. */
  blob(descriptor: Descriptor): Bytes;
  /** What is about a manifest: signatures, attestations. */
  referrers(digest: Digest): Promise<readonly Descriptor[]>;
  /** What a tag of the same repository stands for; undefined when it is not there. */
  tagged(tag: string): Promise<Document | undefined>;
}

/** A blob on its way. */
export interface Cargo {
  readonly descriptor: Descriptor;
  /** Its bytes from the first on, with every call. The last of them come only when all of them have the digest. */
  readonly open: () => Bytes;
}

/** A manifest on its way, with what it needs before it. */
export interface Consignment {
  readonly document: Document;
  /** Beside its digest: signatures of old are found by their tag. */
  readonly tag?: string;
}

/** All of an image, in the order in which it has to arrive. */
export interface Shipment {
  /** What the image's name stands for, at the target too. */
  readonly root: Document;
  /** Manifests below the root and what is about them; each after those that it names. */
  readonly manifests: readonly Consignment[];
  /** Each once. */
  readonly cargo: readonly Cargo[];
  readonly source: Pick<Source, 'name' | 'repository'>;
}

/** Tells of a copy's progress. */
export interface Watcher {
  /** @param bytes of the blob that have been passed on so far */
  moved(descriptor: Descriptor, bytes: number): void;
  arrived(descriptor: Descriptor, arrival: Arrival): void;
  /** Before each wait for a registry that limits requests. */
  waits(wait: Wait): void;
}

/** A place for images. */
export interface Target extends AsyncDisposable {
  readonly title: string;
  /** False where only one image of one platform has room. */
  readonly holdsIndexes: boolean;
  /** False where documents of another kind tell what the image is. */
  readonly keepsDigests: boolean;
  /** Which platform it would take of several, where it has room for one. */
  readonly platform?: () => Promise<string>;
  /** Whether it has a manifest with all that it needs: then nothing of that is sent. */
  has(digest: Digest): Promise<boolean>;
  /** Takes all of it; the name points at it at the very end, or not at all. */
  receive(shipment: Shipment, watcher: Watcher, signal: AbortSignal): Promise<void>;
}
