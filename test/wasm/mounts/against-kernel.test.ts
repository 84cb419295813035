// What is mounted does what the kernel does: random system calls at a place of a container, and on a real directory.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { createMemoryFiles } from '../../../wasm/src/mounts/memory.ts';
import type { MountReference } from '../../../wasm/src/mounts/reference.ts';
import { nodeHostFiles } from '../../../runtime/src/host/portable/node/host-files.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { KernelTree, makeRandom, pictureOf, run, seed } from '../files/random-calls.ts';
import { openBelow } from './open-below.ts';
import { bind, makeFiles, SpaceTree, type ContainerOptions } from './space-tree.ts';

function tmpfs(target: string): MountReference {
  const files = createMemoryFiles({ mode: 0o755 });
  return {
    target,
    readOnly: false,
    shownSource: 'tmpfs',
    source: { kind: 'memory', name: target, files, type: 'tmpfs' },
  };
}

/** By what a container's /data may be; with a folder of the host to use. */
const kinds: Readonly<Record<string, (folder: string) => ContainerOptions>> = {
  'a folder of the host': (folder) => ({ mounts: [bind(folder, '/data')] }),
  'a folder of a host without descriptors of places': (folder) => ({
    mounts: [bind(folder, '/data')],
    host: nodeHostFiles({ platform: 'darwin' }),
  }),
  'a tmpfs': () => ({ mounts: [tmpfs('/data')] }),
  'a folder in a folder': (folder) => {
    mkdirSync(`${folder}/inner`);
    return { mounts: [tmpfs('/mnt'), bind(`${folder}/inner`, '/mnt/below/data')] };
  },
};

describe('wasm mounts: against the kernel', function () {
  this.timeout(300_000);

  for (const [title, make] of Object.entries(kinds)) {
    it(`does what the kernel does in ${title}`, async () => {
      await using folder = await makeTempFolder();
      const random = makeRandom(seed + 7);
      for (let round = 0; round < 5; round++) {
        const [mine, theirs] = [`${folder.path}/${round}`, `${folder.path}/${round}-kernel`];
        for (const path of [mine, theirs]) mkdirSync(path);
        const options = make(mine);
        const files = makeFiles();
        const { used } = files.arena;
        {
          using tree = SpaceTree.open({ ...options, files });
          const target = options.mounts?.at(-1)?.target ?? '/data';
          run(300, random, tree.below(target), new KernelTree(theirs), true);
          if (existsSync(`${mine}/inner`))
            assert.deepEqual(pictureOf(new KernelTree(`${mine}/inner`)), pictureOf(new KernelTree(theirs)));
        }
        assert.ok(files.arena.used - used < 4096, `only mount points are left of ${used} bytes: ${files.arena.used}`);
        assert.deepEqual(openBelow(folder.path), [], 'all descriptors of the host are closed');
      }
    });
  }
});
