// The removal of a container that does not run, in its turn of the queue: the record goes first, its files follow in the
// background.

import { noSuchContainer } from './errors.ts';
import type { Container } from './container.ts';
import { readersDone } from './logs.ts';
import { publish, quietly, type Room, rootSpec } from './room.ts';

/** For readers of the log; a slow one is cut off. */
const readersPatienceMs = 500;

/** @throws EngineError notFound when it has gone already */
export async function removeEnded(
  room: Room,
  container: Container,
  options: { readonly volumes: boolean },
): Promise<void> {
  if (room.store.get(container.id) !== container) throw noSuchContainer(container.id);
  container.removing = true;
  container.restartTimer?.abort();
  const root = await rootSpec(room, container).catch(() =>
    // The image went by force: what is left of the container is its own directory.
    room.store.rootOf(container, []),
  );
  await readersDone(room, container, readersPatienceMs);
  for (const end of container.beforeRemoval) await quietly(room, 'end a watch of files', end);
  await room.runner.leaveRoot(root);
  try {
    await room.store.drop(container, (scratch) => room.runner.removeRoot({ ...root, scratch }));
  } catch (error) {
    container.removing = false;
    throw error;
  }
  for (const id of container.execIds) room.execs.delete(id);
  if (options.volumes) {
    const names = container.record.mounts.flatMap(({ anonymous, name }) =>
      anonymous === true && name !== undefined ? [name] : [],
    );
    if (names.length > 0) await quietly(room, 'remove volumes', () => room.volumes.removeAnonymous(names));
  }
  for (const { session } of container.pending) session.close();
  publish(room, container, 'destroy');
  container.notifyRemoval();
}
