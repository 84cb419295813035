// Who may sign, with their keys and certificates read.

import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { messageOf } from '../spec/errors.ts';
import type { Material, SigstoreSigned, Subject } from './policy.ts';
import type { WatchedFiles } from './watched-files.ts';

/** As the library takes a transparency log. */
export interface Log {
  readonly logID: Buffer;
  readonly baseURL: string;
  readonly publicKey: KeyObject;
  readonly validFor: { readonly start: Date; readonly end: Date };
}

export interface Authorities {
  readonly roots: readonly X509Certificate[];
  readonly intermediates: readonly X509Certificate[];
  readonly subject: Subject;
  /** Who has to have told them who it is, as Fulcio notes it. */
  readonly issuer?: string;
}

export interface TrustedSigners {
  /** Keys of which one must have signed, or who must have certified the one that did. */
  readonly who:
    | { readonly kind: 'keys'; readonly keys: readonly KeyObject[] }
    | { readonly kind: 'authorities'; readonly authorities: Authorities };
  readonly logs: readonly Log[];
}

const maximumFile = 256 * 1024;
const maximumCertificates = 64;

/** @throws Error that names the file or says that the policy's own data are wrong */
export function readSigners({ signers, logs }: SigstoreSigned, files: WatchedFiles): TrustedSigners {
  const certificates = (material: Material): readonly X509Certificate[] => read(material, files, certificatesIn);
  const trusted = logs.map((material) => read(material, files, publicKeyIn)).map(logOf);
  if (signers.kind === 'keys') {
    const keys = signers.keys.map((material) => read(material, files, publicKeyIn));
    return { who: { kind: 'keys', keys }, logs: trusted };
  }
  const authorities = {
    roots: certificates(signers.roots),
    intermediates:
      signers.kind === 'pki' && signers.intermediates !== undefined ? certificates(signers.intermediates) : [],
    subject: signers.subject,
    ...(signers.kind === 'fulcio' ? { issuer: signers.issuer } : {}),
  };
  return { who: { kind: 'authorities', authorities }, logs: trusted };
}

function read<T>(material: Material, files: WatchedFiles, parse: (pem: string) => T): T {
  const where = 'path' in material ? material.path : 'what the policy holds';
  const bytes = 'path' in material ? files.read(material.path, maximumFile) : material.data;
  try {
    return parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Error(`${where}: ${messageOf(cause)}`, { cause });
  }
}

/** @throws Error for what is no public key in PEM */
export function publicKeyIn(pem: string): KeyObject {
  if (!/-----BEGIN (?:[A-Z]+ )?PUBLIC KEY-----/.test(pem)) throw new Error('it is no public key in PEM');
  const key = createPublicKey(pem);
  const type = key.asymmetricKeyType ?? '';
  if (!['ec', 'rsa', 'ed25519'].includes(type)) throw new Error(`keys of type ${type} are not supported`);
  return key;
}

/** @throws Error for none, or for what is no certificate in PEM */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error('there is no certificate in PEM');
  if (found.length > maximumCertificates) throw new Error(`there are more than ${maximumCertificates} certificates`);
  return found.map((each) => new X509Certificate(each));
}

/** A log is known by its key (RFC 6962, log id). */
function logOf(publicKey: KeyObject): Log {
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const logID = createHash('sha256').update(der).digest();
  return { logID, baseURL: '', publicKey, validFor: { start: new Date(0), end: new Date(8.64e15) } };
}
