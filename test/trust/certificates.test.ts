// Signatures by keys that an authority has certified: one of a company's own (pki), or short-lived ones whose moment a transparency log
// has noted (fulcio). Certificates are made by openssl.

import assert from 'node:assert/strict';
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeyOf } from '../../runtime/src/trust/private-key.ts';
import { annotations } from '../../runtime/src/trust/signature.ts';
import { runOk } from '../helpers/run.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import {
  always,
  envelopeBundle,
  gateOf,
  imageOf,
  jsonBytes,
  MemoryRepository,
  payloadOf,
  remote,
  signatureOf,
} from './repository.ts';

const name = 'reg.example/app:1';
const authority = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign';
const signer = 'keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nsubjectAltName=email:ann@example.org,DNS:ci.example.org'; // prettier-ignore
const image = imageOf('certified');

describe('trust: certificates', function () {
  this.timeout(120_000);
  let folder: TempFolder;
  const path = (file: string): string => join(folder.path, file);
  const pem = (file: string): string => readFileSync(path(`${file}.pem`), 'utf8');
  const keyIn = (file: string): KeyObject => createPrivateKey(readFileSync(path(`${file}.key`)));

  /** @param by its own name for one that certifies itself */
  async function certify(subject: string, by: string, extensions: string, days = '2'): Promise<void> {
    const openssl = (...args: string[]) => runOk('openssl', args, { cwd: folder.path });
    writeFileSync(path('extensions'), extensions);
    await openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', `${subject}.key`);
    await openssl('req', '-new', '-key', `${subject}.key`, '-out', 'csr', '-subj', `/CN=${subject}`);
    const issuer =
      by === subject ? ['-signkey', `${by}.key`] : ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'];
    await openssl(
      'x509',
      '-req',
      '-in',
      'csr',
      '-out',
      `${subject}.pem`,
      '-days',
      days,
      '-extfile',
      'extensions',
      ...issuer,
    );
  }

  before(async () => {
    folder = await makeTempFolder();
    await certify('root', 'root', authority);
    await certify('between', 'root', authority);
    await certify('leaf', 'between', signer);
    await certify('short', 'root', authority.replace('CA:TRUE', 'CA:TRUE,pathlen:0'));
    await certify('too-far', 'short', authority);
    await certify('beyond', 'too-far', signer);
    await certify('server', 'between', signer.replace('codeSigning', 'serverAuth'));
    await certify('servers', 'root', `${authority}\nextendedKeyUsage=serverAuth`);
    await certify('by-servers', 'servers', signer);
    await certify('signers', 'root', `${authority}\nextendedKeyUsage=serverAuth,codeSigning`);
    await certify('by-signers', 'signers', signer);
    await certify('by-leaf', 'leaf', signer);
    await certify('limited', 'root', `${authority}\nnameConstraints=critical,permitted;email:example.net`);
    await certify('constrained', 'limited', signer);
    await certify('foreign-root', 'foreign-root', authority);
    await certify('foreign', 'foreign-root', signer);
    await certify('self', 'self', signer);
    const fulcioNote = '\n1.3.6.1.4.1.57264.1.8=ASN1:UTF8String:https://login.example.org';
    await certify('told', 'between', signer + fulcioNote);
  });
  after(() => folder[Symbol.asyncDispose]());

  /** A repository with a payload signed by `who`, whose certificate and `chain` come with it. */
  function signedBy(
    who: string,
    chain: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): MemoryRepository {
    const registry = new MemoryRepository();
    const payload = payloadOf(image.digest, name);
    registry.putPayload(image, payload, signatureOf(payload, keyIn(who)), {
      [annotations.certificate]: pem(who),
      ...(chain.length === 0 ? {} : { [annotations.chain]: chain.map(pem).join('') }),
      ...more,
    });
    return registry;
  }

  const pki = (more: object = {}): object => ({
    type: 'sigstoreSigned',
    pki: { caRootsPath: path('root.pem'), subjectEmail: 'ann@example.org', ...more },
  });

  async function admit(registry: MemoryRepository, requirement: object, now = Date.now()): Promise<void> {
    await gateOf(folder.path, always(requirement), () => now).admitRemote(remote(registry, name, image));
  }

  describe("of a company's own authority", () => {
    it('admits whom it names, by way of authorities that came along or that the policy has', async () => {
      await admit(signedBy('leaf', ['between', 'root']), pki());
      await admit(signedBy('by-signers', ['signers']), pki());
      await admit(signedBy('leaf', ['between']), pki({ subjectHostname: 'ci.example.org' }));
      await admit(signedBy('leaf', []), pki({ caIntermediatesPath: path('between.pem') }));
      const data = readFileSync(path('root.pem')).toString('base64');
      await admit(signedBy('leaf', ['between']), { type: 'sigstoreSigned', pki: { caRootsData: data, subjectEmail: 'ann@example.org' } }); // prettier-ignore
    });

    it('admits a bundle that carries its certificate', async () => {
      await certify('direct', 'root', signer);
      const registry = new MemoryRepository();
      const statement = jsonBytes({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name, digest: { sha256: image.digest.slice(7) } }],
        predicateType: 'https://sigstore.dev/cosign/sign/v1',
      });
      const rawBytes = pem('direct').replaceAll(/-----[A-Z ]+-----|\s/g, '');
      const bundle = {
        ...envelopeBundle(statement, keyIn('direct')),
        verificationMaterial: { certificate: { rawBytes } },
      };
      await registry.putBundle(image, bundle);
      await admit(registry, pki());
      await assert.rejects(
        admit(registry, pki({ subjectEmail: 'bob@example.org' })),
        /its certificate is not of bob@example\.org/,
      );
    });

    const rows: readonly (readonly [string, () => Promise<void>, RegExp])[] = [
      ['nobody it names', () => admit(signedBy('leaf', ['between']), pki({ subjectEmail: 'bob@example.org' })), /is not of bob@/],
      ['another machine', () => admit(signedBy('leaf', ['between']), pki({ subjectHostname: 'example.org' })), /is not of example\.org/],
      ['one whose authority is missing', () => admit(signedBy('leaf', []), pki()), /leads to none of the trusted/],
      ['one of another authority', () => admit(signedBy('foreign', ['foreign-root']), pki()), /leads to none of the trusted/],
      ['one that certified itself', () => admit(signedBy('self', ['self']), pki()), /leads to none of the trusted/],
      ['one certified by who may not', () => admit(signedBy('by-leaf', ['leaf', 'between']), pki()), /leads to none|may not make any/],
      ['one too far from its authority', () => admit(signedBy('beyond', ['too-far', 'short']), pki()), /further from its authority/],
      ['one of an authority for another use', () => admit(signedBy('by-servers', ['servers']), pki()), /made by one that is not for signing code/],
      ['one for another use', () => admit(signedBy('server', ['between']), pki()), /not for signing code/],
      ['one within limits that are not understood', () => admit(signedBy('constrained', ['limited']), pki()), /a limit that is not known: 2\.5\.29\.30/],
      ['one whose time is over', () => admit(signedBy('leaf', ['between']), pki(), Date.now() + 5 * 86_400_000), /is not valid at 20/],
      ['one whose time has not come', () => admit(signedBy('leaf', ['between']), pki(), Date.now() - 5 * 86_400_000), /is not valid at 20/],
    ]; // prettier-ignore
    for (const [what, ask, message] of rows) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(ask(), message);
      });
    }

    it("refuses a certificate's owner whose key did not sign, and who shows none", async () => {
      const registry = new MemoryRepository();
      const payload = payloadOf(image.digest, name);
      registry.putPayload(image, payload, signatureOf(payload, keyIn('foreign')), { [annotations.certificate]: pem('leaf'), [annotations.chain]: pem('between') }); // prettier-ignore
      await assert.rejects(admit(registry, pki()), /by another key/);
      registry.putPayload(image, payload, signatureOf(payload, keyIn('leaf')));
      await assert.rejects(admit(registry, pki()), /no certificate came with it/);
    });
  });

  describe('of Fulcio, at the moment that a log has noted', () => {
    const log = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const otherLog = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const fulcio = (more: object = {}): object => ({
      type: 'sigstoreSigned',
      fulcio: {
        caPath: path('root.pem'),
        oidcIssuer: 'https://login.example.org',
        subjectEmail: 'ann@example.org',
        ...more,
      },
      rekorPublicKeyData: Buffer.from(publicKeyOf(log)).toString('base64'),
    });

    /** What a log says of a payload and its signature. */
    function noted(payload: Uint8Array, signature: Uint8Array, by = log, atMs = Date.now()): string {
      const entry = {
        apiVersion: '0.0.1',
        kind: 'hashedrekord',
        spec: {
          data: { hash: { algorithm: 'sha256', value: createHash('sha256').update(payload).digest('hex') } },
          signature: { content: Buffer.from(signature).toString('base64'), publicKey: { content: '' } },
        },
      };
      const der = Buffer.from(publicKeyOf(by).replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
      // In the order in which it is signed (RFC 8785).
      const Payload = {
        body: Buffer.from(JSON.stringify(entry)).toString('base64'),
        integratedTime: Math.floor(atMs / 1000),
        logID: createHash('sha256').update(der).digest('hex'),
        logIndex: 7,
      };
      const SignedEntryTimestamp = sign('sha256', Buffer.from(JSON.stringify(Payload)), by).toString('base64');
      return JSON.stringify({ SignedEntryTimestamp, Payload });
    }

    function logged(who: string, make = noted): MemoryRepository {
      const registry = new MemoryRepository();
      const payload = payloadOf(image.digest, name);
      const signature = signatureOf(payload, keyIn(who));
      const more = { [annotations.certificate]: pem(who), [annotations.chain]: pem('between') };
      registry.putPayload(image, payload, signature, { ...more, [annotations.log]: make(payload, signature) });
      return registry;
    }

    it('admits it long after the certificate has expired', async () => {
      await admit(logged('told'), fulcio(), Date.now() + 400 * 86_400_000);
    });

    const late = (payload: Uint8Array, signature: Uint8Array) =>
      noted(payload, signature, log, Date.now() + 9 * 86_400_000);
    const rows: readonly (readonly [string, () => Promise<void>, RegExp])[] = [
      ['what no log has noted', () => admit(signedBy('told', ['between']), fulcio()), /no transparency log has promised/],
      ['what another log has noted', () => admit(logged('told', (a, b) => noted(a, b, otherLog)), fulcio()), /inclusion promise could not be verified/],
      ['what was noted after the certificate had expired', () => admit(logged('told', late), fulcio()), /is not valid at/],
      ['a note about another signature', () => admit(logged('told', (a) => noted(a, signatureOf(a, keyIn('told')))), fulcio()), /signature mismatch/],
      ['a note about another payload', () => admit(logged('told', (_, b) => noted(jsonBytes(1), b)), fulcio()), /mismatch/],
      ['a note whose time was changed', () => admit(logged('told', (a, b) => noted(a, b).replace(/"integratedTime":\d/, '"integratedTime":2')), fulcio()), /promise could not|not valid at/],
      ['a person of another house', () => admit(logged('told'), fulcio({ oidcIssuer: 'https://evil.example' })), /does not say that https:\/\/evil\.example told/],
      ['a certificate that does not say who told', () => admit(logged('leaf'), fulcio()), /does not say that https:\/\/login/],
      ['another person', () => admit(logged('told'), fulcio({ subjectEmail: 'bob@example.org' })), /is not of bob@/],
    ]; // prettier-ignore
    for (const [what, ask, message] of rows) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(ask(), message);
      });
    }

    it('asks for the log beside a key as well', async () => {
      const keyData = Buffer.from(publicKeyOf(keyIn('leaf'))).toString('base64');
      const rekorPublicKeyData = Buffer.from(publicKeyOf(log)).toString('base64');
      const requirement = { type: 'sigstoreSigned', keyData, rekorPublicKeyData };
      await admit(logged('leaf'), requirement);
      await assert.rejects(admit(signedBy('leaf', []), requirement), /no transparency log has promised/);
    });
  });
});
