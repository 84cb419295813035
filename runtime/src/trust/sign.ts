// Signing an image at its registry: a payload under the tag that cosign, skopeo and Podman read, or a bundle that refers to the image.

import { bundleToJSON, toDSSEBundle } from '@sigstore/bundle';
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Digest, sha256Digest } from '../spec/digest.ts';
import type { SignatureSource } from '../spec/engine/trust.ts';
import { isKind } from '../spec/errors.ts';
import { streamOf } from '../spec/bytes.ts';
import { type Descriptor, mediaTypes } from '../spec/manifest.ts';
import { signatureTag } from './find-signatures.ts';
import { annotations, bundleType, payloadKind, payloadType, signPredicate, statementType } from './signature.ts';

/** Where signatures are put: the repository of the image. */
export interface SignatureTarget extends Pick<SignatureSource, 'manifest'> {
  putBlob(blob: {
    readonly digest: Digest;
    readonly size: number;
    readonly open: () => AsyncIterable<Uint8Array>;
  }): Promise<unknown>;
  putManifest(target: string, manifest: { readonly bytes: Uint8Array; readonly mediaType: string }): Promise<void>;
}

export interface Signed {
  /** Of a manifest or an index. */
  readonly subject: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>;
  /** For which it is signed, in full; with a tag, if it is to be believed under that. */
  readonly identity: string;
  readonly key: KeyObject;
}

const emptyType = 'application/vnd.oci.empty.v1+json';
const maximumSignatures = 60;

/** Adds to the signatures under the image's tag. @returns that tag @throws what the registry says */
export async function signByTag(target: SignatureTarget, { subject, identity, key }: Signed): Promise<string> {
  const payload = encode({
    critical: {
      identity: { 'docker-reference': identity },
      image: { 'docker-manifest-digest': subject.digest },
      type: payloadKind,
    },
    optional: {},
  });
  const layer = {
    ...(await put(target, payload, payloadType)),
    annotations: { [annotations.signature]: signatureOf(payload, key).toString('base64') },
  };
  const tag = signatureTag(subject.digest);
  const others = await signedBefore(target, tag);
  // The same again, by the same key, takes the place of what it was before.
  const isAgain = (one: Descriptor): boolean => one.digest === layer.digest && isBy(key, payload, one);
  const layers = [...others.filter((one) => !isAgain(one)), layer];
  if (layers.length > maximumSignatures) throw new Error(`the image has ${others.length} signatures already`);
  // Of an image that nobody runs: readers take what they expect of one.
  const config = await put(
    target,
    encode({
      architecture: '',
      os: '',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
    mediaTypes.ociConfig,
  );
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers };
  await target.putManifest(tag, { bytes: encode(manifest), mediaType: mediaTypes.ociManifest });
  return tag;
}

/** Puts a bundle beside the image, listed as referring to it. @returns the digest of its manifest @throws what the registry says */
export async function signByBundle(target: SignatureTarget, { subject, identity, key }: Signed): Promise<Digest> {
  const [algorithm = '', hex = ''] = subject.digest.split(':');
  const statement = Buffer.from(
    encode({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: identity, digest: { [algorithm]: hex } }],
      predicateType: signPredicate,
      predicate: {},
    }),
  );
  const hint = createHash('sha256')
    .update(createPublicKey(key).export({ format: 'der', type: 'spki' }))
    .digest();
  const signature = signatureOf(preAuthentication(statement), key);
  const bundle = {
    ...toDSSEBundle({ artifact: statement, artifactType: statementType, signature, keyHint: hint.toString('base64') }),
    // The library takes the hint for the id of the key in the envelope too, which cosign compares with one of its own.
    content: {
      $case: 'dsseEnvelope' as const,
      dsseEnvelope: { payload: statement, payloadType: statementType, signatures: [{ sig: signature, keyid: '' }] },
    },
  };
  const layer = await put(target, encode(bundleToJSON(bundle)), bundleType);
  const config = await put(target, encode({}), emptyType);
  const bytes = encode({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: bundleType,
    config,
    layers: [layer],
    subject,
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': signPredicate,
      'org.opencontainers.image.created': new Date().toISOString(),
    },
  });
  const digest = digestOf(bytes);
  await target.putManifest(digest, { bytes, mediaType: mediaTypes.ociManifest });
  return digest;
}

/** What is signed of an envelope (DSSE v1). */
function preAuthentication(statement: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${statementType.length} ${statementType} ${statement.length} `;
  return Buffer.concat([Buffer.from(head), statement]);
}

function signatureOf(bytes: Uint8Array, key: KeyObject): Buffer {
  return sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, key);
}

function isBy(key: KeyObject, payload: Uint8Array, { annotations: given }: Descriptor): boolean {
  const signature = Buffer.from(given?.[annotations.signature] ?? '', 'base64');
  return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', payload, createPublicKey(key), signature);
}

async function signedBefore(target: SignatureTarget, tag: string): Promise<readonly Descriptor[]> {
  try {
    const { content } = await target.manifest(tag);
    if (content.kind === 'index') throw new Error(`${tag} is an index, and no list of signatures`);
    return content.layers;
  } catch (error) {
    if (isKind(error, 'notFound')) return [];
    throw error;
  }
}

async function put(target: SignatureTarget, bytes: Uint8Array, mediaType: string) {
  const digest = digestOf(bytes);
  await target.putBlob({ digest, size: bytes.length, open: () => streamOf(bytes) });
  return { mediaType, digest, size: bytes.length };
}

function encode(document: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}

function digestOf(bytes: Uint8Array): Digest {
  return sha256Digest(createHash('sha256').update(bytes).digest('hex'));
}
