// The signatures of an image at its registry: those that cosign, skopeo and Podman keep under a tag beside it, then those that refer to
// it (OCI 1.1). A registry may offer anything: all is bounded, and what is malformed is passed over, since it is no signature.

import { type Digest, algorithmOf, hexOf } from '../spec/digest.ts';
import type { SignatureSource } from '../spec/engine/trust.ts';
import { concat } from '../spec/bytes.ts';
import { isKind } from '../spec/errors.ts';
import type { Descriptor, Manifest } from '../spec/manifest.ts';
import { createHash } from 'node:crypto';
import { annotations, bytesIn, payloadType, type Signature } from './signature.ts';

/** More than these are not looked at. */
export const maximumSignatures = 64;
const maximumReferrers = 32;
const maximumBlob = 256 * 1024;

/** In the order in which they are found; later ones are only asked for when earlier ones did not do. */
export async function* findSignatures(
  source: SignatureSource,
  image: { readonly digest: Digest; readonly bytes: Uint8Array },
): AsyncGenerator<Signature, void, undefined> {
  let left = maximumSignatures;
  for await (const signature of allSignatures(source, image)) {
    yield signature;
    if (--left === 0) return;
  }
}

/** The tag under which signatures of a manifest are kept. */
export function signatureTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest).slice(0, 64)}.sig`;
}

async function* allSignatures(
  source: SignatureSource,
  { digest, bytes }: { readonly digest: Digest; readonly bytes: Uint8Array },
): AsyncGenerator<Signature, void, undefined> {
  const tagged = await found(() => source.manifest(signatureTag(digest)));
  if (tagged?.content.kind === 'manifest') yield* signaturesIn(source, tagged.content, bytes);
  const referrers = await source.referrers(digest);
  for (const { digest: referrer } of referrers.filter(mayBeSignature).slice(0, maximumReferrers)) {
    const manifest = await found(() => source.manifest(referrer));
    if (manifest?.content.kind === 'manifest') yield* signaturesIn(source, manifest.content, bytes);
  }
}

/** Lists that clients keep under a tag often have a wrong type, or none. */
function mayBeSignature({ artifactType = '' }: Descriptor): boolean {
  return /^$|sigstore|cosign|^application\/vnd\.oci\.(?:empty|image\.config)\./.test(artifactType);
}

async function* signaturesIn(
  source: SignatureSource,
  { layers }: Manifest,
  manifest: Uint8Array,
): AsyncGenerator<Signature, void, undefined> {
  for (const layer of layers.slice(0, maximumSignatures)) {
    const isBundle = /^application\/vnd\.dev\.sigstore\.bundle[.+]/.test(layer.mediaType);
    if ((!isBundle && layer.mediaType !== payloadType) || layer.size > maximumBlob) continue;
    const content = await found(() => readBlob(source, layer));
    if (content === undefined) continue;
    if (isBundle) yield { kind: 'bundle', text: new TextDecoder().decode(content), manifest };
    else {
      const signature = payloadSignature(layer, content);
      if (signature !== undefined) yield signature;
    }
  }
}

function payloadSignature({ annotations: given = {} }: Descriptor, payload: Uint8Array): Signature | undefined {
  const of = (name: string): string | undefined => (Object.hasOwn(given, name) ? given[name] : undefined);
  const [signature, certificate, chain, log] = [
    of(annotations.signature),
    of(annotations.certificate),
    of(annotations.chain),
    of(annotations.log),
  ];
  if (signature === undefined || !/^[A-Za-z0-9+/]{1,8192}={0,2}$/.test(signature)) return undefined;
  return {
    kind: 'payload',
    payload,
    signature: bytesIn(signature, 'a signature'),
    ...(certificate === undefined ? {} : { certificate }),
    ...(chain === undefined ? {} : { chain }),
    ...(log === undefined ? {} : { log }),
  };
}

/** undefined when the registry has something else under the digest. */
async function readBlob(source: SignatureSource, descriptor: Descriptor): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of source.blob(descriptor)) {
    size += part.length;
    if (size > descriptor.size) return undefined;
    parts.push(part);
  }
  const bytes = concat(parts);
  const hash = createHash(algorithmOf(descriptor.digest)).update(bytes).digest('hex');
  return hash === hexOf(descriptor.digest) ? bytes : undefined;
}

/** undefined for what is not there, or is no manifest at all. */
async function found<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isKind(error, 'notFound', 'invalidParameter')) return undefined;
    throw error;
  }
}
