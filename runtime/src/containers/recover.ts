// After a restart of the daemon: what still runs is taken over, what ended meanwhile gets its exit code, what vanished with
// the machine is marked so, leftovers are cleared away, and then the restart policies have the word.

import type { Restored, SandboxExit } from '../runners/runner.ts';
import { messageOf } from '../spec/errors.ts';
import { showExecs } from './exec-recover.ts';
import type { Container } from './container.ts';
import { settleExit, watchExit } from './exit.ts';
import { startMonitor } from './health.ts';
import { startCompressing } from './log-compress.ts';
import { joinRequest, memberOf } from './network-request.ts';
import { removeEnded } from './remove-ended.ts';
import { wantsStartAtBoot } from './restart-policy.ts';
import { quietly, type Room, rootSpec } from './room.ts';
import { flatten } from './state.ts';

/** What is said of a container whose end nobody saw. */
const unknownExitCode = 255;

/** Never rejects because of one container: what is wrong with it is logged. */
export async function recover(room: Room): Promise<void> {
  const leftovers = new Set(await room.runner.leftovers());
  for (const container of room.store.all()) {
    const mayRun = container.isRunning || leftovers.delete(container.id);
    leftovers.delete(container.id);
    if (!mayRun) continue;
    await quietly(room, `recover ${container.id}`, () => room.queue.run(container.id, () => takeOver(room, container)));
  }
  for (const id of leftovers) await quietly(room, `purge ${id}`, () => room.runner.purge(id));
  for (const container of room.store.all()) {
    if (container.record.hostConfig.AutoRemove !== true || container.isRunning) continue;
    if (container.record.everStarted && room.store.get(container.id) === container) {
      await quietly(room, `remove ${container.id}`, () => removeEnded(room, container, { volumes: true }));
    }
  }
  for (const container of room.store.all()) {
    await quietly(room, `compress the log of ${container.id}`, async () => startCompressing(room, container));
  }
}

/** Starts what its restart policy wants up, once everything else stands. Resolves when all have been tried. */
export async function startWanted(room: Room): Promise<void> {
  const wanted = room.store
    .all()
    .filter((container) => !container.isRunning && wantsStartAtBoot(container, flatten(container.state).exitCode));
  for (const container of wanted) {
    await room.queue.run(container.id, async () => {
      if (container.isRunning || container.removing) return;
      try {
        await room.relaunch(container);
      } catch (error) {
        room.logger.warn('a container could not be started again', {
          container: container.id,
          error: messageOf(error),
        });
      }
    });
  }
}

async function takeOver(room: Room, container: Container): Promise<void> {
  const { config, hostConfig } = container.record;
  const root = await rootSpec(room, container);
  const restored = await room.runner.restore(root, { config, hostConfig });
  if (restored === undefined) {
    await quietly(room, 'purge', () => room.runner.purge(container.id));
    // It waited for its next try when the daemon went: the exit is known.
    const { state } = container;
    if (state.status === 'restarting') container.set({ state: { ...state, status: 'exited' } });
    else if (container.isLive) await settleExit(room, container, undefined, vanished(room), { mayRestart: false });
    room.store.saveQuietly(container);
    return;
  }
  markRunning(container, restored);
  if (restored.state === 'exited') {
    await settleExit(room, container, restored.sandbox, restored.exit, { mayRestart: false });
    return;
  }
  await adopt(room, container, restored);
}

function vanished(room: Room): SandboxExit {
  return { code: unknownExitCode, oomKilled: false, finishedAtNs: room.host.clock.nowNs() };
}

/** The record may be of the moment before its start was written. */
function markRunning(container: Container, restored: Restored): void {
  const { state } = container;
  const pid = restored.state === 'running' ? restored.pid : 0;
  if (state.status === 'running' || state.status === 'paused') {
    container.set({ state: { ...state, pid } });
    return;
  }
  const { startedAt, finishedAt } = flatten(state);
  container.set({ everStarted: true, state: { status: 'running', pid, startedAt, finishedAt } });
}

async function adopt(
  room: Room,
  container: Container,
  restored: Extract<Restored, { readonly state: 'running' }>,
): Promise<void> {
  const { sandbox } = restored;
  container.sandbox = sandbox;
  const { joined, netns, mounts } = container.record;
  for (const { type, name } of mounts) {
    if (type !== 'volume' || name === undefined) continue;
    await quietly(room, 'mount volume', async () => {
      await room.volumes.mount(name, container.id);
    });
  }
  if (joined !== undefined) {
    await quietly(room, 'restore networks', () =>
      room.networks.restore(memberOf(container), joinRequest(container, netns ?? '', joined.links ?? []), joined),
    );
  }
  showExecs(room, container, sandbox);
  watchExit(room, container, sandbox);
  startMonitor(room, container, sandbox, false);
  room.store.saveQuietly(container);
}
