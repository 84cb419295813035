// A folder of the host, with files of its own, as a tree: volumes are such, and what the engine itself puts down below all images.

import { openFolder } from '../../../../wasm/src/mounts/open.ts';
import type { HostFiles } from '../../../../wasm/src/mounts/host-files.ts';
import { Arena } from '../../../../wasm/src/memory/arena.ts';
import type { Tree } from '../kernel.ts';
import { FilesTree } from './files-tree.ts';
import { fromFailure } from './inside.ts';

/** For what a tree has open at once. */
const arenaBytes = 2 ** 22;

/** Every change is on the host at once. @throws EngineError notFound */
export function openHostFolder(host: HostFiles, path: string): Tree {
  const arena = Arena.create({ limit: arenaBytes, isShared: false });
  try {
    const space = openFolder(arena, host, path);
    return new FilesTree({
      space,
      isLayer: false,
      save: () => Promise.resolve(),
      close: async () => {
        space[Symbol.dispose]();
        await Promise.resolve();
      },
    });
  } catch (error) {
    throw fromFailure(error, 'open', path);
  }
}
