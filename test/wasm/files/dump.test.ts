// A file system as bytes and back: everything that has a name is there again and nothing else, and bytes that are damaged give an error.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { DamagedDump, openDump, sealDump, takeDump } from '../../../wasm/src/files/dump.ts';
import type { FileSystem, FileSystemOptions } from '../../../wasm/src/files/file-system.ts';
import { kind } from '../../../wasm/src/files/inode.ts';
import { create, hold, lookUp } from '../../../wasm/src/files/operations.ts';
import { resolve } from '../../../wasm/src/files/resolve.ts';
import { restoreFiles } from '../../../wasm/src/files/restore.ts';
import { nameOf } from '../../../wasm/src/files/directories.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { makePipe } from '../../../wasm/src/memory/pipe.ts';
import { Failure } from '../../../wasm/src/wasi/errno.ts';
import { MemorySpill } from './memory-spill.ts';
import { makeRandom, seed } from './random-calls.ts';
import { PathTree } from './tree.ts';

function dumpOf(tree: PathTree, extra = ''): Uint8Array {
  const { arena } = tree.files;
  arena.enter();
  const dump = takeDump(tree.files, extra);
  arena.leave();
  sealDump(dump);
  return dump;
}

function restore(dump: Uint8Array, options: FileSystemOptions = {}): PathTree {
  const { image } = openDump(dump);
  const from = Arena.restore(image, { limit: image.length, isShared: false });
  return new PathTree(restoreFiles(from, Arena.create({ limit: 2 ** 28, isShared: true }), options));
}

/** All that is in a tree, as text. */
function pictureOf(tree: PathTree, path = ''): readonly string[] {
  return tree.list(path === '' ? '/' : path).flatMap((name) => {
    const child = `${path}/${name}`;
    const { kind, size, links, mode } = tree.status(child);
    if (kind === 'directory') return [`${child}/ ${mode}`, ...pictureOf(tree, child)];
    if (kind === 'symlink') return [`${child} -> ${tree.readLink(child)}`];
    return [`${child} ${size} ${links} ${mode} ${createHash('sha256').update(tree.read(child)).digest('hex')}`];
  });
}

const usualSizes = [0, 10, 5000, 70_000, 200_000];
const smallSizes = [0, 10, 40];

/** Files of all kinds and sizes, some removed again, some with several names, over a layer. */
function sample(random: (below: number) => number, options: FileSystemOptions, sizes = usualSizes): PathTree {
  const tree = PathTree.create(options);
  tree.makeDirectory('/d');
  tree.makeDirectory('/d/deep');
  for (let index = 0; index < 60; index++) {
    const path = `/${['', 'd/', 'd/deep/'][random(3)] ?? ''}f${index}`;
    const size = sizes[random(sizes.length)] ?? 0;
    tree.write(path, random(2) * random(size + 1), new Uint8Array(size).fill(index));
    if (random(4) === 0) tree.link(path, `/d/l${index}`);
    if (random(4) === 0) tree.symlink(`../f${index}`, `/d/s${index}`);
    if (random(3) === 0) tree.unlink(path);
  }
  return tree;
}

function makeDeep(files: FileSystem, depth: number): void {
  let directory = files.root;
  for (let level = 0; level < depth; level++) {
    directory = create(files, directory, nameOf('d'), { kind: kind.directory, mode: 0o755 });
  }
}

function depthOf(files: FileSystem): number {
  let depth = 0;
  for (let at = lookUp(files, files.root, nameOf('d')); at !== 0; at = lookUp(files, at, nameOf('d'))) depth++;
  return depth;
}

describe('wasm files: dumps', function () {
  this.timeout(120_000);

  it('give back all that has a name, with and without contents in the spill', () => {
    for (let round = 0; round < 10; round++) {
      const random = makeRandom(seed + round);
      const options = {
        spill: new MemorySpill(),
        memory: [50_000, 1_000_000, Infinity][round % 3] ?? 0,
        isDumped: true,
      };
      const tree = sample(random, options);
      const again = restore(dumpOf(tree), options);
      assert.deepEqual(pictureOf(again), pictureOf(tree), `SEED=${seed + round}`);
      // It goes on as before.
      again.write('/d/after', 0, new Uint8Array(100_000).fill(7));
      again.unlink('/d/after');
      assert.deepEqual(pictureOf(again), pictureOf(tree));
      assert.deepEqual(pictureOf(restore(dumpOf(again), options)), pictureOf(tree));
    }
  });

  it('keep what they show of layers, and what is taken away', () => {
    const layer = PathTree.create();
    layer.makeDirectory('/d');
    for (const name of ['/a', '/b', '/d/c', '/d/gone']) layer.write(name, 0, new TextEncoder().encode(`layer ${name}`));
    layer.link('/a', '/d/same');
    const options = { layers: [layer.files] };
    const tree = PathTree.create(options);
    tree.unlink('/b');
    tree.unlink('/d/gone');
    tree.write('/d/c', 3, new TextEncoder().encode('ER'));
    tree.rename('/d', '/moved');
    tree.write('/a', 0, new TextEncoder().encode('LAYER'));
    const again = restore(dumpOf(tree), options);
    assert.deepEqual(again.list('/moved'), ['c', 'same']);
    assert.equal(new TextDecoder().decode(again.read('/moved/c')), 'layER /d/c');
    // Names of one file are still of one, also the one that nobody had looked at.
    assert.equal(new TextDecoder().decode(again.read('/moved/same')), 'LAYER /a');
    assert.deepEqual(pictureOf(again), pictureOf(tree));
  });

  it('leave out what is open without a name, pipes, and all else that has no name', () => {
    const tree = PathTree.create();
    tree.write('/kept', 0, new Uint8Array(1000));
    const plain = restore(dumpOf(tree)).files.arena.used;
    tree.write('/open', 0, new Uint8Array(500_000));
    tree.together(() => {
      const { inode } = resolve(tree.files, tree.files.root, nameOf('/open'), false);
      hold(tree.files, inode);
      makePipe(tree.files.arena, 65_536);
    });
    tree.unlink('/open');
    const again = restore(dumpOf(tree));
    assert.deepEqual(again.list('/'), ['kept']);
    assert.equal(again.files.arena.used, plain);
  });

  it('are taken as they are, or refused', () => {
    const tree = sample(makeRandom(seed), {}, smallSizes);
    const dump = dumpOf(tree, 'of layers 1 2 3');
    assert.equal(openDump(dump).extra, 'of layers 1 2 3');
    assert.notEqual(openDump(dumpOf(tree, 'other')).id, openDump(dump).id);
    const random = makeRandom(seed);
    for (let round = 0; round < 300; round++) {
      const damaged = dump.slice();
      const at = random(damaged.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
      assert.throws(() => openDump(damaged), DamagedDump, `byte ${at}`);
    }
    for (const length of [0, 3, 4, 31, 32, 1000, dump.length - 4, dump.length - 1]) {
      assert.throws(() => openDump(dump.slice(0, length)), DamagedDump);
    }
    assert.throws(() => openDump(new Uint8Array([...dump, 0, 0, 0, 0])), DamagedDump);
  });

  it('that somebody has changed and sealed again are refused or are file systems, in any case at once', () => {
    const random = makeRandom(seed);
    const spill = new MemorySpill();
    const layer = PathTree.create();
    layer.makeDirectory('/below');
    layer.write('/below/file', 0, new Uint8Array(100));
    const options = { spill, memory: 100_000, layers: [layer.files] };
    const tree = sample(random, options, smallSizes);
    tree.list('/below');
    const dump = dumpOf(tree);
    const before = 32;
    const used = [...new Int32Array(dump.buffer, before).entries()].flatMap(([index, word]) =>
      word === 0 ? [] : index,
    );
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      const changed = dump.slice();
      const words = new Int32Array(changed.buffer, before);
      for (let count = 0; count <= random(4); count++) {
        const from = words[used[random(used.length)] ?? 0] ?? 0;
        words[used[random(used.length)] ?? 0] = [0, -1, 2 ** 31 - 1, random(changed.length), from][random(5)] ?? 0;
      }
      sealDump(changed);
      try {
        assert.ok(restore(changed, options).files.root > 0);
      } catch (error) {
        const isTold = error instanceof DamagedDump || error instanceof Failure || error instanceof TypeError;
        assert.ok(isTold, String(error));
        refused++;
      }
    }
    assert.ok(refused > 500, `${refused} refused`);
  });

  it('leave blocks of the spill alone that the last of them names', () => {
    const spill = new MemorySpill();
    const options = { spill, memory: 0, isDumped: true };
    const tree = PathTree.create(options);
    const fill = (name: string, byte: number) => tree.write(name, 0, new Uint8Array(300_000).fill(byte));
    const { files } = tree;
    const save = () => {
      const dump = dumpOf(tree);
      tree.together(() => files.endDump());
      return dump;
    };
    for (let round = 0; round < 20; round++) {
      fill(`/old${round}`, round);
      const dump = save();
      tree.unlink(`/old${round}`);
      fill(`/new${round}`, 100);
      // The machine ends here: what the dump has is still in the spill.
      assert.deepEqual(new Set(restore(dump, options).read(`/old${round}`)), new Set([round]));
      tree.unlink(`/new${round}`);
      save();
    }
    // Blocks are used again: 20 times five would be more.
    assert.ok(spill.blocks.size <= 20, `${spill.blocks.size} blocks`);
  });

  it('of very deep trees are made and read', () => {
    const tree = PathTree.create();
    const depth = 20_000;
    tree.together(() => makeDeep(tree.files, depth));
    const again = restore(dumpOf(tree));
    again.together(() => assert.equal(depthOf(again.files), depth));
  });
});
