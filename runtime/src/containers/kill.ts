// Kill: one signal to the first process. SIGKILL also waits for the end.

import { EngineError, messageOf } from '../spec/errors.ts';
import type { Sandbox } from '../runners/runner.ts';
import type { Container } from './container.ts';
import { notRunning } from './errors.ts';
import { publish, type Room } from './room.ts';
import { parseSignal, SIGKILL } from './signals.ts';

/** How long a killed process may take to be gone; longer means that the kernel holds it. */
const killPatienceMs = 10_000;

/** @throws EngineError conflict when it does not run, invalidParameter for an unknown signal */
export async function kill(room: Room, ref: string, options: { readonly signal?: string }): Promise<void> {
  const container = room.store.find(ref);
  try {
    const signal = options.signal === undefined || options.signal === '' ? SIGKILL : parseSignal(options.signal);
    await room.queue.idle(container.id);
    if (!container.isRunning) throw notRunning(container.id);
    const ended = signal === SIGKILL ? container.nextEnd('exit') : undefined;
    await sendSignal(room, container, signal);
    if (ended !== undefined) await within(room, ended, killPatienceMs);
  } catch (error) {
    throw new EngineError(
      error instanceof EngineError ? error.kind : 'system',
      `cannot kill container: ${ref}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/**
 * Sends a signal as a user's wish: a signal that ends the container also keeps its restart policy from acting. In the
 * container's turn, so that no pause comes between.
 * @throws EngineError conflict when it does not run
 */
export function sendSignal(room: Room, container: Container, signal: number): Promise<void> {
  return room.queue.run(container.id, () => signalNow(room, container, signal));
}

async function signalNow(room: Room, container: Container, signal: number): Promise<void> {
  if (!container.isRunning) throw notRunning(container.id);
  const own = container.record.config.StopSignal ?? '';
  const ends = own === '' || signal === SIGKILL || signal === parseSignal(own);
  if (ends) container.stopRequested = true;
  if (!room.closing.signal.aborted) {
    container.set({ stoppedByUser: true });
    room.store.saveQuietly(container);
  }
  if (container.state.status === 'restarting') {
    cancelRestart(room, container);
    return;
  }
  const wasPaused = container.state.status === 'paused';
  const { sandbox } = container;
  if (sandbox === undefined) throw notRunning(container.id);
  await sandbox.signal(signal);
  // A frozen process takes no signal: as Docker, a kill thaws it.
  if (wasPaused && ends) {
    await unlessEnded(room, container, sandbox, () => sandbox.resume());
    const { state } = container;
    if (state.status === 'paused') container.set({ state: { ...state, status: 'running' } });
  }
  publish(room, container, 'kill', { signal: String(signal) });
}

/** Ends the wait for the next try of the restart policy: the container is as it was left. */
export function cancelRestart(room: Room, container: Container): void {
  container.restartTimer?.abort();
  container.restartTimer = undefined;
  const { state } = container;
  if (state.status !== 'restarting') return;
  container.set({ state: { ...state, status: 'exited' } });
  room.store.saveQuietly(container);
  container.notifyExit();
}

/** How long the news of an end may take that was met as a failure. */
const newsMs = 1000;

/**
 * Does something to a sandbox that may be ending.
 * @throws EngineError conflict when it failed because it has ended
 */
export async function unlessEnded(
  room: Room,
  container: Container,
  sandbox: Sandbox,
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (await within(room, sandbox.exited, newsMs)) throw notRunning(container.id);
    throw error;
  }
}

/** @returns whether `ended` settled in time */
export async function within(room: Room, ended: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = room.host.clock.sleep(ms, { signal: timer.signal, ref: false }).then(
    () => false,
    () => true,
  );
  const result = await Promise.race([ended.then(() => true), timeout]);
  timer.abort();
  return result;
}
