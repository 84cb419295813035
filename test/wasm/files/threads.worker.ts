// One of the threads of `threads.test.ts`: makes files, moves them to where all are, and counts in a file that all write.

import { workerData } from 'node:worker_threads';
import { FileSystem } from '../../../wasm/src/files/file-system.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { PathTree } from './tree.ts';

const { memory, thread, rounds } = workerData as {
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly rounds: number;
};
const tree = new PathTree(FileSystem.open(Arena.open(memory)));
const own = `/own-${thread}`;
tree.makeDirectory(own);
for (let round = 0; round < rounds; round++) {
  const path = `${own}/${round}`;
  tree.write(path, 0, new Uint8Array(1000 + round).fill(thread));
  tree.symlink(path, `${own}/link`);
  tree.rename(path, `/all/${thread}-${round}`);
  tree.unlink(`${own}/link`);
  // Alone for the reading and the writing: nobody's number is lost.
  tree.together(() => {
    const before = tree.list('/').includes('counter') ? new TextDecoder().decode(tree.read('/counter')) : '0';
    tree.write('/counter', 0, new TextEncoder().encode(String(Number(before) + 1)));
  });
}
tree.removeDirectory(own);
