// "Pull" and "Content Discovery" of the distribution spec, and names that are none.

import assert from 'node:assert/strict';
import {
  type Answer,
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

/** Follows `Link` to the end. */
async function pages(ask: Ask, first: string): Promise<readonly Answer[]> {
  const all: Answer[] = [];
  for (let url: string | undefined = first; url !== undefined;) {
    const answer: Answer = await ask('GET', url);
    assert.equal(answer.status, 200);
    all.push(answer);
    url = /^<([^>]+)>; rel="next"$/.exec(answer.header('link') ?? '')?.[1];
    assert(all.length < 100, 'the pages have no end');
  }
  return all;
}

const tagsIn = (answer: Answer): readonly string[] => (answer.json() as { tags: string[] }).tags;

describe('registry server: pull', () => {
  it('says that it is one', async () => {
    await using registry = await openTemp();
    for (const url of ['/v2/', '/v2']) {
      const { status, header } = await registry.ask('GET', url);
      assert.equal(status, 200);
      assert.equal(header('docker-distribution-api-version'), 'registry/2.0');
    }
  });

  it('gives parts of a blob', async () => {
    await using registry = await openTemp();
    const bytes = someBytes(2048);
    const url = `/v2/team/app/blobs/${await pushBlob(registry.ask, 'team/app', bytes)}`;
    const get = (range: string) => registry.ask('GET', url, { headers: { range } });
    const parts: readonly (readonly [string, number, number])[] = [
      ['bytes=500-1499', 500, 1500],
      ['bytes=500-', 500, 2048],
      ['bytes=-500', 1548, 2048],
      ['bytes=2000-5000', 2000, 2048],
      ['bytes=0-0', 0, 1],
      ['bytes=-5000', 0, 2048],
    ];
    for (const [range, start, end] of parts) {
      const { status, header, body } = await get(range);
      assert.equal(status, 206, range);
      assert.equal(header('content-range'), `bytes ${start}-${end - 1}/2048`, range);
      assert.deepEqual(body, bytes.subarray(start, end), range);
    }
    for (const range of ['bytes=500-0', 'bytes=5000-10000', 'bytes=2048-', 'bytes=-0']) {
      const { status, header } = await get(range);
      assert.equal(status, 416, range);
      assert.equal(header('content-range'), 'bytes */2048', range);
    }
    // What we do not honour is answered as if it were not there.
    for (const range of ['lines=1-2', 'bytes=0-1,4-5', 'bytes=-', 'bytes=a-b']) {
      const { status, body } = await get(range);
      assert.equal(status, 200, range);
      assert.equal(body.length, 2048, range);
    }
  });

  it('says that a blob is the one that the client has', async () => {
    await using registry = await openTemp();
    const digest = await pushBlob(registry.ask, 'team/app', 'x');
    const headers = { 'if-none-match': `"${digest}"` };
    assert.equal((await registry.ask('GET', `/v2/team/app/blobs/${digest}`, { headers })).status, 304);
  });

  it('knows what it has not', async () => {
    await using registry = await openTemp();
    await pushBlob(registry.ask, 'team/app', 'x');
    const none = digestOf('none');
    const cases: readonly (readonly [string, string])[] = [
      [`/v2/team/app/blobs/${none}`, 'BLOB_UNKNOWN'],
      [`/v2/team/app/manifests/${none}`, 'MANIFEST_UNKNOWN'],
      // A blob is no manifest.
      [`/v2/team/app/manifests/${digestOf('x')}`, 'MANIFEST_UNKNOWN'],
      ['/v2/team/app/manifests/none', 'MANIFEST_UNKNOWN'],
      ['/v2/nobody/manifests/none', 'NAME_UNKNOWN'],
      [`/v2/nobody/blobs/${digestOf('x')}`, 'BLOB_UNKNOWN'],
      ['/v2/nobody/tags/list', 'NAME_UNKNOWN'],
    ];
    for (const [url, code] of cases) {
      const answer = await registry.ask('GET', url);
      assert.equal(answer.status, 404, url);
      assert.deepEqual(answer.codes(), [code], url);
      const head = await registry.ask('HEAD', url);
      assert.equal(head.status, 404, url);
      assert.equal(head.body.length, 0);
    }
  });

  it('refuses names that are none, and paths that it has not', async () => {
    await using registry = await openTemp();
    const names = [
      'UPPER',
      'a//b',
      '../etc',
      'a/../b',
      '-a',
      'a-',
      'a___b',
      'a..b',
      'ä',
      `a${'b'.repeat(255)}`,
      'a%00b',
      '_',
    ];
    for (const name of names) {
      const answer = await registry.ask('GET', `/v2/${encodeURI(name)}/tags/list`);
      assert.equal(answer.status, 400, name);
      assert.deepEqual(answer.codes(), ['NAME_INVALID'], name);
    }
    assert.equal((await registry.ask('GET', '/v2/%ff/tags/list')).status, 400);
    assert.deepEqual((await registry.ask('GET', '/v2/a/manifests/-tag')).codes(), ['MANIFEST_INVALID']);
    assert.deepEqual((await registry.ask('GET', `/v2/a/manifests/${'t'.repeat(129)}`)).codes(), ['MANIFEST_INVALID']);
    for (const url of ['/', '/v1/', '/v2/_other', '/v2/a/things/b']) {
      assert.equal((await registry.ask('GET', url)).status, 404, url);
    }
    assert.equal((await registry.ask('GET', `/v2/${'a/'.repeat(9000)}tags/list`)).status, 414);
    for (const [method, url] of [
      ['POST', '/v2/'],
      ['PUT', '/v2/a/tags/list'],
      ['PATCH', '/v2/a/manifests/x'],
    ] as const) {
      assert.equal((await registry.ask(method, url)).status, 405, url);
    }
  });

  it('serves repositories that are called as parts of paths are', async () => {
    await using registry = await openTemp();
    for (const name of ['manifests/blobs', 'a/blobs/uploads', 'a/tags/list', 'referrers/manifests/x']) {
      const manifest = await makeImage(registry.ask, name);
      await pushManifest(registry.ask, name, manifest, { target: 'list' });
      assert.deepEqual(tagsIn(await registry.ask('GET', `/v2/${name}/tags/list`)), ['list']);
    }
  });
});

describe('registry server: lists', () => {
  it('gives tags in order, in pages', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const manifest = await makeImage(ask, 'team/app');
    const tags = ['B', 'a', 'a.1', 'a_1', 'b', '1', 'Z9', 'z'];
    for (const target of tags) await pushManifest(ask, 'team/app', manifest, { target });
    const sorted = tags.toSorted();
    const list = '/v2/team/app/tags/list';
    const whole = await ask('GET', list);
    assert.deepEqual(whole.json(), { name: 'team/app', tags: sorted });
    assert.equal(whole.header('link'), undefined);
    for (const size of [1, 3, 8, 100]) {
      const all = await pages(ask, `${list}?n=${size}`);
      assert.deepEqual(all.flatMap(tagsIn), sorted);
      assert.equal(all.length, Math.ceil(sorted.length / size));
    }
    const none = await ask('GET', `${list}?n=0`);
    assert.deepEqual(tagsIn(none), []);
    assert.equal(none.header('link'), undefined);
    // What is between two tags is a place as well.
    for (const last of ['a', 'a.0', '', 'zz']) {
      const after = sorted.filter((tag) => tag > last);
      assert.deepEqual(tagsIn(await ask('GET', `${list}?last=${last}`)), after);
      assert.deepEqual(tagsIn(await ask('GET', `${list}?n=2&last=${last}`)), after.slice(0, 2));
    }
    for (const wrong of ['x', '-1', '1.5', '1e3', '9999999999']) {
      assert.equal((await ask('GET', `${list}?n=${wrong}`)).status, 400, wrong);
    }
  });

  it('gives repositories in order, in pages', async () => {
    await using registry = await openTemp();
    const names = ['b', 'a/b', 'a', 'a-b', 'c/d/e'];
    for (const name of names) await pushBlob(registry.ask, name, name);
    const listed = (await pages(registry.ask, '/v2/_catalog?n=2')).map((page) => page.json());
    const sorted = names.toSorted();
    assert.deepEqual(
      listed,
      [0, 2, 4].map((at) => ({ repositories: sorted.slice(at, at + 2) })),
    );
  });

  it('gives what refers to a manifest, by kind and in pages', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const subject = await makeImage(ask, 'team/app');
    const url = `/v2/team/app/referrers/${digestOf(subject)}`;
    const empty = await ask('GET', url);
    assert.equal(empty.status, 200);
    assert.equal(empty.header('content-type'), ociIndex);
    assert.deepEqual(empty.json(), { schemaVersion: 2, mediaType: ociIndex, manifests: [] });
    const about = descriptor(ociManifest, subject);
    const annotations = { 'org.example.kind': 'sbom' };
    const sbom = await makeImage(ask, 'team/app', { subject: about, artifactType: 'application/x.sbom', annotations });
    // Without a type of its own it has its config's.
    const plain = await makeImage(ask, 'team/app', { subject: about });
    const index = JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [], subject: about });
    for (const manifest of [sbom, plain]) await pushManifest(ask, 'team/app', manifest);
    await pushManifest(ask, 'team/app', index, { type: ociIndex });
    await pushManifest(ask, 'team/app', subject);
    const expected = [
      { ...descriptor(ociManifest, sbom), artifactType: 'application/x.sbom', annotations },
      { ...descriptor(ociManifest, plain), artifactType: 'application/vnd.oci.image.config.v1+json' },
      descriptor(ociIndex, index),
    ].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    const listed = (answer: Answer) => (answer.json() as { manifests: unknown[] }).manifests;
    assert.deepEqual(listed(await ask('GET', url)), expected);
    assert.deepEqual((await pages(ask, `${url}?n=1`)).flatMap(listed), expected);
    const filtered = await ask('GET', `${url}?artifactType=application/x.sbom`);
    assert.equal(filtered.header('oci-filters-applied'), 'artifactType');
    assert.deepEqual(listed(filtered), [expected.find((each) => 'annotations' in each)]);
    assert.deepEqual(listed(await ask('GET', `${url}?artifactType=none`)), []);
    // They are the repository's, and are there after a start; a repository that is not there has none.
    assert.deepEqual(listed(await ask('GET', url.replace('team', 'other'))), []);
    await registry.reopen();
    assert.deepEqual(listed(await ask('GET', url)), expected);
    assert.equal((await ask('GET', '/v2/team/app/referrers/latest')).status, 400);
    assert.equal((await ask('DELETE', `/v2/team/app/manifests/${digestOf(sbom)}`)).status, 202);
    assert.equal(listed(await ask('GET', url)).length, 2);
  });
});
