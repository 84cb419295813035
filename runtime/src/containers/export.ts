// Export: the whole root as a tar, without what is mounted in it.

import type { Cancellable } from '../spec/engine/containers.ts';
import type { WalkedEntry } from '../host/kernel.ts';
import { writeTar } from '../spec/tar/writer.ts';
import { publish, type Room, rootSpec } from './room.ts';

/** @throws EngineError notFound */
export async function exportRoot(room: Room, ref: string, options: Cancellable): Promise<AsyncIterable<Uint8Array>> {
  const container = room.store.find(ref);
  const root = await rootSpec(room, container);
  const tree = await room.runner.openRoot(root, []);
  publish(room, container, 'export');
  return (async function* () {
    await using held = tree;
    yield* writeTar(members(held.walk('', { oneFileSystem: true }), options.signal));
  })();
}

/** The root itself is no member. */
async function* members(
  entries: AsyncIterable<WalkedEntry>,
  signal: AbortSignal | undefined,
): AsyncGenerator<WalkedEntry, void, undefined> {
  for await (const entry of entries) {
    signal?.throwIfAborted();
    if (entry.path !== '') yield entry;
  }
}
