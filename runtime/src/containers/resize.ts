// The size of a container's terminal.

import { notRunning } from './errors.ts';
import { publish, type Room } from './room.ts';

/** @throws EngineError conflict when it does not run */
export async function resize(room: Room, ref: string, rows: number, columns: number): Promise<void> {
  const container = room.store.find(ref);
  if (!container.isLive || container.sandbox === undefined) throw notRunning(container.id);
  await container.sandbox.resize(rows, columns);
  publish(room, container, 'resize', { height: String(rows), width: String(columns) });
}
