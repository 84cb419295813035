// Contexts with names beside a build's own: folders of the client, and names that cannot be understood.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contextName, namedContextsOf } from '../../runtime/src/builder/named-contexts.ts';
import { listFolder } from '../../runtime/src/copy/list-folder.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { requireRoot } from '../helpers/skip.ts';
import { Lab, request } from './lab.ts';

describe('builder: names of contexts', () => {
  it('are the same for all ways to write the name of an image', () => {
    for (const name of ['alpine', 'alpine:latest', 'docker.io/library/alpine', 'docker.io/library/alpine:latest']) {
      assert.equal(contextName(name), 'alpine');
    }
    assert.equal(contextName('alpine:3'), 'alpine:3');
    assert.equal(contextName('My Stage'), 'My Stage');
  });

  it('lead to images, addresses and folders, and nowhere else', () => {
    const contexts = namedContextsOf({
      namedContexts: {
        a: 'docker-image://alpine:3',
        b: 'https://example.com/r.git#main',
        c: 'https://example.com/x.tar',
      },
      namedFolders: { d: 'id' },
    });
    assert.deepEqual(Object.fromEntries(contexts), {
      a: { kind: 'image', reference: 'alpine:3' },
      b: { kind: 'remote', address: 'https://example.com/r.git#main' },
      c: { kind: 'remote', address: 'https://example.com/x.tar' },
      d: { kind: 'folder', id: 'id' },
    });
    for (const bad of ['', '/etc', 'alpine', 'file:///etc', 'docker-image://']) {
      assert.throws(() => namedContextsOf({ namedContexts: { x: bad } }), {
        kind: 'invalidParameter',
        message: new RegExp(
          `^invalid context "x": ${JSON.stringify(bad).replaceAll('/', '\\/')} is no git or http address`,
        ),
      });
    }
  });
});

describe('builder: contexts with names', () => {
  let lab: Lab;
  before(async function () {
    requireRoot(this);
    lab = await Lab.open();
  });
  after(async () => lab?.[Symbol.asyncDispose]());

  async function offered(files: Readonly<Record<string, string>>): Promise<string> {
    await using temp = await makeTempFolder();
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(temp.path, path, '..'), { recursive: true });
      writeFileSync(join(temp.path, path), text);
    }
    const listing = listFolder(temp.path, () => ({ itself: true, below: true }));
    const { builds } = lab.engine;
    const offer = { key: await listing.key(), description: temp.path, takenNs: 0n };
    const { id, missing } = await builds.offerContext(offer, listing.lines());
    await builds.supplyContext(id, listing.pack(missing));
    return id;
  }

  it('are copied from, mounted, and stood on; what their ignore file names is not there', async () => {
    const text = [
      'FROM assets AS all',
      'FROM busybox',
      'COPY --from=assets /a.txt /copied',
      'COPY --from=all /sub/b.txt /stood-on',
      'RUN --mount=from=assets,target=/m cat /m/a.txt /copied /stood-on && ls -a /m > /list && cat /list',
    ].join('\n');
    const namedFolders = {
      assets: await offered({ 'a.txt': 'A\n', 'sub/b.txt': 'B\n', secret: 's', '.dockerignore': 'secret' }),
    };
    const built = await lab.build(text, { namedFolders });
    assert.equal(built.failure, undefined);
    assert.match(built.output, /^A\nA\nB\n/);
    assert.doesNotMatch(built.output, /secret/);
  });

  it('take the place of images and stages of their names, which are not built', async () => {
    const text = 'FROM busybox AS tools\nRUN false\nFROM busybox\nCOPY --from=tools /x /x\nRUN cat /x';
    const built = await lab.build(text, { namedFolders: { tools: await offered({ x: 'from the folder' }) } });
    assert.equal(built.failure, undefined);
    assert.equal(built.output, 'from the folder');
  });

  it('are not asked again for what is in the cache, and a change says which file it was', async () => {
    const text = 'FROM busybox\nCOPY --from=tools /x /x\n';
    const build = async (x: string) =>
      lab.build(text, { tags: ['localhost/named:1'], namedFolders: { tools: await offered({ x }) } });
    assert.equal((await build('1')).failure, undefined);
    assert.equal((await build('1')).results.get(1)?.state, 'cached');
    assert.deepEqual((await build('2')).results.get(1)?.miss?.changed, ['x']);
  });

  it('that are missing, or were never sent, say so', async () => {
    const text = 'FROM busybox\nCOPY --from=tools /x /x\n';
    const unknown = await lab.build(text, { namedFolders: { tools: 'no such offer' } });
    assert.match(unknown.failure?.message ?? '', /No such context: offer it again/);
    const built = await lab.build(text, { namedFolders: { tools: await offered({ y: '' }) } });
    assert.match(built.failure?.message ?? '', /stat x: file does not exist/);
    await assert.rejects(lab.engine.builds.build(request(text, { context: { kind: 'offered', id: 'gone' } })), {
      kind: 'notFound',
    });
  });
});
