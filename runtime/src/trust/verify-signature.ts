// Whether a signature is by whom the policy names. What is signed and by which key is left to sigstore's library; here its parts are
// brought together, and only what was verified is told.

import { type Bundle, bundleFromJSON, type TransparencyLogEntry } from '@sigstore/bundle';
import { type SignedEntity, toSignedEntity, Verifier } from '@sigstore/verify';
import { createHash, type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { Digest } from '../spec/digest.ts';
import { messageOf } from '../spec/errors.ts';
import { keyOf } from './certificate.ts';
import {
  type BundleSignature,
  bytesIn,
  type Claim,
  claimOfPayload,
  claimsOfStatement,
  field,
  jsonOf,
  type PayloadSignature,
  type Signature,
  statementType,
} from './signature.ts';
import { certificatesIn, type TrustedSigners } from './signers.ts';

/** A signature taken apart: what the library verifies, and what to believe then. */
interface Opened {
  readonly entity: SignedEntity;
  /** Who signed, first, and what leads from there to an authority; empty where only a key did. */
  readonly certificates: readonly X509Certificate[];
  /** @throws Error for what says nothing of an image */
  claims(): readonly Claim[];
}

/**
 * @param now when it is verified
 * @returns what it says
 * @throws Error with the reason, in words that go on from "a signature was found, but"
 */
export function verifySignature(signature: Signature, trusted: TrustedSigners, now: Date): readonly Claim[] {
  const opened = signature.kind === 'payload' ? openPayload(signature) : openBundle(signature);
  const { tlogEntries } = opened.entity;
  const needsLog = trusted.logs.length > 0;
  if (needsLog && tlogEntries.length === 0) throw new Error('no transparency log has promised to list it');
  // Who asks for no log knows none, and the library wants each entry verified. Of other clocks nobody asks.
  const entity = { ...opened.entity, tlogEntries: needsLog ? tlogEntries : [], timestamps: [] };
  const moment = needsLog ? timeOf(tlogEntries) : now;
  const keys = keysFor(opened, trusted, moment);
  const failures = keys.map((key) => failureOf(entity, key, trusted));
  if (!failures.includes(undefined)) throw new Error(failures[0] ?? 'it was made by nobody');
  return opened.claims();
}

/** Of those that come with a signature: each costs who verifies it. */
const maximumCertificates = 8;

function keysFor({ certificates }: Opened, { who }: TrustedSigners, moment: Date): readonly KeyObject[] {
  if (who.kind === 'keys') return who.keys;
  const [leaf, ...offered] = certificates.slice(0, maximumCertificates);
  if (leaf === undefined) throw new Error('no certificate came with it');
  return [keyOf(leaf, offered, who.authorities, moment)];
}

/** undefined when it is by that key, and listed where that was asked for. */
function failureOf(entity: SignedEntity, key: KeyObject, { logs }: TrustedSigners): string | undefined {
  const material = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    ctlogs: [],
    tlogs: [...logs],
    publicKey: () => ({ publicKey: key, validFor: () => true }),
  };
  const thresholds = { ctlogThreshold: 0, timestampThreshold: 0, tlogThreshold: logs.length > 0 ? 1 : 0 };
  try {
    new Verifier(material, thresholds).verify({ ...entity, key: { $case: 'public-key', hint: '' } });
    return undefined;
  } catch (error) {
    const message = messageOf(error);
    return message === 'signature verification failed' ? 'it is by another key' : message;
  }
}

/** When it was listed first, of times that a log's promise covers: a proof says nothing of time. @throws Error when there is none */
function timeOf(entries: readonly TransparencyLogEntry[]): Date {
  const promised = entries.filter(({ inclusionPromise }) => inclusionPromise !== undefined);
  const seconds = Math.min(...promised.map(({ integratedTime }) => Number(integratedTime)));
  if (!Number.isSafeInteger(seconds) || seconds <= 0) throw new Error('its transparency log says no time');
  return new Date(seconds * 1000);
}

function openPayload(signature: PayloadSignature): Opened {
  const { payload, certificate, chain, log } = signature;
  const tlogEntries = log === undefined ? [] : [logEntry(log)];
  return {
    entity: {
      signature: new SignedPayload(Buffer.from(payload), Buffer.from(signature.signature)),
      key: { $case: 'public-key', hint: '' },
      tlogEntries,
      timestamps: [],
    },
    certificates:
      certificate === undefined
        ? []
        : [...certificatesIn(certificate).slice(0, 1), ...(chain ? certificatesIn(chain) : [])],
    claims: () => [claimOfPayload(payload)],
  };
}

/** The library's own knows no Ed25519, where the whole message is signed and no digest. */
class SignedPayload {
  readonly signature: Buffer;
  readonly #payload: Buffer;

  constructor(payload: Buffer, signature: Buffer) {
    this.#payload = payload;
    this.signature = signature;
  }

  compareSignature(other: Buffer): boolean {
    return this.signature.equals(other);
  }

  compareDigest(digest: Buffer): boolean {
    return createHash('sha256').update(this.#payload).digest().equals(digest);
  }

  verifySignature(key: KeyObject): boolean {
    return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', this.#payload, key, this.signature);
  }
}

/** What cosign notes of a log beside a payload, as a bundle has it. */
function logEntry(text: string): TransparencyLogEntry {
  const noted: unknown = jsonOf(new TextEncoder().encode(text), 'what it says of a transparency log');
  const payload = field(noted, 'Payload');
  const [promise, body, logId] = [
    field(noted, 'SignedEntryTimestamp'),
    field(payload, 'body'),
    field(payload, 'logID'),
  ];
  if (typeof promise !== 'string' || typeof body !== 'string' || typeof logId !== 'string') {
    throw new Error('what it says of a transparency log is malformed');
  }
  const canonicalizedBody = Buffer.from(bytesIn(body, 'the entry of its transparency log'));
  const entry = jsonOf(canonicalizedBody, 'the entry of its transparency log');
  return {
    logIndex: String(field(payload, 'logIndex')),
    logId: { keyId: Buffer.from(logId, 'hex') },
    kindVersion: { kind: String(field(entry, 'kind')), version: String(field(entry, 'apiVersion')) },
    integratedTime: String(field(payload, 'integratedTime')),
    inclusionPromise: { signedEntryTimestamp: Buffer.from(bytesIn(promise, 'the promise of its transparency log')) },
    inclusionProof: undefined,
    canonicalizedBody,
  };
}

function openBundle({ text, manifest }: BundleSignature): Opened {
  const bundle = parseBundle(text);
  const { content } = bundle;
  const { content: material } = bundle.verificationMaterial;
  const raw =
    material.$case === 'certificate'
      ? [material.certificate]
      : material.$case === 'x509CertificateChain'
        ? material.x509CertificateChain.certificates
        : [];
  const certificates = raw.slice(0, 16).map(({ rawBytes }) => new X509Certificate(rawBytes));
  if (content.$case === 'dsseEnvelope') {
    const { payloadType, payload } = content.dsseEnvelope;
    return {
      entity: toSignedEntity(bundle),
      certificates,
      claims: () => {
        if (payloadType !== statementType) throw new Error('its envelope holds no statement');
        return claimsOfStatement(payload);
      },
    };
  }
  // The manifest itself was signed: what it is of is its digest.
  if (manifest === undefined) throw new Error('what it signed is not there');
  const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}` as Digest;
  return {
    entity: toSignedEntity(bundle, Buffer.from(manifest)),
    certificates,
    claims: () => [{ digest, reference: undefined }],
  };
}

function parseBundle(text: string): Bundle {
  try {
    return bundleFromJSON(jsonOf(new TextEncoder().encode(text), 'its bundle'));
  } catch (cause) {
    throw new Error(`its bundle is malformed: ${messageOf(cause)}`, { cause });
  }
}
