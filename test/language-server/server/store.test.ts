// Documents as they are opened: their problems are computed once, when what they depend on is there.

import assert from 'node:assert/strict';
import type { Neighbours } from '../../../language-server/src/language/language.ts';
import { Store } from '../../../language-server/src/server/store.ts';

const uri = 'file:///work/shop/Dockerfile';
const textDocument = { uri, languageId: 'dockerfile', version: 1, text: 'FROM scratch\n' };

describe('language server: documents', () => {
  it('are told of once what lies beside them has been read, and but once', async () => {
    const told: string[] = [];
    const asked = Promise.withResolvers<Neighbours>();
    const read = Promise.withResolvers<void>();
    const store = new Store(
      (changed) => told.push(changed),
      (neighbours) => {
        asked.resolve(neighbours);
        return read.promise;
      },
    );
    store.open({ textDocument });
    const { texts, folders } = await asked.promise;
    assert.ok(texts.includes('file:///work/shop/.hadolint.yaml') && texts.includes('file:///work/.hadolint.yml'));
    assert.ok(texts.includes(`${uri}.dockerignore`) && texts.includes('file:///work/shop/.dockerignore'));
    assert.deepEqual(folders, ['file:///work/shop/']);
    assert.deepEqual(told, []);
    read.resolve();
    assert.equal((await store.file(uri))?.document.version, 1);
    assert.deepEqual(told, [uri]);
  });

  it('that are edited meanwhile are told of as they are then', async () => {
    const read = Promise.withResolvers<void>();
    const told: number[] = [];
    const store: Store = new Store(
      () => told.push(store.peek(uri)?.document.version ?? 0),
      () => read.promise,
    );
    store.open({ textDocument });
    store.change({ textDocument: { uri, version: 2 }, contentChanges: [{ text: 'FROM alpine\n' }] });
    read.resolve();
    assert.equal((await store.file(uri))?.document.text, 'FROM alpine\n');
    assert.deepEqual(told, [2]);
  });

  it('are refused at once where a client leaves out what makes one, and the next one is opened', async () => {
    const store = new Store(
      () => undefined,
      () => Promise.resolve(),
    );
    for (const missing of ['uri', 'languageId', 'text']) {
      assert.throws(
        () => store.open({ textDocument: { ...textDocument, [missing]: undefined } }),
        /a text, each a string/,
      );
    }
    assert.deepEqual(store.uris(), []);
    store.open({ textDocument });
    assert.equal((await store.file(uri))?.document.version, 1);
  });
});
