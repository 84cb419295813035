// "Content Management" of the distribution spec, what may not be removed, and the collection of what nothing needs.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
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
const status = async (ask: Ask, method: string, path: string): Promise<number> =>
  (await ask(method, `/v2/${repository}/${path}`)).status;
const partsOf = (manifest: string): readonly string[] => {
  const { config, layers } = JSON.parse(manifest) as { config: { digest: string }; layers: { digest: string }[] };
  return [config, ...layers].map(({ digest }) => digest);
};

describe('registry server: removal', () => {
  it('removes a tag and leaves the manifest', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const manifest = await makeImage(ask, repository);
    for (const target of ['one', 'two']) await pushManifest(ask, repository, manifest, { target });
    assert.equal(await status(ask, 'DELETE', 'manifests/one'), 202);
    assert.equal(await status(ask, 'HEAD', 'manifests/one'), 404);
    assert.equal(await status(ask, 'HEAD', 'manifests/two'), 200);
    assert.equal(await status(ask, 'HEAD', `manifests/${digestOf(manifest)}`), 200);
    assert.equal(await status(ask, 'DELETE', 'manifests/one'), 404);
  });

  it('removes a manifest with its tags, then its blobs, and so the repository', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const manifest = await makeImage(ask, repository);
    await pushManifest(ask, repository, manifest, { target: 'one' });
    assert.equal(await status(ask, 'DELETE', `manifests/${digestOf(manifest)}`), 202);
    for (const name of ['one', digestOf(manifest)]) assert.equal(await status(ask, 'GET', `manifests/${name}`), 404);
    assert.equal(await status(ask, 'DELETE', `manifests/${digestOf(manifest)}`), 404);
    for (const digest of partsOf(manifest)) {
      assert.equal(await status(ask, 'DELETE', `blobs/${digest}`), 202);
      assert.equal(await status(ask, 'GET', `blobs/${digest}`), 404);
      assert.equal(await status(ask, 'DELETE', `blobs/${digest}`), 404);
    }
    assert.equal(await status(ask, 'GET', 'tags/list'), 404);
    assert.deepEqual((await ask('GET', '/v2/_catalog')).json(), { repositories: [] });
    await registry.reopen();
    assert.deepEqual((await ask('GET', '/v2/_catalog')).json(), { repositories: [] });
  });

  it('does not break what it has: a blob of a manifest, a manifest of an index', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const manifest = await makeImage(ask, repository);
    await pushManifest(ask, repository, manifest);
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: [descriptor(ociManifest, manifest)],
    });
    await pushManifest(ask, repository, index, { type: ociIndex });
    for (const path of [`manifests/${digestOf(manifest)}`, `blobs/${partsOf(manifest)[0] ?? ''}`]) {
      const answer = await ask('DELETE', `/v2/${repository}/${path}`);
      assert.equal(answer.status, 405);
      assert.match(answer.body.toString(), /delete that first/);
      assert.equal(await status(ask, 'HEAD', path), 200);
    }
    assert.equal(await status(ask, 'DELETE', `manifests/${digestOf(index)}`), 202);
    assert.equal(await status(ask, 'DELETE', `manifests/${digestOf(manifest)}`), 202);
  });

  it('removes nothing unless it was told that it may', async () => {
    await using registry = await openTemp({ allowDelete: false });
    const { ask } = registry;
    const manifest = await makeImage(ask, repository);
    await pushManifest(ask, repository, manifest, { target: 'one' });
    for (const path of ['manifests/one', `manifests/${digestOf(manifest)}`, `blobs/${partsOf(manifest)[0] ?? ''}`]) {
      assert.equal(await status(ask, 'DELETE', path), 405);
      assert.equal(await status(ask, 'HEAD', path), 200);
    }
    // An upload is its client's own.
    const location = (await ask('POST', `/v2/${repository}/blobs/uploads/`)).header('location') ?? '';
    assert.equal((await ask('DELETE', location)).status, 204);
  });

  it('takes nothing when it is read-only', async () => {
    await using registry = await openTemp();
    const manifest = await makeImage(registry.ask, repository);
    await pushManifest(registry.ask, repository, manifest, { target: 'one' });
    await using reader = await openTemp({ root: registry.root, readOnly: true });
    const { ask } = reader;
    assert.equal(await status(ask, 'GET', 'manifests/one'), 200);
    const changes = [
      ['POST', 'blobs/uploads/'],
      ['POST', `blobs/uploads/?digest=${digestOf('x')}`],
      ['PUT', 'manifests/two'],
      ['DELETE', 'manifests/one'],
      ['PATCH', 'blobs/uploads/x'],
    ] as const;
    for (const [method, path] of changes) {
      const answer = await ask(method, `/v2/${repository}/${path}`, { body: 'x' });
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.deepEqual(answer.codes(), ['UNSUPPORTED']);
    }
  });
});

describe('registry server: collection', () => {
  const contents = (root: string) => readdir(join(root, 'blobs/sha256'));

  it('keeps what manifests need, and what has just come', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const manifest = await makeImage(ask, repository);
    await pushManifest(ask, repository, manifest, { target: 'one' });
    const loose = await pushBlob(ask, repository, someBytes());
    assert.equal(await registry.collect(60_000), 0);
    assert.equal(await status(ask, 'HEAD', `blobs/${loose}`), 200);
    assert.equal(await registry.collect(0), 1);
    assert.equal(await status(ask, 'HEAD', `blobs/${loose}`), 404);
    for (const digest of partsOf(manifest)) assert.equal(await status(ask, 'GET', `blobs/${digest}`), 200);
    assert.equal((await contents(registry.root)).length, 3);
  });

  it('removes the contents of what was removed, once no repository has them', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const manifest = await makeImage(ask, repository);
    await pushManifest(ask, repository, manifest);
    const [config = ''] = partsOf(manifest);
    const mounted = await ask('POST', `/v2/other/blobs/uploads/?mount=${config}&from=${repository}`);
    assert.equal(mounted.status, 201);
    await ask('DELETE', `/v2/${repository}/manifests/${digestOf(manifest)}`);
    // The other repository has its blob for the age, as whoever mounts it is about to push a manifest.
    assert.equal(await registry.collect(60_000), 1);
    assert.equal((await contents(registry.root)).length, 2);
    assert.equal(await registry.collect(0), 2);
    assert.deepEqual(await contents(registry.root), []);
    // It can come again.
    await pushManifest(ask, repository, await makeImage(ask, repository));
  });

  it('gives up uploads to which nothing comes', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const location = (await ask('POST', `/v2/${repository}/blobs/uploads/`)).header('location') ?? '';
    await registry.collect(60_000);
    assert.equal((await ask('GET', location)).status, 204);
    await registry.collect(0);
    assert.equal((await ask('GET', location)).status, 404);
    assert.deepEqual(await readdir(join(registry.root, 'uploads')), []);
  });
});
