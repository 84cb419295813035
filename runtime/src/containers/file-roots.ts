// What the files room is given of containers: their files as `cp` sees them, and those of images, in a root of their own
// that is thrown away.

import type { Tree } from '../host/kernel.ts';
import { EngineError } from '../spec/errors.ts';
import { randomId } from '../spec/ids.ts';
import { quietly, type Room } from './room.ts';
import { openView, readOnlyReason } from './root-view.ts';

/** A file tree and what may be done with it; the shape of what `files/roots.ts` asks for. */
export interface OpenedFiles extends AsyncDisposable {
  readonly tree: Tree;
  checkWritable(realPath: string): void;
  beforeRemoval(end: () => Promise<void>): Disposable;
}

/** @throws EngineError notFound */
export async function openContainerFiles(room: Room, ref: string): Promise<OpenedFiles> {
  const container = room.store.find(ref);
  const view = await openView(room, container);
  return {
    tree: view.tree,
    checkWritable(realPath) {
      const reason = readOnlyReason(container, realPath);
      if (reason !== undefined) throw new EngineError('forbidden', `${realPath}: ${reason}`);
    },
    beforeRemoval(end) {
      container.beforeRemoval.add(end);
      return { [Symbol.dispose]: () => container.beforeRemoval.delete(end) };
    },
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
}

/** An image's layers one above the other. @throws EngineError notFound */
export async function openImageFiles(room: Room, ref: string): Promise<OpenedFiles> {
  const { id: imageId } = await room.images.resolve(ref);
  const layers = await room.images.layers(imageId);
  await using undo = new AsyncDisposableStack();
  const id = randomId((size) => room.host.random(size));
  // No container has a name like that: what a crash leaves of it goes away at the next start.
  const root = { id, layers, scratch: room.store.directoryOf(`.image-${id}`) };
  await room.runner.createRoot(root);
  undo.defer(() => quietly(room, 'remove the view of an image', () => room.runner.removeRoot(root)));
  const tree = await room.runner.openRoot(root, []);
  undo.defer(() => tree[Symbol.asyncDispose]());
  const held = undo.move();
  let ended: Promise<void> | undefined;
  return {
    tree,
    checkWritable(realPath) {
      throw new EngineError('forbidden', `${realPath}: the files of an image cannot be changed`);
    },
    beforeRemoval: () => ({ [Symbol.dispose]: () => undefined }),
    [Symbol.asyncDispose]: () => (ended ??= held.disposeAsync()),
  };
}
