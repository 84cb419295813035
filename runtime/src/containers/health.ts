// The health monitor of one run: probes at intervals, counts failures, keeps the last five results and tells when the
// status changes.

import type { Sandbox } from '../runners/runner.ts';
import type { ContainerConfig, Health, HealthConfig, HealthcheckResult } from '../spec/api/containers.ts';
import { messageOf } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { probe } from './probe.ts';
import { publish, type Room } from './room.ts';
import { flatten } from './state.ts';
import { parseTimeNs } from './time.ts';

const defaults = { intervalMs: 30_000, timeoutMs: 30_000, startIntervalMs: 5_000, retries: 3 };
const keptResults = 5;

/** The command of a health check; undefined when there is none. */
export function healthCommand(config: ContainerConfig): readonly string[] | undefined {
  const [kind, ...rest] = config.Healthcheck?.Test ?? [];
  if (kind === 'CMD') return rest.length === 0 ? undefined : rest;
  if (kind !== 'CMD-SHELL') return undefined;
  const shell =
    config.Shell !== undefined && config.Shell !== null && config.Shell.length > 0 ? config.Shell : ['/bin/sh', '-c'];
  return [...shell, ...rest];
}

/** @param fresh false for a container found running by a new daemon: it keeps its status */
export function startMonitor(room: Room, container: Container, sandbox: Sandbox, fresh = true): void {
  const command = healthCommand(container.record.config);
  if (command === undefined) return;
  if (fresh || container.record.health === undefined) {
    container.set({ health: { Status: 'starting', FailingStreak: 0, Log: [] } });
  }
  const monitor = new AbortController();
  container.monitor = monitor;
  const signal = AbortSignal.any([monitor.signal, room.closing.signal]);
  void watch(room, container, sandbox, command, signal).catch((error: unknown) => {
    if (!signal.aborted) {
      room.logger.error('a health monitor ended', { container: container.id, error: messageOf(error) });
    }
  });
}

/** A container whose monitor stopped is not healthy any more. */
export function healthAfterEnd(health: Health | undefined): Health | undefined {
  return health === undefined ? undefined : { ...health, Status: 'unhealthy' };
}

async function watch(
  room: Room,
  container: Container,
  sandbox: Sandbox,
  command: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await room.host.clock.sleep(pauseMs(room, container), { signal, ref: false });
    } catch {
      return;
    }
    if (container.state.status !== 'running') continue;
    const timeoutMs = milliseconds(container.record.config.Healthcheck?.Timeout, defaults.timeoutMs);
    const result = await probe(room, container, sandbox, command, timeoutMs);
    if (signal.aborted) return;
    record(room, container, result);
  }
}

function pauseMs(room: Room, container: Container): number {
  const check = container.record.config.Healthcheck ?? {};
  const interval = milliseconds(check.Interval, defaults.intervalMs);
  if (container.record.health?.Status !== 'starting' || !isStarting(room, container, check)) return interval;
  return Math.min(interval, milliseconds(check.StartInterval, defaults.startIntervalMs));
}

function isStarting(room: Room, container: Container, check: HealthConfig): boolean {
  const startedMs = Number(parseTimeNs(flatten(container.state).startedAt) / 1_000_000n);
  return room.host.clock.now() - startedMs < milliseconds(check.StartPeriod, 0);
}

/** Docker's durations are nanoseconds, 0 is "not said". */
function milliseconds(ns: number | null | undefined, otherwise: number): number {
  return ns === undefined || ns === null || ns === 0 ? otherwise : ns / 1_000_000;
}

function record(room: Room, container: Container, result: HealthcheckResult): void {
  const before = container.record.health ?? { Status: 'starting', FailingStreak: 0, Log: [] };
  const check = container.record.config.Healthcheck ?? {};
  let status = before.Status ?? 'starting';
  let streak = before.FailingStreak ?? 0;
  if (result.ExitCode === 0) {
    status = 'healthy';
    streak = 0;
  } else if (status !== 'starting' || !isStarting(room, container, check)) {
    streak += 1;
    if (streak >= (check.Retries || defaults.retries)) status = 'unhealthy';
  }
  const log = [...(before.Log ?? []), result].slice(-keptResults);
  container.set({ health: { Status: status, FailingStreak: streak, Log: log } });
  if (status === before.Status) return;
  room.store.saveQuietly(container);
  publish(room, container, `health_status: ${status}`);
}
