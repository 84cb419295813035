// A repository in memory that takes and gives whatever a registry can, hostile ones included, and policies for it.

import { createHash, sign, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { openGate } from '../../runtime/src/trust/gate.ts';
import type { SignatureTarget } from '../../runtime/src/trust/sign.ts';
import { annotations, bundleType, payloadKind, payloadType } from '../../runtime/src/trust/signature.ts';
import { signatureTag } from '../../runtime/src/trust/find-signatures.ts';
import { type Digest, isDigest } from '../../runtime/src/spec/digest.ts';
import type { ImageGate, RemoteImage, SignatureSource } from '../../runtime/src/spec/engine/trust.ts';
import { EngineError } from '../../runtime/src/spec/errors.ts';
import { concat, streamOf } from '../../runtime/src/spec/bytes.ts';
import { type Descriptor, mediaTypes, parseManifest } from '../../runtime/src/spec/manifest.ts';
import { parseReference } from '../../runtime/src/spec/reference.ts';

export interface TestImage {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly size: number;
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

export function jsonBytes(document: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}

/** Each text another image. */
export function imageOf(text: string): TestImage {
  const bytes = jsonBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(jsonBytes(text)), size: 1 },
    layers: [],
  });
  return { bytes, digest: digestOf(bytes), mediaType: mediaTypes.ociManifest, size: bytes.length };
}

export class MemoryRepository implements SignatureSource, SignatureTarget {
  readonly blobs = new Map<string, Uint8Array>();
  readonly manifests = new Map<string, Uint8Array>();
  /** What was asked for. */
  readonly asked: string[] = [];

  async manifest(target: string) {
    this.asked.push(target);
    const bytes = this.manifests.get(target);
    if (bytes === undefined) throw new EngineError('notFound', `manifest for ${target} not found`);
    return await Promise.resolve({ content: parseManifest(bytes, '', 2000) });
  }

  async referrers(digest: Digest): Promise<readonly Descriptor[]> {
    this.asked.push(`referrers of ${digest}`);
    const found: Descriptor[] = [];
    for (const [name, bytes] of this.manifests) {
      const { subject, artifactType = '' } = JSON.parse(Buffer.from(bytes).toString()) as {
        readonly subject?: { readonly digest: string };
        readonly artifactType?: string;
      };
      if (subject?.digest === digest && isDigest(name)) {
        found.push({ mediaType: mediaTypes.ociManifest, digest: name, size: bytes.length, artifactType });
      }
    }
    return await Promise.resolve(found);
  }

  blob({ digest }: Descriptor): AsyncIterable<Uint8Array> {
    return streamOf(this.blobs.get(digest) ?? new Uint8Array());
  }

  async putBlob(blob: Parameters<SignatureTarget['putBlob']>[0]): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const part of blob.open()) parts.push(part);
    this.blobs.set(blob.digest, concat(parts));
  }

  async putManifest(target: string, { bytes }: { readonly bytes: Uint8Array }): Promise<void> {
    this.manifests.set(digestOf(bytes), bytes);
    this.manifests.set(target, bytes);
    await Promise.resolve();
  }

  add(bytes: Uint8Array, mediaType: string) {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** A list of layers under the tag of an image's signatures. */
  tag(image: TestImage, layers: readonly object[]): void {
    const config = this.add(jsonBytes({}), mediaTypes.ociConfig);
    this.manifests.set(signatureTag(image.digest), jsonBytes({ schemaVersion: 2, config, layers }));
  }

  /** A signature under the tag, made of whatever it is made of. */
  putPayload(
    image: TestImage,
    payload: Uint8Array,
    signature: Uint8Array,
    more: Readonly<Record<string, string>> = {},
  ): void {
    const layer = {
      ...this.add(payload, payloadType),
      annotations: { [annotations.signature]: Buffer.from(signature).toString('base64'), ...more },
    };
    this.tag(image, [layer]);
  }

  /** A bundle that refers to an image. */
  async putBundle(image: TestImage, bundle: object): Promise<void> {
    const { bytes: _, ...subject } = image;
    const layers = [this.add(jsonBytes(bundle), bundleType)];
    const config = this.add(jsonBytes({}), 'application/vnd.oci.empty.v1+json');
    const manifest = { schemaVersion: 2, artifactType: bundleType, config, layers, subject };
    const bytes = jsonBytes(manifest);
    await this.putManifest(digestOf(bytes), { bytes });
  }
}

export function payloadOf(digest: string, identity: string): Uint8Array {
  return jsonBytes({
    critical: {
      identity: { 'docker-reference': identity },
      image: { 'docker-manifest-digest': digest },
      type: payloadKind,
    },
    optional: null,
  });
}

export function signatureOf(bytes: Uint8Array, key: KeyObject): Uint8Array {
  return sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', bytes, key);
}

/** The DSSE envelope of a statement, in a bundle. */
export function envelopeBundle(statement: Uint8Array, key: KeyObject, payloadType = 'application/vnd.in-toto+json') {
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${statement.length} `;
  const signature = signatureOf(Buffer.concat([Buffer.from(head), statement]), key);
  return {
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint: '' } },
    dsseEnvelope: {
      payload: Buffer.from(statement).toString('base64'),
      payloadType,
      signatures: [{ sig: Buffer.from(signature).toString('base64') }],
    },
  };
}

/** A gate over a policy that is written to `folder`. */
export function gateOf(folder: string, policy: unknown, now = (): number => Date.now()): ImageGate {
  const path = `${folder}/policy.json`;
  writeFileSync(path, typeof policy === 'string' ? policy : JSON.stringify(policy));
  return openGate(() => path, { now });
}

/** A policy with one requirement for everything. */
export function always(requirement: object): object {
  return { default: [requirement] };
}

export function remote(source: SignatureSource, name: string, ...images: readonly TestImage[]): RemoteImage {
  return { reference: parseReference(name), manifests: images, source };
}
