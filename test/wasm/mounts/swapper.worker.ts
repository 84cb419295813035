// Another container with the same folder, on a host without descriptors of places: it puts links in the place of a directory, as fast as it can.

import { parentPort, workerData } from 'node:worker_threads';
import { nodeHostFiles } from '../../../runtime/src/host/portable/node/host-files.ts';
import { bind, SpaceTree } from './space-tree.ts';

const { folder, stop } = workerData as {
  readonly folder: string;
  /** Its first word is another number when it is time to end. */
  readonly stop: Int32Array;
};
const host = nodeHostFiles({ platform: 'darwin' });
using tree = SpaceTree.open({ host, mounts: [bind(folder, '/data')] });
for (let round = 1; Atomics.load(stop, 0) === 0; round++) {
  tree.rename('/data/x', '/data/parked');
  tree.rename('/data/link', '/data/x');
  tree.rename('/data/x', '/data/link');
  tree.rename('/data/parked', '/data/x');
  if (round % 20 === 0) parentPort?.postMessage(round);
}
