// What says that somebody stands behind an image, in the two forms that sigstore has given it, and what each says that it is of.

import type { Digest } from '../spec/digest.ts';
import { isDigest } from '../spec/digest.ts';
import { isRecord } from '../spec/decode.ts';
import { fromBase64 } from '../spec/base64.ts';
import type { Reference } from '../spec/reference.ts';
import { referenceIn } from './identity.ts';

export const payloadType = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const statementType = 'application/vnd.in-toto+json';
export const signPredicate = 'https://sigstore.dev/cosign/sign/v1';
export const payloadKind = 'cosign container image signature';

/** Annotations of a layer that holds a payload (cosign's SIGNATURE_SPEC). */
export const annotations = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  log: 'dev.sigstore.cosign/bundle',
} as const;

/** A payload that names an image, signed beside it. */
export interface PayloadSignature {
  readonly kind: 'payload';
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** PEM. */
  readonly certificate?: string;
  readonly chain?: string;
  /** A transparency log's promise, as JSON. */
  readonly log?: string;
}

/** A sigstore bundle, as JSON. */
export interface BundleSignature {
  readonly kind: 'bundle';
  readonly text: string;
  /** The manifest that was found with it, which a bundle may have signed without naming it. */
  readonly manifest?: Uint8Array;
}

export type Signature = PayloadSignature | BundleSignature;

/** What a signature says, to be believed only when it was verified. */
export interface Claim {
  readonly digest: Digest;
  /** For which name; undefined where it says none. */
  readonly reference: Reference | undefined;
}

/** @throws Error for what is no such payload */
export function claimOfPayload(payload: Uint8Array): Claim {
  const critical = field(jsonOf(payload, 'its payload'), 'critical');
  if (field(critical, 'type') !== payloadKind) throw new Error('its payload is of another type');
  const digest = field(field(critical, 'image'), 'docker-manifest-digest');
  if (!isDigest(digest)) throw new Error('its payload names no digest');
  return { digest, reference: referenceIn(field(field(critical, 'identity'), 'docker-reference')) };
}

/**
 * Of a statement (in-toto) that says no more than that its subject is signed: others, such as a list of faults, are no word for it.
 * @throws Error for what is no such statement
 */
export function claimsOfStatement(statement: Uint8Array): readonly Claim[] {
  const document = jsonOf(statement, 'its statement');
  const predicate = field(document, 'predicateType');
  if (predicate !== signPredicate) {
    throw new Error(`it is no signature but a statement of type ${JSON.stringify(String(predicate).slice(0, 100))}`);
  }
  const subjects = field(document, 'subject');
  if (!Array.isArray(subjects)) throw new Error('its statement names no subject');
  return subjects.slice(0, maximumSubjects).flatMap((subject: unknown) => {
    const digests = field(subject, 'digest');
    return ['sha256', 'sha512'].flatMap((algorithm) => {
      const digest = `${algorithm}:${String(field(digests, algorithm))}`;
      return isDigest(digest) ? [{ digest, reference: referenceIn(field(subject, 'name')) }] : [];
    });
  });
}

const maximumSubjects = 1000;

export function jsonOf(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Error(`${what} is not valid JSON`, { cause });
  }
}

/** Own fields only. */
export function field(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** @throws Error for what is no base64 */
export function bytesIn(text: string, what: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new Error(`${what} is no base64`);
  return fromBase64(text);
}
