// Stop: the container's own stop signal, time to end by itself, then SIGKILL.

import type { StopOptions } from '../spec/engine/containers.ts';
import { EngineError } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { sendSignal, within } from './kill.ts';
import { publish, type Room } from './room.ts';
import { parseSignal, SIGKILL, SIGTERM } from './signals.ts';

/** Between the signal to stop and the kill. */
export const defaultTimeoutS = 10;
const killPatienceMs = 10_000;

/** @throws EngineError notModified when it does not run */
export async function stop(room: Room, ref: string, options: StopOptions): Promise<void> {
  const container = room.store.find(ref);
  await room.queue.idle(container.id);
  if (!container.isRunning) throw new EngineError('notModified', `container ${container.id} is already stopped`);
  await stopContainer(room, container, options);
}

/** Resolves when it has ended; of a container that ends meanwhile likewise. */
export async function stopContainer(room: Room, container: Container, options: StopOptions): Promise<void> {
  const { config } = container.record;
  const signal = parseSignal(options.signal || config.StopSignal || String(SIGTERM));
  const timeoutS = options.timeoutS ?? config.StopTimeout ?? defaultTimeoutS;
  container.stopRequested = true;
  const ended = container.nextEnd('exit');
  await trySignal(room, container, signal);
  const inTime = timeoutS < 0 ? await ended.then(() => true) : await within(room, ended, timeoutS * 1000);
  if (!inTime) {
    await trySignal(room, container, SIGKILL);
    if (!(await within(room, ended, killPatienceMs))) {
      throw new EngineError(
        'system',
        `cannot stop container: ${container.id}: tried to kill container, but did not receive an exit event`,
      );
    }
  }
  publish(room, container, 'stop');
}

/** A process that is gone already needs no signal. */
async function trySignal(room: Room, container: Container, signal: number): Promise<void> {
  try {
    await sendSignal(room, container, signal);
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind !== 'conflict') throw error;
  }
}
