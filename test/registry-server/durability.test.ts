// What the registry has after an end in any moment: all that it has answered for, uploads to go on with, and nothing half.

import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNodeHost } from '../../runtime/src/host/node/host.ts';
import { openRegistryServer } from '../../runtime/src/registry-server/server.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { digestOf, makeImage, openTemp, pushBlob, pushManifest, someBytes } from './in-process.ts';

const repository = 'team/app';
const journalOf = (root: string): string => join(root, 'repositories.jsonl');

/** Opens a folder and closes it. */
async function openOnce(root: string): Promise<void> {
  const options = { host: createNodeHost(), root, logger: silentLogger, readOnly: false, allowDelete: true };
  await using _ = await openRegistryServer(options);
}

describe('registry server: after an end', () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    it(`goes on with an upload, ${algorithm}`, async () => {
      await using registry = await openTemp();
      const { ask } = registry;
      const bytes = someBytes(3_000_000);
      const begun = await ask('POST', `/v2/${repository}/blobs/uploads/?digest-algorithm=${algorithm}`);
      const location = begun.header('location') ?? '';
      await ask('PATCH', location, { body: bytes.subarray(0, 1_100_000) });
      await registry.reopen();
      assert.equal((await ask('GET', location)).header('range'), '0-1099999');
      await ask('PATCH', location, {
        headers: { 'content-range': '1100000-1999999' },
        body: bytes.subarray(1_100_000, 2_000_000),
      });
      await registry.reopen();
      const digest = digestOf(bytes, algorithm);
      const put = await ask('PUT', `${location}?digest=${digest}`, { body: bytes.subarray(2_000_000) });
      assert.equal(put.status, 201);
      await registry.reopen();
      assert.deepEqual((await ask('GET', `/v2/${repository}/blobs/${digest}`)).body, bytes);
      assert.deepEqual(await readdir(join(registry.root, 'uploads')), []);
    });
  }

  it('has what it answered for, and what was removed stays so', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const [kept, gone] = [await makeImage(ask, repository), await makeImage(ask, repository)];
    await pushManifest(ask, repository, kept, { target: 'kept' });
    await pushManifest(ask, repository, gone, { target: 'gone' });
    await ask('DELETE', `/v2/${repository}/manifests/gone`);
    const before = await readFile(journalOf(registry.root), 'utf8');
    await registry.reopen();
    // It was written anew, without what has gone.
    assert((await readFile(journalOf(registry.root), 'utf8')).length < before.length);
    assert.deepEqual((await ask('GET', `/v2/${repository}/tags/list`)).json(), { name: repository, tags: ['kept'] });
    assert.equal((await ask('GET', `/v2/${repository}/manifests/${digestOf(gone)}`)).body.toString(), gone);
  });

  it('never had a transaction of which a crash has left a part', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const manifest = await makeImage(ask, repository);
    await pushManifest(ask, repository, manifest, { target: 'one' });
    const journal = journalOf(registry.root);
    const whole = await readFile(journal);
    const last = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (const cut of [1, 20, whole.length - last - 1]) {
      await using copy = await makeTempFolder();
      await mkdir(join(copy.path, 'blobs/sha256'), { recursive: true });
      for (const name of await readdir(join(registry.root, 'blobs/sha256'))) {
        await writeFile(
          join(copy.path, 'blobs/sha256', name),
          await readFile(join(registry.root, 'blobs/sha256', name)),
        );
      }
      await writeFile(journalOf(copy.path), whole);
      await truncate(journalOf(copy.path), whole.length - cut);
      await using after = await openTemp({ root: copy.path });
      assert.equal((await after.ask('GET', `/v2/${repository}/manifests/one`)).status, 404);
      // All that went before is there, and it can be pushed again.
      await pushManifest(after.ask, repository, manifest, { target: 'one' });
    }
  });

  it('refuses a journal that is damaged or of another version, with its line', async () => {
    const header = '{"version":1}\n';
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /has no beginning/],
      ['{"version":2}\n', /unknown version/],
      ['[]\n', /unknown version/],
      [`${header}nonsense\n`, /damaged in line 2/],
      [`${header}[]\n[{"kind":"tag"}]\n`, /damaged in line 3/],
      [`${header}[{"kind":"blob","repository":"a","digest":"sha256:../x"}]\n`, /damaged in line 2/],
    ];
    for (const [text, message] of cases) {
      await using folder = await makeTempFolder();
      await writeFile(journalOf(folder.path), text);
      await assert.rejects(openOnce(folder.path), message);
      assert.equal(await readFile(journalOf(folder.path), 'utf8'), text, 'it is left as it was');
    }
  });

  it('does not offer what the disk has lost', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const digest = await pushBlob(ask, repository, someBytes());
    const manifest = await makeImage(ask, repository);
    await pushManifest(ask, repository, manifest, { target: 'one' });
    for (const lost of [digest, digestOf(manifest)]) {
      await rm(join(registry.root, 'blobs/sha256', lost.slice('sha256:'.length)));
    }
    await registry.reopen();
    assert.equal((await ask('HEAD', `/v2/${repository}/blobs/${digest}`)).status, 404);
    assert.equal((await ask('HEAD', `/v2/${repository}/manifests/one`)).status, 404);
    await pushManifest(ask, repository, manifest, { target: 'one' });
  });

  it('removes what killed writers have left', async () => {
    await using registry = await openTemp();
    const digest = await pushBlob(registry.ask, repository, 'x');
    await writeFile(join(registry.root, 'blobs/sha256/.x.0123.tmp'), 'half');
    await writeFile(join(registry.root, 'uploads/stray'), 'data of nothing');
    await writeFile(join(registry.root, 'uploads/lost.json'), '{"repository":"a","algorithm":"sha256"}');
    await writeFile(join(registry.root, 'uploads/odd.json'), '{');
    await registry.reopen();
    assert.deepEqual(await readdir(join(registry.root, 'uploads')), []);
    assert.deepEqual(await readdir(join(registry.root, 'blobs/sha256')), [digest.slice('sha256:'.length)]);
  });

  it('goes on behind a line that was never finished', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    await pushBlob(ask, repository, 'x');
    await appendFile(journalOf(registry.root), '[{"kind":"tag","reposi');
    await registry.reopen();
    assert.equal((await ask('HEAD', `/v2/${repository}/blobs/${digestOf('x')}`)).status, 200);
    await pushBlob(ask, repository, 'y');
    await registry.reopen();
    assert.equal((await ask('HEAD', `/v2/${repository}/blobs/${digestOf('y')}`)).status, 200);
  });
});

describe('registry server: many at once', () => {
  it('takes the same blob from many, and one image from many', async () => {
    await using registry = await openTemp();
    const { ask } = registry;
    const bytes = someBytes(400_000);
    const manifest = await makeImage(ask, repository);
    const names = Array.from({ length: 20 }, (_, at) => `team/app${at % 4}`);
    await Promise.all(names.map((name) => pushBlob(ask, name, bytes)));
    await Promise.all(names.map((_, at) => pushManifest(ask, repository, manifest, { target: `v${at}` })));
    const { tags } = (await ask('GET', `/v2/${repository}/tags/list`)).json() as { tags: string[] };
    assert.equal(tags.length, 20);
    for (const name of new Set(names)) {
      assert.deepEqual((await ask('GET', `/v2/${name}/blobs/${digestOf(bytes)}`)).body, bytes);
    }
    assert.deepEqual(await readdir(join(registry.root, 'uploads')), []);
  });

  it('keeps a thousand uploads and no more', async () => {
    await using registry = await openTemp();
    const begin = () => registry.ask('POST', `/v2/${repository}/blobs/uploads/`);
    for (let count = 0; count < 1000; count++) assert.equal((await begin()).status, 202);
    const refused = await begin();
    assert.equal(refused.status, 429);
    assert.equal(refused.header('retry-after'), '60');
    assert.deepEqual(refused.codes(), ['TOOMANYREQUESTS']);
  });
});
