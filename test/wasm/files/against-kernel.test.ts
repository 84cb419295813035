// The file system of the lightweight mode does what the kernel's does: random system calls on both, whose answers, failures
// and what is there in the end must be the same; with layers below, and contents that spill, as well.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { FilesTree } from '../../../runtime/src/host/portable/files-tree.ts';
import { ChangesWalk } from '../../../runtime/src/host/portable/tree-changes.ts';
import type { FileSystem, FileSystemOptions } from '../../../wasm/src/files/file-system.ts';
import { Namespace } from '../../../wasm/src/mounts/namespace.ts';
import { at, get } from '../../../wasm/src/files/inode.ts';
import { roomOf } from '../../../wasm/src/memory/arena.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { MemorySpill } from './memory-spill.ts';
import { KernelTree, makeRandom, pictureOf, run, seed } from './random-calls.ts';
import { PathTree } from './tree.ts';

/** The changes of a tree as a layer, as commit and unpacking make one. */
async function layerOf({ files }: PathTree): Promise<FileSystem> {
  const layer = PathTree.create();
  await using target = new FilesTree({
    space: Namespace.of(layer.files),
    isLayer: true,
    save: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
  const changes = new ChangesWalk({ space: Namespace.of(files), isLayer: false, check: () => {} }, files, {});
  for await (const { content, ...entry } of changes.entries()) await target.put(entry, content);
  await target.flush();
  return layer.files;
}

function removeAll(tree: PathTree, directory: string): void {
  for (const name of tree.list(directory === '' ? '/' : directory)) {
    const path = `${directory}/${name}`;
    if (tree.status(path).kind !== 'directory') tree.unlink(path);
    else {
      removeAll(tree, path);
      tree.removeDirectory(path);
    }
  }
}

/** Bytes that an empty tree keeps: the root's buckets, and the list of free blocks of the spill. */
function spareOf({ files }: PathTree): number {
  const { arena } = files;
  const buckets = get(arena, files.root, at.content) === 0 ? 0 : roomOf(get(arena, files.root, at.contentRoom));
  return buckets + files.spareBytes;
}

describe('wasm files: against the kernel', function () {
  this.timeout(300_000);

  const spilling = () => ({ spill: new MemorySpill(), memory: 100_000 });
  const options: Readonly<Record<string, () => FileSystemOptions & { readonly isShared?: boolean }>> = {
    'in memory that threads share': () => ({}),
    'in memory of one thread': () => ({ isShared: false }),
    'with contents that spill': spilling,
  };
  for (const [title, make] of Object.entries(options)) {
    it(`does what the kernel does, ${title}`, async () => {
      await using folder = await makeTempFolder();
      const random = makeRandom(seed);
      for (let round = 0; round < 20; round++) {
        const root = `${folder.path}/${round}`;
        fs.mkdirSync(root);
        const { isShared = true, ...rest } = make();
        const tree = PathTree.create(rest, { isShared });
        const { used } = tree.files.arena;
        run(400, random, tree, new KernelTree(root), true);
        removeAll(tree, '');
        assert.equal(tree.files.arena.used, used + spareOf(tree), `nothing is lost, with SEED=${seed}`);
      }
    });
  }

  it('shows layers as one tree, and makes a layer of what has changed', async () => {
    await using folder = await makeTempFolder();
    const random = makeRandom(seed + 1);
    for (let round = 0; round < 20; round++) {
      const root = `${folder.path}/${round}`;
      fs.mkdirSync(root);
      let layers: readonly FileSystem[] = [];
      for (let depth = 0; depth < 5; depth++) {
        const tree = PathTree.create({ layers, ...spilling() });
        run(100, random, tree, new KernelTree(root), layers.length === 0);
        layers = [await layerOf(tree), ...layers];
        assert.deepEqual(
          pictureOf(PathTree.create({ layers }), false),
          pictureOf(new KernelTree(root), false),
          `with SEED=${seed}`,
        );
      }
    }
  });
});
