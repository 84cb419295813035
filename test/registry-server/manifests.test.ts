// Manifests of the distribution spec, in and out: every kind of content that its conformance suite has, and what is refused.

import assert from 'node:assert/strict';
import {
  type Ask,
  descriptor,
  digestOf,
  makeImage,
  ociIndex,
  ociManifest,
  openTemp,
  pushBlob,
  pushManifest,
  someBytes,
} from './in-process.ts';

const repository = 'team/app';
const manifests = `/v2/${repository}/manifests`;
const config = 'application/vnd.oci.image.config.v1+json';
const layer = 'application/vnd.oci.image.layer.v1.tar';

const indexOf = (parts: readonly string[], more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: ociIndex,
    manifests: parts.map((part) => descriptor((JSON.parse(part) as { mediaType: string }).mediaType, part)),
    ...more,
  });

/** It comes back by every name, byte for byte. */
async function checkThere(ask: Ask, manifest: string, names: readonly string[], type = ociManifest): Promise<void> {
  for (const name of [digestOf(manifest), ...names]) {
    const got = await ask('GET', `${manifests}/${name}`);
    assert.equal(got.status, 200, name);
    assert.equal(got.body.toString(), manifest);
    const head = await ask('HEAD', `${manifests}/${name}`);
    for (const { header } of [got, head]) {
      assert.equal(header('docker-content-digest'), digestOf(manifest));
      assert.equal(header('content-type'), type);
      assert.equal(header('content-length'), String(Buffer.byteLength(manifest)));
    }
    assert.equal(head.body.length, 0);
  }
}

/** Kinds of manifests, each made with what it needs. */
const kinds: Readonly<Record<string, (ask: Ask) => Promise<string>>> = {
  'an image': (ask) => makeImage(ask, repository),
  'an image without layers': async (ask) => {
    await pushBlob(ask, repository, '{}');
    return JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, config: descriptor(config, '{}'), layers: [] });
  },
  "an image of Docker's types": async (ask) => {
    const [bytes, about] = [someBytes(), '{"os":"linux"}'];
    await pushBlob(ask, repository, bytes);
    await pushBlob(ask, repository, about);
    return JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: descriptor('application/vnd.docker.container.image.v1+json', about),
      layers: [descriptor('application/vnd.docker.image.rootfs.diff.tar.gzip', bytes)],
    });
  },
  'an artifact': async (ask) => {
    const bytes = someBytes();
    await pushBlob(ask, repository, '{}');
    await pushBlob(ask, repository, bytes);
    return JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      artifactType: 'application/vnd.example.sbom',
      config: descriptor('application/vnd.oci.empty.v1+json', '{}'),
      layers: [descriptor('application/vnd.example.data', bytes)],
    });
  },
  'an image with fields that nobody knows': (ask) => makeImage(ask, repository, { 'org.example.x': { y: [1] } }),
  'an image with its config in the manifest': async (ask) => {
    await pushBlob(ask, repository, '{}');
    const data = { ...descriptor(config, '{}'), data: Buffer.from('{}').toString('base64') };
    return JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, config: data, layers: [] });
  },
  'an image with a layer that registries do not get': async (ask) => {
    await pushBlob(ask, repository, '{}');
    const absent = {
      ...descriptor('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'elsewhere'),
      urls: ['https://example.com/layer'],
    };
    return JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      config: descriptor(config, '{}'),
      layers: [absent],
    });
  },
  'an image whose subject is not there': (ask) =>
    makeImage(ask, repository, { subject: descriptor(ociManifest, 'not there') }),
};

describe('registry server: manifests', () => {
  for (const [name, make] of Object.entries(kinds)) {
    it(`keeps ${name}, by digest and by tag`, async () => {
      await using registry = await openTemp();
      const manifest = await make(registry.ask);
      const type = (JSON.parse(manifest) as { mediaType: string }).mediaType;
      const subject = (JSON.parse(manifest) as { subject?: { digest: string } }).subject?.digest;
      for (const target of [digestOf(manifest), 'latest', 'Other_tag-1.2']) {
        const { status, header } = await registry.ask('PUT', `${manifests}/${target}`, {
          headers: { 'content-type': type },
          body: manifest,
        });
        assert.equal(status, 201);
        assert.equal(header('location'), `${manifests}/${digestOf(manifest)}`);
        assert.equal(header('docker-content-digest'), digestOf(manifest));
        assert.equal(header('oci-subject'), subject);
      }
      await checkThere(registry.ask, manifest, ['latest', 'Other_tag-1.2'], type);
    });
  }

  it('keeps an index, one in another, and one with a subject', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const images = [await makeImage(ask, repository), await makeImage(ask, repository)];
    for (const image of images) await pushManifest(ask, repository, image);
    const inner = indexOf(images);
    await pushManifest(ask, repository, inner, { type: ociIndex });
    const outer = indexOf([inner, images[0] ?? ''], { annotations: { a: 'b' } });
    await pushManifest(ask, repository, outer, { type: ociIndex, target: 'outer' });
    const about = indexOf([], { subject: descriptor(ociIndex, outer), artifactType: 'application/vnd.example' });
    const pushed = await ask('PUT', `${manifests}/about`, { headers: { 'content-type': ociIndex }, body: about });
    assert.equal(pushed.header('oci-subject'), digestOf(outer));
    await checkThere(ask, outer, ['outer'], ociIndex);
    await checkThere(ask, about, ['about'], ociIndex);
  });

  it('keeps manifests of sha512 digests, with what they name', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const digest = digestOf('{}', 'sha512');
    await ask('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: '{}' });
    const part = { mediaType: config, digest, size: 2 };
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, config: part, layers: [] });
    const target = digestOf(manifest, 'sha512');
    const put = await ask('PUT', `${manifests}/${target}?tag=a&tag=b`, {
      headers: { 'content-type': ociManifest },
      body: manifest,
    });
    assert.equal(put.status, 201);
    assert.equal(put.header('oci-tag'), 'a, b');
    for (const name of [target, 'a', 'b']) {
      const got = await ask('GET', `${manifests}/${name}`);
      assert.equal(got.header('docker-content-digest'), target);
      assert.equal(got.body.toString(), manifest);
    }
  });

  it('sets the tags that come with a digest, or none of them', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const manifest = await makeImage(ask, repository);
    const url = `${manifests}/${digestOf(manifest)}`;
    assert.equal((await ask('PUT', `${url}?tag=good&tag=not%20good`, { body: manifest })).status, 400);
    assert.equal((await ask('GET', `${manifests}/good`)).status, 404);
    const tags = Array.from({ length: 10 }, (_, at) => `v${at}`);
    const put = await ask('PUT', `${url}?${tags.map((tag) => `tag=${tag}`).join('&')}`, { body: manifest });
    assert.equal(put.header('oci-tag'), tags.join(', '));
    await checkThere(ask, manifest, tags);
    const many = Array.from({ length: 101 }, (_, at) => `tag=m${at}`).join('&');
    assert.equal((await ask('PUT', `${url}?${many}`, { body: manifest })).status, 414);
  });

  it('moves a tag to what was pushed last', async () => {
    await using registry = await openTemp();
    const [first, second] = [await makeImage(registry.ask, repository), await makeImage(registry.ask, repository)];
    await pushManifest(registry.ask, repository, first, { target: 'latest' });
    await pushManifest(registry.ask, repository, second, { target: 'latest' });
    await checkThere(registry.ask, second, ['latest']);
    await checkThere(registry.ask, first, []);
  });

  it('gives a manifest only to who takes its type', async () => {
    await using registry = await openTemp();
    const manifest = await makeImage(registry.ask, repository);
    await pushManifest(registry.ask, repository, manifest, { target: 'latest' });
    const get = async (accept: string) =>
      (await registry.ask('GET', `${manifests}/latest`, { headers: { accept } })).status;
    for (const accept of ['*/*', 'application/json', `${ociIndex}, ${ociManifest};q=0.5`, 'text/html, */*;q=0.1', '']) {
      assert.equal(await get(accept), 200, accept);
    }
    for (const accept of [ociIndex, 'text/html', `${ociManifest};q=0`]) assert.equal(await get(accept), 404, accept);
  });

  it('says that a manifest is the one that the client has', async () => {
    await using registry = await openTemp();
    const manifest = await makeImage(registry.ask, repository);
    const digest = await pushManifest(registry.ask, repository, manifest, { target: 'latest' });
    const headers = { 'if-none-match': `"${digest}"` };
    const { status, body } = await registry.ask('GET', `${manifests}/latest`, { headers });
    assert.equal(status, 304);
    assert.equal(body.length, 0);
  });

  it('refuses a manifest whose parts are not there, and keeps nothing of it', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    await pushBlob(ask, repository, '{}');
    // In another repository it is not there either.
    await pushBlob(ask, 'other/app', 'a layer');
    const image = JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      config: descriptor(config, '{}'),
      layers: [descriptor(layer, 'a layer')],
    });
    for (const [manifest, type] of [
      [image, ociManifest],
      [indexOf([image]), ociIndex],
    ] as const) {
      const answer = await ask('PUT', `${manifests}/latest`, { headers: { 'content-type': type }, body: manifest });
      assert.equal(answer.status, 400);
      assert.deepEqual(answer.codes(), ['MANIFEST_BLOB_UNKNOWN']);
      assert.equal((await ask('GET', `${manifests}/${digestOf(manifest)}`)).status, 404);
      assert.equal((await ask('GET', `${manifests}/latest`)).status, 404);
    }
  });

  it('refuses a digest that is not of what was sent', async () => {
    await using registry = await openTemp();
    const manifest = await makeImage(registry.ask, repository);
    const put = { headers: { 'content-type': ociManifest }, body: `${manifest}  ` };
    const answer = await registry.ask('PUT', `${manifests}/${digestOf(manifest)}`, put);
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.codes(), ['DIGEST_INVALID']);
  });

  it('refuses what is no manifest', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    await pushBlob(ask, repository, '{}');
    const good = { schemaVersion: 2, mediaType: ociManifest, config: descriptor(config, '{}'), layers: [] };
    const bad: Readonly<Record<string, unknown>> = {
      'is no object': [good],
      'has another schema': { ...good, schemaVersion: 1 },
      'is of another type than announced': { ...good, mediaType: ociIndex },
      'is an index as well': { ...good, manifests: [] },
      'has no config': { ...good, config: undefined },
      'has a layer without a digest': { ...good, layers: [{ mediaType: layer, size: 1 }] },
      'has a digest that leads elsewhere': {
        ...good,
        layers: [{ mediaType: layer, size: 1, digest: 'sha256:../../x' }],
      },
      'has a size below nothing': { ...good, config: { ...good.config, size: -1 } },
      'has another size than its blob': { ...good, config: { ...good.config, size: 3 } },
      'has a subject that is none': { ...good, subject: {} },
      'has too many layers': { ...good, layers: Array.from({ length: 2001 }, () => good.config) },
    };
    for (const [name, value] of Object.entries(bad)) {
      const put = { headers: { 'content-type': ociManifest }, body: JSON.stringify(value) };
      const answer = await ask('PUT', `${manifests}/latest`, put);
      assert.equal(answer.status, 400, name);
      assert.deepEqual(answer.codes(), ['MANIFEST_INVALID'], name);
    }
    for (const body of ['', '{', Buffer.from([0x7b, 0xff, 0x7d])]) {
      const answer = await ask('PUT', `${manifests}/latest`, { headers: { 'content-type': ociManifest }, body });
      assert.deepEqual(answer.codes(), ['MANIFEST_INVALID']);
    }
  });

  it('takes 4 MiB of manifest and not more, whether its length is told or not', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const most = 4 * 1024 * 1024;
    const short = await makeImage(ask, repository, { annotations: { a: '' } });
    const full = short.replace('"a":""', `"a":"${'x'.repeat(most - short.length)}"`);
    assert.equal(full.length, most);
    await pushManifest(ask, repository, full, { target: 'full' });
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at <= most; at += 1024 * 1024) yield Buffer.alloc(1024 * 1024, ' ');
    }
    for (const body of [full.replace('"a":"', '"a":"x'), pieces()]) {
      const answer = await ask('PUT', `${manifests}/latest`, { headers: { 'content-type': ociManifest }, body });
      assert.equal(answer.status, 413);
    }
  });

  it('takes __proto__ for a name like any other', async () => {
    await using registry = await openTemp();
    const plain = await makeImage(registry.ask, repository, { subject: descriptor(ociManifest, 'x') });
    const manifest = plain.replace('"layers"', '"annotations":{"__proto__":"p"},"__proto__":{"subject":1},"layers"');
    await pushManifest(registry.ask, repository, manifest, { target: '__proto__' });
    await checkThere(registry.ask, manifest, ['__proto__']);
    await registry.reopen();
    await checkThere(registry.ask, manifest, ['__proto__']);
    const list = await registry.ask('GET', `/v2/${repository}/referrers/${digestOf('x')}`);
    assert.match(list.body.toString(), /"annotations":\{"__proto__":"p"\}/);
  });
});
