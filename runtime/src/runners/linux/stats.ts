// The counters of a container, read from the control group's files (version 1 and 2), or from its processes where there is
// none, and from its network namespace.

import { readFileSync } from 'node:fs';
import type { NetworkCounters, SandboxStats } from '../runner.ts';
import { CgroupGroup } from './cgroup-group.ts';
import type { ProcessGroup } from './process-group.ts';
import { readProcess, residentBytes, taskCount, type ProcessStat } from './process-stat.ts';
import { ProcessTree } from './process-tree.ts';

/** The kernel counts processor time in ticks of 10 ms for user space. */
const tickNs = 10_000_000n;

export interface StatsRequest {
  readonly group: ProcessGroup;
  readonly memoryTotal: number;
  /** First process; undefined or the host's network: no network counters. */
  readonly networkPid?: number | undefined;
}

/** One sample. A group that is gone reads as zeros. */
export function readStats({ group, memoryTotal, networkPid }: StatsRequest): SandboxStats {
  const system = readSystemCpu();
  return {
    ...countersOf(group, memoryTotal),
    onlineCpus: system.cpus,
    systemCpuNs: system.totalNs,
    networks: networkPid === undefined ? {} : readNetworks(networkPid),
  };
}

type Counters = CpuStats & Pick<SandboxStats, 'memory' | 'pids' | 'blkio'>;

function countersOf(group: ProcessGroup, memoryTotal: number): Counters {
  if (group instanceof ProcessTree) return treeCounters(group, memoryTotal);
  if (!(group instanceof CgroupGroup)) throw new TypeError('a group of processes of an unknown kind');
  return group.layout.mode === 'v2' ? countersV2(group, memoryTotal) : countersV1(group, memoryTotal);
}

function countersV1(group: CgroupGroup, memoryTotal: number): Counters {
  return { ...cpuV1(group), memory: memoryV1(group, memoryTotal), pids: pidsOf(group), blkio: blkioV1(group) };
}

/** Of the controllers that were not delegated the processes themselves are asked. */
function countersV2(group: CgroupGroup, memoryTotal: number): Counters {
  const has = (controller: string): boolean => group.layout.unifiedControllers.includes(controller);
  const isPart = !has('memory') || !has('pids');
  const processes = isPart ? group.processes().map(readProcess) : [];
  const counted = processes.filter((process) => process !== undefined);
  return {
    ...cpuV2(group),
    memory: has('memory') ? memoryV2(group, memoryTotal) : plainMemory(counted, memoryTotal),
    pids: has('pids') ? pidsOf(group) : { current: taskCount(counted), limit: 0 },
    blkio: blkioV2(group),
  };
}

function pidsOf(group: CgroupGroup): SandboxStats['pids'] {
  return { current: number(group.read('pids', 'pids.current')), limit: limit(group.read('pids', 'pids.max'), 0) };
}

function plainMemory(processes: readonly ProcessStat[], total: number): SandboxStats['memory'] {
  return { usage: residentBytes(processes), maxUsage: 0, limit: total, failures: 0, stats: {} };
}

/** Without control groups nobody counts blocks. */
function treeCounters(tree: ProcessTree, memoryTotal: number): Counters {
  const processes = tree.list();
  const { userTicks, kernelTicks } = tree.times(processes);
  const cpuUserNs = BigInt(userTicks) * tickNs;
  const cpuKernelNs = BigInt(kernelTicks) * tickNs;
  return {
    cpuTotalNs: cpuUserNs + cpuKernelNs,
    cpuUserNs,
    cpuKernelNs,
    perCpuNs: [],
    throttling: { periods: 0, throttledPeriods: 0, throttledNs: 0n },
    memory: plainMemory(processes, memoryTotal),
    pids: { current: taskCount(processes), limit: 0 },
    blkio: [],
  };
}

type CpuStats = Pick<SandboxStats, 'cpuTotalNs' | 'cpuKernelNs' | 'cpuUserNs' | 'perCpuNs' | 'throttling'>;

function cpuV1(group: CgroupGroup): CpuStats {
  const account = fields(group.read('cpuacct', 'cpuacct.stat'));
  const throttled = fields(group.read('cpu', 'cpu.stat'));
  const perCpu = (group.read('cpuacct', 'cpuacct.usage_percpu') ?? '').split(' ').filter(Boolean);
  return {
    cpuTotalNs: BigInt(group.read('cpuacct', 'cpuacct.usage') || '0'),
    cpuKernelNs: BigInt(account['system'] ?? 0) * tickNs,
    cpuUserNs: BigInt(account['user'] ?? 0) * tickNs,
    perCpuNs: perCpu.map((value) => BigInt(value)),
    throttling: {
      periods: throttled['nr_periods'] ?? 0,
      throttledPeriods: throttled['nr_throttled'] ?? 0,
      throttledNs: BigInt(throttled['throttled_time'] ?? 0),
    },
  };
}

function cpuV2(group: CgroupGroup): CpuStats {
  const stat = fields(group.read('cpu', 'cpu.stat'));
  return {
    cpuTotalNs: BigInt(stat['usage_usec'] ?? 0) * 1000n,
    cpuKernelNs: BigInt(stat['system_usec'] ?? 0) * 1000n,
    cpuUserNs: BigInt(stat['user_usec'] ?? 0) * 1000n,
    perCpuNs: [],
    throttling: {
      periods: stat['nr_periods'] ?? 0,
      throttledPeriods: stat['nr_throttled'] ?? 0,
      throttledNs: BigInt(stat['throttled_usec'] ?? 0) * 1000n,
    },
  };
}

function memoryV1(group: CgroupGroup, total: number): SandboxStats['memory'] {
  return {
    usage: number(group.read('memory', 'memory.usage_in_bytes')),
    maxUsage: number(group.read('memory', 'memory.max_usage_in_bytes')),
    limit: Math.min(limit(group.read('memory', 'memory.limit_in_bytes'), total), total),
    failures: number(group.read('memory', 'memory.failcnt')),
    stats: fields(group.read('memory', 'memory.stat')),
  };
}

function memoryV2(group: CgroupGroup, total: number): SandboxStats['memory'] {
  return {
    usage: number(group.read('memory', 'memory.current')),
    maxUsage: number(group.read('memory', 'memory.peak')),
    limit: Math.min(limit(group.read('memory', 'memory.max'), total), total),
    failures: fields(group.read('memory', 'memory.events'))['oom'] ?? 0,
    stats: fields(group.read('memory', 'memory.stat')),
  };
}

function blkioV1(group: CgroupGroup): SandboxStats['blkio'] {
  const text = group.read('blkio', 'blkio.throttle.io_service_bytes_recursive') ?? '';
  return [...text.matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)].map(([, major, minor, op = '', value]) => ({
    major: Number(major),
    minor: Number(minor),
    op: op.toLowerCase(),
    value: Number(value),
  }));
}

function blkioV2(group: CgroupGroup): SandboxStats['blkio'] {
  return [...(group.read('io', 'io.stat') ?? '').matchAll(/^(\d+):(\d+) (.*)$/gm)].flatMap((line) => {
    const [, major, minor, rest = ''] = line;
    const device = { major: Number(major), minor: Number(minor) };
    return [...rest.matchAll(/\b(r|w)bytes=(\d+)/g)].map(([, way, value]) => ({
      ...device,
      op: way === 'r' ? 'read' : 'write',
      value: Number(value),
    }));
  });
}

/** Parses /proc/net/dev. Loopback is left out. */
export function parseNetDev(text: string): Readonly<Record<string, NetworkCounters>> {
  const networks: Record<string, NetworkCounters> = {};
  for (const [, name = '', rest = ''] of text.matchAll(/^\s*([^\s:]+):\s*(.*)$/gm)) {
    if (name === 'lo') continue;
    const [rxBytes, rxPackets, rxErrors, rxDropped, , , , , txBytes, txPackets, txErrors, txDropped] = rest
      .trim()
      .split(/\s+/)
      .map(Number);
    networks[name] = {
      rxBytes: rxBytes ?? 0,
      rxPackets: rxPackets ?? 0,
      rxErrors: rxErrors ?? 0,
      rxDropped: rxDropped ?? 0,
      txBytes: txBytes ?? 0,
      txPackets: txPackets ?? 0,
      txErrors: txErrors ?? 0,
      txDropped: txDropped ?? 0,
    };
  }
  return networks;
}

function readNetworks(pid: number): Readonly<Record<string, NetworkCounters>> {
  try {
    return parseNetDev(readFileSync(`/proc/${pid}/net/dev`, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EINVAL') return {};
    throw error;
  }
}

/** The sum of the machine's processor times, guest time not counted twice, and how many processors there are. */
function readSystemCpu(): { readonly totalNs: bigint; readonly cpus: number } {
  const text = readFileSync('/proc/stat', 'utf8');
  const [, ...ticks] = (text.split('\n', 1)[0] ?? '').split(/\s+/);
  const total = ticks.slice(0, 7).reduce((sum, value) => sum + BigInt(value), 0n);
  return { totalNs: total * tickNs, cpus: text.match(/^cpu\d+ /gm)?.length ?? 1 };
}

/** Lines of `name value`. */
function fields(text: string | undefined): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...(text ?? '').matchAll(/^(\w+) (\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
}

function number(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) ? value : 0;
}

function limit(text: string | undefined, none: number): number {
  return text === undefined || text === 'max' || text === '' ? none : number(text);
}
