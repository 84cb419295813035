// What happens when a container's first process has ended: everything it held is given back, its state is written, who
// waits is told, and then its restart policy or AutoRemove has the word.

import type { Sandbox, SandboxExit } from '../runners/runner.ts';
import type { EndpointSettings } from '../spec/api/networks.ts';
import { messageOf } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { healthAfterEnd } from './health.ts';
import { removeEnded } from './remove-ended.ts';
import { nextTry } from './restart-policy.ts';
import { publish, quietly, type Room } from './room.ts';
import { releaseMounts } from './sandbox-mounts.ts';
import { flatten } from './state.ts';
import { formatTime, parseTimeNs } from './time.ts';

/** Follows a running sandbox to its end. */
export function watchExit(room: Room, container: Container, sandbox: Sandbox): void {
  container.run = { ended: sandbox.exited };
  void sandbox.exited.then(async (exit) => {
    try {
      await room.queue.run(container.id, () => settleExit(room, container, sandbox, exit));
    } catch (error) {
      room.logger.error('the end of a container was not handled', { container: container.id, error: messageOf(error) });
    }
  });
}

/**
 * In the container's turn of the queue; also for an exit that happened while no daemon was there.
 * @param options.mayRestart false: its restart policy is asked later, when everything else stands
 */
export async function settleExit(
  room: Room,
  container: Container,
  sandbox: Sandbox | undefined,
  exit: SandboxExit,
  options: { readonly mayRestart: boolean } = { mayRestart: true },
): Promise<void> {
  container.sandbox = undefined;
  container.monitor?.abort();
  container.monitor = undefined;
  const { startedAt } = flatten(container.state);
  const finishedAt = formatTime(exit.finishedAtNs);
  const ranForNs = exit.finishedAtNs - parseTimeNs(startedAt);
  await quietly(room, 'leave networks', () => room.networks.leave(container.id));
  const delayMs = options.mayRestart ? nextTry(room, container, exit.code, Number(ranForNs / 1_000_000n)) : undefined;
  container.set({
    state: {
      status: delayMs === undefined ? 'exited' : 'restarting',
      exitCode: exit.code,
      oomKilled: exit.oomKilled,
      error: '',
      startedAt,
      finishedAt,
    },
    endpoints: keptEndpoints(container),
    joined: undefined,
    netns: undefined,
    health: healthAfterEnd(container.record.health),
    ...(delayMs === undefined ? {} : { restartCount: container.record.restartCount + 1 }),
  });
  const goes = delayMs === undefined && container.record.hostConfig.AutoRemove === true && !room.closing.signal.aborted;
  // What is on disk of one that goes at once need not say how it ended: a daemon that finds it removes it just so.
  if (!goes) room.store.saveQuietly(container);
  if (exit.oomKilled) publish(room, container, 'oom');
  const seconds = ranForNs > 0n ? ranForNs / 1_000_000_000n : 0n;
  publish(room, container, 'die', { exitCode: String(exit.code), execDuration: String(seconds) });
  container.notifyExit();
  if (sandbox !== undefined) await quietly(room, 'destroy sandbox', () => sandbox.destroy());
  await releaseMounts(room, container);
  if (delayMs !== undefined) scheduleRestart(room, container, delayMs);
  else if (goes) {
    await quietly(room, 'remove', () => removeEnded(room, container, { volumes: true }));
    if (room.store.get(container.id) === container) room.store.saveQuietly(container);
  }
}

/** What was asked for, and which network each endpoint was in: inspect goes on showing that. */
function keptEndpoints(container: Container): Readonly<Record<string, EndpointSettings>> {
  const { endpoints, joined } = container.record;
  if (joined === undefined) return endpoints;
  return Object.fromEntries(
    Object.entries(endpoints).map(([name, endpoint]) => {
      const live = Object.hasOwn(joined.endpoints, name) ? joined.endpoints[name] : undefined;
      return [name, { ...resting(endpoint, live), NetworkID: live?.NetworkID ?? endpoint.NetworkID ?? '' }];
    }),
  );
}

/** Connecting and disconnecting keep the live settings: their addresses end with the run, also a MAC that nobody asked for. */
function resting(endpoint: EndpointSettings, live: EndpointSettings | undefined): EndpointSettings {
  const { IPAMConfig, Links, Aliases, DriverOpts, GwPriority, MacAddress } = endpoint;
  const isGiven = (endpoint.EndpointID ?? '') !== '' && MacAddress === live?.MacAddress;
  return { IPAMConfig, Links, Aliases, DriverOpts, GwPriority, ...(isGiven ? {} : { MacAddress }) };
}

function scheduleRestart(room: Room, container: Container, delayMs: number): void {
  const timer = new AbortController();
  container.restartTimer = timer;
  const signal = AbortSignal.any([timer.signal, room.closing.signal]);
  void (async () => {
    try {
      await room.host.clock.sleep(delayMs, { signal, ref: false });
    } catch {
      // Stopped, removed or shut down while it waited: who did it has set the state.
      return;
    }
    try {
      await room.queue.run(container.id, async () => {
        if (container.state.status === 'restarting' && !signal.aborted) await room.relaunch(container);
      });
    } catch (error) {
      room.logger.warn('a container could not be started again', { container: container.id, error: messageOf(error) });
    }
  })();
}
