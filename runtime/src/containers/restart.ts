// Restart: stop when it runs, start, and one event more.

import type { StopOptions } from '../spec/engine/containers.ts';
import { isKind } from '../spec/errors.ts';
import { conflict } from './errors.ts';
import { publish, type Room } from './room.ts';
import { startContainer } from './start.ts';
import { stopContainer } from './stop.ts';

/** @throws EngineError as start does */
export async function restart(room: Room, ref: string, options: StopOptions): Promise<void> {
  const container = room.store.find(ref);
  await room.queue.idle(container.id);
  if (container.removing) throw conflict(`container ${container.id} is marked for removal and cannot be restarted`);
  const autoRemove = container.record.hostConfig.AutoRemove === true;
  if (container.isRunning) {
    // The stop in the middle is no end for AutoRemove.
    const hostConfig = { ...container.record.hostConfig, AutoRemove: false };
    if (autoRemove) container.set({ hostConfig });
    await stopContainer(room, container, options);
    await room.queue.idle(container.id);
    if (autoRemove) container.set({ hostConfig: { ...container.record.hostConfig, AutoRemove: true } });
  }
  try {
    await startContainer(room, container);
  } catch (error) {
    if (!isKind(error, 'notModified')) throw error;
  }
  publish(room, container, 'restart');
}
