// What a container uses, once a second, in Docker's shape: two samples side by side, so that clients can tell a rate.

import type { SandboxStats } from '../runners/runner.ts';
import type { Cancellable } from '../spec/engine/containers.ts';
import { isEngineError } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { type Room, timestamp } from './room.ts';
import { zeroTime } from './time.ts';

const periodMs = 1000;

interface Sample {
  readonly read: string;
  readonly stats: SandboxStats;
}

/** @throws EngineError notFound */
export async function stats(
  room: Room,
  ref: string,
  options: { readonly stream: boolean; readonly oneShot: boolean } & Cancellable,
): Promise<AsyncIterable<unknown>> {
  const container = room.store.find(ref);
  return sequence(room, container, options);
}

async function* sequence(
  room: Room,
  container: Container,
  options: { readonly stream: boolean; readonly oneShot: boolean } & Cancellable,
): AsyncGenerator<unknown, void, undefined> {
  const signal = AbortSignal.any([room.closing.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  let before: Sample | undefined;
  if (!options.stream && !options.oneShot) {
    before = await sample(room, container);
    if (before !== undefined && !(await pause(room, signal))) return;
  }
  for (;;) {
    const now = await sample(room, container);
    yield show(container, now, before);
    if (!options.stream) return;
    before = now;
    if (!(await pause(room, signal)) || room.store.get(container.id) !== container) return;
  }
}

/** @returns false when the client or the daemon has left */
async function pause(room: Room, signal: AbortSignal): Promise<boolean> {
  try {
    await room.host.clock.sleep(periodMs, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}

/** undefined when it does not run. */
async function sample(room: Room, container: Container): Promise<Sample | undefined> {
  if (!container.isLive || container.sandbox === undefined) return undefined;
  try {
    return { stats: await container.sandbox.stats(), read: timestamp(room) };
  } catch (error) {
    if (isEngineError(error)) return undefined;
    throw error;
  }
}

const noCpu = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

function show(container: Container, now: Sample | undefined, before: Sample | undefined): unknown {
  const head = { name: `/${container.name}`, id: container.id };
  if (now === undefined) {
    return {
      ...head,
      read: zeroTime,
      preread: zeroTime,
      pids_stats: {},
      blkio_stats: blkio(null),
      num_procs: 0,
      storage_stats: {},
      cpu_stats: noCpu,
      precpu_stats: noCpu,
      memory_stats: {},
    };
  }
  const { memory, pids, networks } = now.stats;
  return {
    ...head,
    read: now.read,
    preread: before?.read ?? zeroTime,
    pids_stats: { current: pids.current, ...(pids.limit === 0 ? {} : { limit: pids.limit }) },
    blkio_stats: blkio(now.stats.blkio),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpu(now.stats),
    precpu_stats: before === undefined ? noCpu : cpu(before.stats),
    memory_stats: {
      usage: memory.usage,
      ...(memory.maxUsage === 0 ? {} : { max_usage: memory.maxUsage }),
      stats: memory.stats,
      ...(memory.failures === 0 ? {} : { failcnt: memory.failures }),
      limit: memory.limit,
    },
    ...(Object.keys(networks).length === 0 ? {} : { networks: showNetworks(networks) }),
  };
}

function cpu(stats: SandboxStats): unknown {
  return {
    cpu_usage: {
      total_usage: Number(stats.cpuTotalNs),
      ...(stats.perCpuNs.length === 0 ? {} : { percpu_usage: stats.perCpuNs.map(Number) }),
      usage_in_kernelmode: Number(stats.cpuKernelNs),
      usage_in_usermode: Number(stats.cpuUserNs),
    },
    system_cpu_usage: Number(stats.systemCpuNs),
    online_cpus: stats.onlineCpus,
    throttling_data: {
      periods: stats.throttling.periods,
      throttled_periods: stats.throttling.throttledPeriods,
      throttled_time: Number(stats.throttling.throttledNs),
    },
  };
}

function blkio(entries: SandboxStats['blkio'] | null): unknown {
  const none = entries === null ? null : [];
  return {
    io_service_bytes_recursive: entries,
    io_serviced_recursive: none,
    io_queue_recursive: none,
    io_service_time_recursive: none,
    io_wait_time_recursive: none,
    io_merged_recursive: none,
    io_time_recursive: none,
    sectors_recursive: none,
  };
}

function showNetworks(networks: SandboxStats['networks']): unknown {
  return Object.fromEntries(
    Object.entries(networks).map(([name, counters]) => [
      name,
      {
        rx_bytes: counters.rxBytes,
        rx_packets: counters.rxPackets,
        rx_errors: counters.rxErrors,
        rx_dropped: counters.rxDropped,
        tx_bytes: counters.txBytes,
        tx_packets: counters.txPackets,
        tx_errors: counters.txErrors,
        tx_dropped: counters.txDropped,
      },
    ]),
  );
}
