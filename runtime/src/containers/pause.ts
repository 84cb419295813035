// Pause and unpause: the whole container frozen and thawed.

import { EngineError } from '../spec/errors.ts';
import type { Sandbox } from '../runners/runner.ts';
import type { Container } from './container.ts';
import { conflict, isRestarting, notRunning } from './errors.ts';
import { unlessEnded } from './kill.ts';
import { publish, type Room } from './room.ts';

/** @throws EngineError conflict when it does not run or is paused already */
export function pause(room: Room, ref: string): Promise<void> {
  const container = room.store.find(ref);
  return room.queue.run(container.id, async () => {
    const { state } = container;
    if (state.status === 'paused') throw conflict(`Container ${container.id} is already paused`);
    if (state.status === 'restarting') throw isRestarting(container.id);
    if (state.status !== 'running' || container.sandbox === undefined) throw notRunning(container.id);
    await freeze(room, container, container.sandbox);
    set(room, container, 'paused');
    publish(room, container, 'pause');
  });
}

/** @throws EngineError system when it is not paused, as Docker has it */
export function unpause(room: Room, ref: string): Promise<void> {
  const container = room.store.find(ref);
  return room.queue.run(container.id, async () => {
    const { sandbox } = container;
    if (container.state.status !== 'paused' || sandbox === undefined) {
      throw new EngineError('system', `Container ${container.id} is not paused`);
    }
    await unlessEnded(room, container, sandbox, () => sandbox.resume());
    set(room, container, 'running');
    publish(room, container, 'unpause');
  });
}

/**
 * Freezes what runs.
 * @throws EngineError conflict when it has ended meanwhile
 */
export function freeze(room: Room, container: Container, sandbox: Sandbox): Promise<void> {
  return unlessEnded(room, container, sandbox, () => sandbox.pause());
}

function set(room: Room, container: Container, status: 'running' | 'paused'): void {
  const { state } = container;
  if (state.status !== 'running' && state.status !== 'paused') return;
  container.set({ state: { ...state, status } });
  room.store.saveQuietly(container);
}
