// Threads that work on one file system at the same time.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FileSystem } from '../../../wasm/src/files/file-system.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { PathTree } from './tree.ts';

describe('wasm files: threads', function () {
  this.timeout(300_000);

  it('sees each other’s files, and loses nothing', async () => {
    const tree = PathTree.create();
    const { arena } = tree.files;
    tree.makeDirectory('/all');
    const threads = [1, 2, 3, 4];
    const rounds = 500;
    await Promise.all(
      threads.map(async (thread) => {
        const worker = new Worker(join(import.meta.dirname, 'threads.worker.ts'), {
          workerData: { memory: arena.memory, thread, rounds },
        });
        const [code] = (await once(worker, 'exit')) as [number];
        assert.equal(code, 0);
      }),
    );
    // Another view of the memory, which has grown under this one.
    const after = new PathTree(FileSystem.open(Arena.open(arena.memory)));
    assert.deepEqual(after.list('/'), ['all', 'counter']);
    assert.equal(after.list('/all').length, threads.length * rounds);
    assert.equal(new TextDecoder().decode(tree.read('/counter')), String(threads.length * rounds));
    for (const name of tree.list('/all')) {
      const [thread = 0, round = 0] = name.split('-').map(Number);
      assert.deepEqual(tree.read(`/all/${name}`), new Uint8Array(1000 + round).fill(thread));
    }
  });
});
