// What a trust policy has to say of images: asked before one is taken in, built on or run.

import type { RemoteManifest, Repository } from '../registry/registry.ts';
import { type Digest, isDigest, sha256Digest } from '../spec/digest.ts';
import type { ImageOrigin } from '../spec/engine/trust.ts';
import { parseReference, type Reference } from '../spec/reference.ts';
import type { Chosen } from './choose.ts';
import type { ImagesContext } from './images-context.ts';
import { storedReference } from './resolve.ts';
import type { ImageRecord } from './store/catalog.ts';
import type { Lease } from './store/store.ts';

/** What a registry offers was admitted: what to note of that, once the image is here. */
export interface Admitted {
  readonly origin: Extract<ImageOrigin, { readonly kind: 'registry' }>;
  /** To be kept with it. */
  readonly signatures?: Uint8Array;
}

/** @throws EngineError forbidden that says which rule refuses it */
export async function admitRemote(
  context: ImagesContext,
  repository: Repository,
  reference: Reference,
  found: { readonly remote: RemoteManifest; readonly chosen: Chosen },
): Promise<Admitted> {
  const { remote, chosen } = found;
  const manifests = remote.digest === chosen.digest ? [remote] : [remote, chosen];
  const signatures = await context.deps.gate?.admitRemote({ reference, manifests, source: repository });
  return {
    origin: { kind: 'registry', reference: storedReference(reference), digests: manifests.map(({ digest }) => digest) },
    ...(signatures === undefined ? {} : { signatures }),
  };
}

/** Keeps what an image was admitted by; the lease holds it until the image does. */
export async function keepSignatures(
  { store }: ImagesContext,
  { origin, signatures }: Admitted,
  lease: Lease,
): Promise<ImageOrigin> {
  if (signatures === undefined) return origin;
  const digest = sha256Digest(store.sha256(signatures));
  lease.hold(digest);
  await store.blobs.putAs(signatures, digest);
  return { ...origin, signatures: digest };
}

/** @param name by which it was asked for @throws EngineError forbidden */
export async function admitStored(context: ImagesContext, image: ImageRecord, name: string): Promise<void> {
  const { gate } = context.deps;
  if (gate === undefined) return;
  const read = (digest: Digest): Promise<Uint8Array> => context.store.blobs.read(digest);
  await gate.admitStored({ name, origins: image.origins ?? originsByName(context, image), read });
}

/** Before it is read: what is in it is all judged alike. @throws EngineError forbidden */
export async function admitArchive({ deps }: ImagesContext): Promise<void> {
  await deps.gate?.admitArchive('of an archive');
}

/** Of an image from before origins were noted: what was pulled has a digest for a name, all else may be from anywhere. */
function originsByName({ store }: ImagesContext, { id }: ImageRecord): readonly ImageOrigin[] {
  const pulled = store.catalog.referencesOf(id).flatMap((text): readonly ImageOrigin[] => {
    const { digest } = parseReference(text);
    return isDigest(digest) ? [{ kind: 'registry', reference: text, digests: [digest] }] : [];
  });
  return pulled.length > 0 ? pulled : [{ kind: 'archive' }];
}
