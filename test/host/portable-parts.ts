// What stands around portable trees in tests: a disk, folders, and layers over them.

import { randomBytes } from 'node:crypto';
import { Folders } from '../../runtime/src/host/portable/folders.ts';
import { Layers } from '../../runtime/src/host/portable/layers.ts';
import { nodeDisk } from '../../runtime/src/host/portable/node/disk.ts';
import type { TreeRoot } from '../../runtime/src/host/kernel.ts';

export function portableParts() {
  const disk = nodeDisk();
  const folders = new Folders(disk, randomBytes);
  const kernel = {
    openTree: ({ root }: TreeRoot) => Promise.resolve(folders.openTree(root)),
    removeTree: (doomed: string) => disk.remove(doomed),
  };
  return { disk, folders, kernel, layers: new Layers({ disk, kernel, random: randomBytes }) };
}
