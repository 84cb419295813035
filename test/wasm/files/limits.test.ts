// A file system that is full says so, and is whole.

import assert from 'node:assert/strict';
import { blockBytes } from '../../../wasm/src/files/inode.ts';
import { errnoOf, PathTree } from './tree.ts';

function fill(run: (index: number) => void): { readonly made: number; readonly refusal: string } {
  for (let index = 0; ; index++) {
    try {
      run(index);
    } catch (error) {
      return { made: index, refusal: errnoOf(error) };
    }
  }
}

describe('wasm files: limits', () => {
  it('is full at its limit, and takes again what was freed', () => {
    const tree = PathTree.create({ limit: 8 * 2 ** 20 });
    const block = new Uint8Array(blockBytes).fill(7);
    const { made, refusal } = fill((index) => tree.write('/big', index * blockBytes, block));
    assert.equal(refusal, 'ENOSPC');
    assert(made > 100 && made <= 128, String(made));
    assert.equal(tree.status('/big').size, made * blockBytes);
    assert.deepEqual(tree.read('/big', (made - 1) * blockBytes), block);
    tree.truncate('/big', 0);
    assert.equal(fill((index) => tree.write('/again', index * blockBytes, block)).made, made);
  });

  it('bounds what names and links take by the memory', () => {
    const tree = PathTree.create({}, { limit: 4 * 2 ** 20 });
    const names = fill((index) => tree.makeDirectory(`/${'long name '.repeat(20)}${index}`));
    assert.equal(names.refusal, 'ENOSPC');
    assert.equal(tree.list('/').length, names.made);
    for (const name of tree.list('/')) tree.removeDirectory(`/${name}`);
    assert.deepEqual(tree.list('/'), []);
    const again = fill((index) => tree.symlink('x'.repeat(4000), `/${index}`));
    assert.equal(again.refusal, 'ENOSPC');
    assert.equal(tree.list('/').length, again.made);
  });

  it('has room for long files with holes', () => {
    const tree = PathTree.create({}, { limit: 16 * 2 ** 20 });
    const end = 60 * 2 ** 30;
    tree.write('/holes', end, new Uint8Array([1]));
    assert.equal(tree.status('/holes').size, end + 1);
    assert.deepEqual(tree.read('/holes', end - 2), new Uint8Array([0, 0, 1]));
    assert.equal(fill(() => tree.write('/holes', 2 ** 46, new Uint8Array(1))).refusal, 'EFBIG');
  });

  it('finds one of many names as fast as one of few', () => {
    const tree = PathTree.create();
    const count = 100_000;
    for (let index = 0; index < count; index++) tree.write(`/${index}`, 0, new Uint8Array(0));
    assert.equal(tree.status(`/${count - 1}`).kind, 'file');
    assert.equal(tree.list('/').length, count);
    for (let index = 0; index < count; index++) tree.unlink(`/${index}`);
    assert.deepEqual(tree.list('/'), []);
  });
});
