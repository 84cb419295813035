// Changes: what differs in a container's files from its image, for `docker diff`.

import type { Changes, RootSpec } from '../runners/runner.ts';
import type { FilesystemChange } from '../spec/api/containers.ts';
import { type Change, layerChanges, type Lower, LowerLayers } from './layer-diff.ts';
import { type Room, rootSpec } from './room.ts';

/** @throws EngineError notFound */
export async function changes(room: Room, ref: string): Promise<readonly FilesystemChange[]> {
  const container = room.store.find(ref);
  const root = await rootSpec(room, container);
  await using tree = await room.runner.openChanges(root);
  const found = await changesIn(room, tree, root);
  return found.map(({ entry, kind }) => ({ Path: `/${entry.path}`, Kind: kind }));
}

/** @param mountPoints beside the runtime's own: left out where they are empty and of no image */
export async function changesIn(
  room: Room,
  tree: Changes,
  { layers }: RootSpec,
  mountPoints: readonly string[] = [],
): Promise<readonly Change[]> {
  const lower: Lower =
    tree.below === undefined
      ? new LowerLayers(room.host.files, layers)
      : { stat: async (path) => await tree.below?.(path) };
  return await layerChanges(tree.walk('', { metadataOnly: true }), lower, mountPoints);
}
