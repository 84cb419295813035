// What a container uses, out of the engine's counters, with docker's arithmetic.

import type { ContainerMemoryStats, ContainerNetworkStats, ContainerStatsResponse } from '../spec/api/containers.ts';

export interface StatsRow {
  /** As it was asked for. */
  readonly container: string;
  readonly id: string;
  readonly name: string;
  readonly cpuPercent: number;
  readonly memory: number;
  readonly memoryLimit: number;
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
  readonly pids: number;
}

export function computeUsage(container: string, sample: ContainerStatsResponse): StatsRow {
  const networks = Object.values((sample.networks ?? {}) as Readonly<Record<string, ContainerNetworkStats>>);
  const blocks = sample.blkio_stats?.io_service_bytes_recursive ?? [];
  const blockSum = (letter: string) =>
    total(blocks.filter((entry) => entry.op?.slice(0, 1).toLowerCase() === letter).map((entry) => entry.value ?? 0));
  return {
    container,
    id: sample.id ?? '',
    name: (sample.name ?? '').replace(/^\//, ''),
    cpuPercent: cpuPercent(sample),
    memory: usedMemory(sample.memory_stats ?? {}),
    memoryLimit: sample.memory_stats?.limit ?? 0,
    received: total(networks.map((network) => network.rx_bytes ?? 0)),
    sent: total(networks.map((network) => network.tx_bytes ?? 0)),
    read: blockSum('r'),
    written: blockSum('w'),
    pids: sample.pids_stats?.current ?? 0,
  };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Share of one CPU since the sample before, times the CPUs there are. */
function cpuPercent({ cpu_stats: now, precpu_stats: before }: ContainerStatsResponse): number {
  const used = (now?.cpu_usage?.total_usage ?? 0) - (before?.cpu_usage?.total_usage ?? 0);
  const passed = (now?.system_cpu_usage ?? 0) - (before?.system_cpu_usage ?? 0);
  const cpus = now?.online_cpus || now?.cpu_usage?.percpu_usage?.length || 0;
  return used > 0 && passed > 0 ? (used / passed) * cpus * 100 : 0;
}

/** Without the page cache that the kernel would give back first: cgroup v1 and v2 call it differently. */
function usedMemory({ usage, stats }: ContainerMemoryStats): number {
  const whole = usage ?? 0;
  for (const name of ['total_inactive_file', 'inactive_file']) {
    const cache = stats !== null && stats !== undefined && Object.hasOwn(stats, name) ? (stats[name] ?? 0) : undefined;
    if (cache !== undefined && cache < whole) return whole - cache;
  }
  return whole;
}
