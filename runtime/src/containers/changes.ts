// Changes: what differs in a container's files from its image, for `docker diff`.

import type { FilesystemChange } from '../spec/api/containers.ts';
import type { Container } from './container.ts';
import { type Change, layerChanges, LowerLayers } from './layer-diff.ts';
import { type Room, rootSpec } from './room.ts';

/** @throws EngineError notFound */
export async function changes(room: Room, ref: string): Promise<readonly FilesystemChange[]> {
  const container = room.store.find(ref);
  const found = await changesOf(room, container);
  return found.map(({ entry, kind }) => ({ Path: `/${entry.path}`, Kind: kind }));
}

/** @param mountPoints beside the runtime's own: left out where they are empty and of no image */
export async function changesOf(
  room: Room,
  container: Container,
  mountPoints: readonly string[] = [],
): Promise<readonly Change[]> {
  const root = await rootSpec(room, container);
  await using tree = await room.runner.openChanges(root);
  const lower = new LowerLayers(room.host.files, root.layers);
  return await layerChanges(tree.walk('', { metadataOnly: true }), lower, mountPoints);
}
