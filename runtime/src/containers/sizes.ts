// How much a container holds: its own files (SizeRw), and those with the image's (SizeRootFs).

import type { Container } from './container.ts';
import { type Room, rootSpec } from './room.ts';

export interface Sizes {
  readonly SizeRw: number;
  readonly SizeRootFs: number;
}

/** Layers never change: each is measured once. */
const layerSizes = new WeakMap<Room, Map<string, Promise<number>>>();

export async function sizesOf(room: Room, container: Container): Promise<Sizes> {
  const rw = await writtenSize(room, container);
  const known = layerSizes.get(room) ?? new Map<string, Promise<number>>();
  layerSizes.set(room, known);
  let image = 0;
  for (const layer of await room.images.layers(container.record.imageId)) {
    const size = known.get(layer) ?? room.host.files.treeSize(layer);
    known.set(layer, size);
    image += await size;
  }
  return { SizeRw: rw, SizeRootFs: rw + image };
}

/** Bytes of the files in the writable layer. */
export async function writtenSize(room: Room, container: Container): Promise<number> {
  await using tree = await room.runner.openChanges(await rootSpec(room, container));
  let total = 0;
  for await (const entry of tree.walk('', { metadataOnly: true })) {
    if (entry.type === 'file') total += entry.size;
  }
  return total;
}
