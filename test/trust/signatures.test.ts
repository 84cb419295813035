// Which signatures are believed, of both forms: by whose key, for which image and which name, and never because there are many.

import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKind } from '../../runtime/src/spec/errors.ts';
import { publicKeyOf } from '../../runtime/src/trust/private-key.ts';
import { signByBundle, signByTag } from '../../runtime/src/trust/sign.ts';
import { annotations, payloadType } from '../../runtime/src/trust/signature.ts';
import { makeTempFolder, type TempFolder } from '../helpers/temp-folder.ts';
import {
  always,
  digestOf,
  envelopeBundle,
  gateOf,
  imageOf,
  jsonBytes,
  MemoryRepository,
  payloadOf,
  remote,
  signatureOf,
} from './repository.ts';

const name = 'reg.example:5000/team/app:1';
const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

function keyData(key: KeyObject): string {
  return Buffer.from(publicKeyOf(key)).toString('base64');
}

const byOurs = { type: 'sigstoreSigned', keyData: keyData(ours) };

function statement(digest: string, more: object = {}): Uint8Array {
  return jsonBytes({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: { sha256: digest.slice('sha256:'.length) } }],
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    predicate: {},
    ...more,
  });
}

describe('trust: signatures', () => {
  let folder: TempFolder;
  let registry: MemoryRepository;
  before(async () => void (folder = await makeTempFolder()));
  after(() => folder[Symbol.asyncDispose]());
  beforeEach(() => void (registry = new MemoryRepository()));

  const image = imageOf('one');
  const other = imageOf('other');

  async function admit(requirement: object, asked = name, images = [image]): Promise<Uint8Array | undefined> {
    return await gateOf(folder.path, always(requirement)).admitRemote(remote(registry, asked, ...images));
  }

  async function refused(message: RegExp, requirement: object = byOurs, asked = name, images = [image]): Promise<void> {
    await assert.rejects(admit(requirement, asked, images), (error) => {
      assert(isKind(error, 'forbidden'), String(error));
      assert.match(error.message, message);
      return true;
    });
  }

  const signed = (identity = name, key = ours, subject = image) => ({ subject, identity, key });

  it('admits what is signed for its name, in either form', async () => {
    await signByTag(registry, signed());
    assert(await admit(byOurs));
    registry = new MemoryRepository();
    await signByBundle(registry, signed());
    assert(await admit(byOurs));
  });

  it('says which rule of which file refuses, and why', async () => {
    const place =
      /image reg\.example:5000\/team\/app:1 is refused by \S+\/policy\.json, default\[0\] \(sigstoreSigned\): /;
    await refused(new RegExp(`${place.source}no signature was found at its registry$`));
    await signByTag(registry, signed(name, theirs));
    await refused(new RegExp(`${place.source}a signature was found, but it is by another key$`));
  });

  it('asks nobody for signatures where none are needed', async () => {
    assert.equal(await admit({ type: 'insecureAcceptAnything' }), undefined);
    await refused(/\(reject\): it rejects all/, { type: 'reject' });
    await refused(/\(signedBy\): .*use sigstoreSigned/, { type: 'signedBy', keyType: 'GPGKeys' });
    assert.deepEqual(registry.asked, []);
  });

  it('wants all that is required', async () => {
    await signByTag(registry, signed());
    const both = { default: [byOurs, { type: 'sigstoreSigned', keyData: keyData(theirs) }] };
    const gate = gateOf(folder.path, both);
    await assert.rejects(gate.admitRemote(remote(registry, name, image)), /default\[1\].*by another key/);
    await signByTag(registry, signed(name, theirs));
    assert(await gate.admitRemote(remote(registry, name, image)));
    const rejects = gateOf(folder.path, { default: [byOurs, { type: 'reject' }] });
    await assert.rejects(rejects.admitRemote(remote(registry, name, image)), /default\[1\] \(reject\)/);
  });

  it('signs once by each key, however often', async () => {
    for (const key of [ours, theirs, ours, ours]) await signByTag(registry, signed(name, key));
    const manifest = registry.manifests.get(`sha256-${image.digest.slice(7)}.sig`);
    assert(manifest);
    const { layers } = JSON.parse(Buffer.from(manifest).toString()) as { readonly layers: readonly object[] };
    assert.equal(layers.length, 2);
  });

  it('takes one of several keys', async () => {
    await signByTag(registry, signed(name, theirs));
    assert(await admit({ type: 'sigstoreSigned', keyDatas: [keyData(ours), keyData(theirs)] }));
  });

  for (const [type, key] of [
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ] as const) {
    it(`verifies ${type}, in either form`, async () => {
      const requirement = { type: 'sigstoreSigned', keyData: keyData(key) };
      await signByTag(registry, signed(name, key));
      assert(await admit(requirement));
      registry = new MemoryRepository();
      await signByBundle(registry, signed(name, key));
      assert(await admit(requirement));
      await refused(/by another key/);
    });
  }

  it("believes no signature that is another image's, brought here", async () => {
    await signByTag(registry, signed(name, ours, other));
    const stolen = registry.manifests.get(`sha256-${other.digest.slice(7)}.sig`);
    assert(stolen);
    registry.manifests.set(`sha256-${image.digest.slice(7)}.sig`, stolen);
    await refused(new RegExp(`it is of another image, ${other.digest}`), {
      ...byOurs,
      signedIdentity: { type: 'matchDigest' },
    });
    registry = new MemoryRepository();
    await registry.putBundle(image, envelopeBundle(statement(other.digest), ours));
    await refused(new RegExp(`it is of another image, ${other.digest}`));
  });

  it('believes no signature for another name or tag', async () => {
    await signByTag(registry, signed('reg.example:5000/team/app:2'));
    await refused(/it is for reg\.example:5000\/team\/app:2, which matchRepoDigestOrExact does not allow/);
    await signByBundle(registry, signed('reg.example:5000/evil/app:1'));
    await refused(/2 signatures were found, but it is for .*app:2.*; it is for .*evil\/app:1/);
    const byRepository = { ...byOurs, signedIdentity: { type: 'matchRepository' } };
    assert(await admit(byRepository));
  });

  it('says what to do about signatures that name no tag, or nothing', async () => {
    await signByTag(registry, signed('reg.example:5000/team/app'));
    await refused(/without a tag: signedIdentity would have to be \{"type":"matchRepository"\}/);
    registry = new MemoryRepository();
    const unnamed = statement(image.digest, { subject: [{ digest: { sha256: image.digest.slice(7) } }] });
    await registry.putBundle(image, envelopeBundle(unnamed, ours));
    await refused(/only a digest: signedIdentity would have to be \{"type":"matchDigest"\}/, { ...byOurs, signedIdentity: { type: 'matchRepository' } }); // prettier-ignore
    assert(await admit({ ...byOurs, signedIdentity: { type: 'matchDigest' } }));
  });

  it('takes an image by digest whose signature has any tag', async () => {
    await signByTag(registry, signed('reg.example:5000/team/app:7'));
    assert(await admit(byOurs, `reg.example:5000/team/app@${image.digest}`));
    await refused(/matchExact does not allow/, { ...byOurs, signedIdentity: { type: 'matchExact' } }, `reg.example:5000/team/app@${image.digest}`); // prettier-ignore
  });

  it('takes the word for an index or for the image in it', async () => {
    const index = imageOf('stands for an index');
    await signByTag(registry, signed(name, ours, index));
    assert(await admit(byOurs, name, [index, image]));
    registry = new MemoryRepository();
    await signByBundle(registry, signed());
    assert(await admit(byOurs, name, [index, image]));
    await refused(/no signature was found/, byOurs, name, [index, other]);
  });

  it('takes a statement for a signature only if it is one', async () => {
    const scan = statement(image.digest, { predicateType: 'https://example.org/vulnerabilities' });
    await registry.putBundle(image, envelopeBundle(scan, ours));
    await refused(/it is no signature but a statement of type "https:\/\/example\.org\/vulnerabilities"/);
    registry = new MemoryRepository();
    await registry.putBundle(image, envelopeBundle(statement(image.digest), ours, 'text/plain'));
    await refused(/its envelope holds no statement/);
    registry = new MemoryRepository();
    const payload = jsonBytes({ ...(JSON.parse(Buffer.from(payloadOf(image.digest, name)).toString()) as object), critical: { type: 'atomic container signature', image: { 'docker-manifest-digest': image.digest }, identity: { 'docker-reference': name } } }); // prettier-ignore
    registry.putPayload(image, payload, signatureOf(payload, ours));
    await refused(/its payload is of another type/);
  });

  it('takes a bundle that signs the manifest itself, of which no name is known', async () => {
    const messageSignature = {
      messageDigest: { algorithm: 'SHA2_256', digest: Buffer.from(image.digest.slice(7), 'hex').toString('base64') },
      signature: Buffer.from(signatureOf(image.bytes, ours)).toString('base64'),
    };
    const bundle = {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: '' } },
      messageSignature,
    };
    await registry.putBundle(image, bundle);
    const byDigest = { ...byOurs, signedIdentity: { type: 'matchDigest' } };
    const kept = await admit(byDigest);
    assert(kept);
    await refused(/only a digest/);
    const again = gateOf(folder.path, always(byDigest));
    const origin = { kind: 'registry', reference: name, digests: [image.digest], signatures: digestOf(kept) } as const;
    await again.admitStored({ name, origins: [origin], read: () => Promise.resolve(kept) });
    registry = new MemoryRepository();
    await registry.putBundle(other, bundle);
    await refused(/it is by another key/, byDigest, name, [other]);
  });

  it('believes nothing that was changed', async () => {
    await signByTag(registry, signed());
    const [[digest, payload] = []] = [...registry.blobs].filter(([, bytes]) => Buffer.from(bytes).includes('critical'));
    assert(digest !== undefined && payload !== undefined);
    registry.blobs.set(digest, Buffer.from(Buffer.from(payload).toString().replace('app:1', 'app:2')));
    await refused(/no signature was found/);
    registry = new MemoryRepository();
    registry.putPayload(image, payloadOf(image.digest, name), signatureOf(payloadOf(image.digest, `${name}2`), ours));
    await refused(/by another key/);
  });

  it('passes over what is no signature, however malformed, and finds the one behind it', async () => {
    const good = payloadOf(image.digest, name);
    const layer = (signature: string | undefined, content: Uint8Array = good) => ({
      ...registry.add(content, payloadType),
      annotations: signature === undefined ? {} : { [annotations.signature]: signature },
    });
    const right = Buffer.from(signatureOf(good, ours)).toString('base64');
    const bad = Buffer.from('not JSON');
    registry.tag(image, [
      layer(undefined),
      layer('!'),
      layer('A'.repeat(10_000)),
      layer(Buffer.from(signatureOf(bad, ours)).toString('base64'), bad),
      layer(Buffer.from(signatureOf(jsonBytes(null), ours)).toString('base64'), jsonBytes(null)),
      { ...layer(right), size: 300 * 1024 },
      { ...layer(right), mediaType: 'application/x' },
      { ...layer(right), annotations: { [annotations.signature]: right, [annotations.chain]: 'no PEM' } },
      { ...layer(right), annotations: { [annotations.signature]: right, [annotations.log]: '{' } },
    ]);
    for (const bundle of [
      null,
      [],
      {},
      { mediaType: 7 },
      { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' },
    ]) {
      await registry.putBundle(image, bundle as object);
    }
    await refused(/^(?!.*admitted).*signatures were found, but/s, { ...byOurs, keyData: keyData(theirs) });
    await signByBundle(registry, signed());
    assert(await admit(byOurs));
  });

  it('looks at no more than so many, and asks no further once one does', async () => {
    const payload = payloadOf(image.digest, name);
    const wrong = Buffer.from(signatureOf(payload, theirs)).toString('base64');
    const layers = Array.from({ length: 500 }, () => ({
      ...registry.add(payload, payloadType),
      annotations: { [annotations.signature]: wrong },
    }));
    registry.tag(image, layers);
    await refused(/64 signatures were found/);
    registry = new MemoryRepository();
    await signByTag(registry, signed());
    await admit(byOurs);
    assert.deepEqual(registry.asked.slice(1), [`sha256-${image.digest.slice(7)}.sig`]);
  });

  it('fails, and admits nothing, where the registry cannot be asked', async () => {
    registry.referrers = () => Promise.reject(new Error('cut off'));
    await assert.rejects(admit(byOurs), /cut off/);
  });

  it('reads keys and the policy again when they have changed, and admits nothing by a broken one', async () => {
    const path = join(folder.path, 'key.pub');
    writeFileSync(path, publicKeyOf(theirs));
    const gate = gateOf(folder.path, always({ type: 'sigstoreSigned', keyPath: path }));
    const ask = () => gate.admitRemote(remote(registry, name, image));
    await signByTag(registry, signed());
    await assert.rejects(ask(), /by another key/);
    writeFileSync(path, publicKeyOf(ours));
    assert(await ask());
    writeFileSync(path, 'no key');
    await assert.rejects(ask(), /key\.pub: it is no public key in PEM/);
    gateOf(folder.path, always({ type: 'insecureAcceptAnything' }));
    await ask();
    gateOf(folder.path, '{"default"');
    const broken = /is refused, since the trust policy is of no use: \S+policy\.json: the policy is not valid JSON/;
    await assert.rejects(ask(), broken);
    await assert.rejects(gate.admitArchive('x'), broken);
    const origins = [{ kind: 'registry', reference: name, digests: [image.digest] }] as const;
    await assert.rejects(gate.admitStored({ name, origins, read: () => Promise.reject(new Error('unread')) }), broken);
  });

  it('judges what is here by where it came from, offline', async () => {
    await signByTag(registry, signed());
    const kept = await admit(byOurs);
    assert(kept);
    const pulled = { kind: 'registry', reference: name, digests: [image.digest] } as const;
    const stored = (...origins: Parameters<ReturnType<typeof gateOf>['admitStored']>[0]['origins']) => ({
      name: 'local:1',
      origins,
      read: () => Promise.resolve(kept),
    });
    const gate = gateOf(folder.path, always(byOurs));
    registry = new MemoryRepository();
    await gate.admitStored(stored({ ...pulled, signatures: digestOf(kept) }));
    await gate.admitStored(stored({ kind: 'made' }));
    await gate.admitStored(stored({ kind: 'archive' }, { ...pulled, signatures: digestOf(kept) }));
    await assert.rejects(
      gate.admitStored(stored(pulled)),
      /pulled when no signature was asked for; pull reg\.example:5000\/team\/app:1 again/,
    );
    await assert.rejects(gate.admitStored(stored({ kind: 'archive' })), /an archive holds no signatures/);
    await assert.rejects(gate.admitStored(stored()), /an archive holds no signatures/);
    const elsewhere = { ...pulled, reference: 'reg.example:5000/team/app:2', signatures: digestOf(kept) };
    await assert.rejects(gate.admitStored(stored(elsewhere)), /it is for reg\.example:5000\/team\/app:1/);
    const changed = { ...pulled, digests: [other.digest], signatures: digestOf(kept) };
    await assert.rejects(gate.admitStored(stored(changed)), /it is of another image/);
    const stricter = gateOf(folder.path, always({ ...byOurs, keyData: keyData(theirs) }));
    await assert.rejects(stricter.admitStored(stored({ ...pulled, signatures: digestOf(kept) })), /by another key/);
  });
});
