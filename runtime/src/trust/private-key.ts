// Keys to sign with: in PKCS#8, plain or encrypted, or as cosign and skopeo keep them, encrypted by a passphrase.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  scryptSync,
} from 'node:crypto';
import nacl from 'tweetnacl';
import { fromBase64, toBase64 } from '../spec/base64.ts';
import { field, jsonOf } from './signature.ts';

/** Asked only where a key is encrypted. */
export type AskPassphrase = () => Promise<string>;

const cosignKey = /-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----([^-]*)-----END ENCRYPTED/;
const plainKey = /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----/;
const encryptedKey = /-----BEGIN ENCRYPTED PRIVATE KEY-----/;

/** What cosign writes; the cost doubles with each power of `N`. */
const cost = { N: 65_536, r: 8, p: 1 };
const maximumCost = { N: 2 ** 20, r: 32, p: 16 };
const maximumMemory = 1024 * 1024 * 1024;

/** @throws Error in words for whose key it is */
export async function readPrivateKey(pem: string, ask: AskPassphrase): Promise<KeyObject> {
  const [, armoured] = cosignKey.exec(pem) ?? [];
  if (armoured !== undefined) return checked(openCosign(fromBase64(armoured), await ask()));
  if (plainKey.test(pem)) return checked(createPrivateKey(pem));
  if (!encryptedKey.test(pem)) throw new Error('it is no private key in PEM');
  const passphrase = await ask();
  try {
    return checked(createPrivateKey({ key: pem, passphrase }));
  } catch (cause) {
    throw new Error('the passphrase is wrong, or the key is damaged', { cause });
  }
}

/** A new key (P-256), encrypted as cosign and skopeo read it, and the one to verify with. */
export function generateKeys(passphrase: string): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const salt = randomBytes(32);
  const nonce = randomBytes(nacl.secretbox.nonceLength);
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  const ciphertext = nacl.secretbox(new Uint8Array(der), nonce, derive(passphrase, salt, cost));
  const document = {
    kdf: { name: 'scrypt', params: cost, salt: toBase64(salt) },
    cipher: { name: 'nacl/secretbox', nonce: toBase64(nonce) },
    ciphertext: toBase64(ciphertext),
  };
  const lines = toBase64(new TextEncoder().encode(JSON.stringify(document))).replaceAll(/.{64}/g, '$&\n');
  const label = 'ENCRYPTED SIGSTORE PRIVATE KEY';
  return {
    privateKey: `-----BEGIN ${label}-----\n${lines.trimEnd()}\n-----END ${label}-----\n`,
    publicKey: publicKeyOf(privateKey),
  };
}

/** In PEM. */
export function publicKeyOf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString();
}

function openCosign(document: Uint8Array, passphrase: string): KeyObject {
  const key = jsonOf(document, 'the key');
  const [kdf, cipher] = [field(key, 'kdf'), field(key, 'cipher')];
  const bytes = (value: unknown): Uint8Array => {
    if (typeof value !== 'string') throw new Error('the key is malformed');
    return fromBase64(value);
  };
  if (field(kdf, 'name') !== 'scrypt' || field(cipher, 'name') !== 'nacl/secretbox') {
    throw new Error('the key is encrypted in a way that is not known');
  }
  const nonce = bytes(field(cipher, 'nonce'));
  if (nonce.length !== nacl.secretbox.nonceLength) throw new Error('the key is malformed');
  const secret = derive(passphrase, bytes(field(kdf, 'salt')), costOf(field(kdf, 'params')));
  const der = nacl.secretbox.open(bytes(field(key, 'ciphertext')), nonce, secret);
  if (!der) throw new Error('the passphrase is wrong, or the key is damaged');
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
}

/** A file must not say how much memory and time its reading takes. */
function costOf(params: unknown): typeof cost {
  const of = (name: 'N' | 'r' | 'p'): number => {
    const value = field(params, name);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= maximumCost[name])
      return value;
    throw new Error(`the key asks for a cost that is not taken: ${name}=${String(value).slice(0, 20)}`);
  };
  return { N: of('N'), r: of('r'), p: of('p') };
}

function derive(passphrase: string, salt: Uint8Array, params: typeof cost): Uint8Array {
  const key = scryptSync(passphrase, salt, nacl.secretbox.keyLength, { ...params, maxmem: maximumMemory });
  return new Uint8Array(key);
}

function checked(key: KeyObject): KeyObject {
  const type = key.asymmetricKeyType ?? '';
  if (!['ec', 'rsa', 'ed25519'].includes(type)) throw new Error(`keys of type ${type} cannot sign images`);
  return key;
}
