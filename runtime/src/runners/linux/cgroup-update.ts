// New limits for a running container, written to its control group in the order the kernel wants.

import { EngineError } from '../../spec/errors.ts';
import type { HostConfig } from '../../spec/api/containers.ts';
import type { CgroupGroup } from './cgroup-group.ts';
import { cpuOf } from './resources.ts';

/** What version 1 shows for "no limit" is a little under 2^63. */
const noLimit = 2 ** 62;

/**
 * Applies checked limits; fields that are absent or zero stay.
 * @throws EngineError conflict, system
 */
export function updateLimits(group: CgroupGroup, limits: HostConfig): void {
  const v2 = group.layout.mode === 'v2';
  if (v2) updateMemoryV2(group, limits);
  else updateMemoryV1(group, limits);
  if (limits.MemoryReservation) {
    group.write('memory', v2 ? 'memory.low' : 'memory.soft_limit_in_bytes', String(limits.MemoryReservation));
  }
  updateCpu(group, limits, v2);
  if (limits.PidsLimit !== undefined && limits.PidsLimit !== null) {
    group.write('pids', 'pids.max', limits.PidsLimit > 0 ? String(limits.PidsLimit) : 'max');
  }
  if (limits.BlkioWeight) updateWeight(group, limits.BlkioWeight, v2);
}

/** Memory may not exceed memory and swap together, at any moment: what grows is written first. */
function updateMemoryV1(group: CgroupGroup, limits: HostConfig): void {
  const memory = limits.Memory ?? 0;
  const swap = limits.MemorySwap ?? 0;
  const current = Number(group.read('memory', 'memory.memsw.limit_in_bytes') ?? noLimit);
  if (memory > 0 && swap === 0 && memory > current) throw swapTooSmall();
  const writeMemory = () => {
    if (memory > 0) group.write('memory', 'memory.limit_in_bytes', String(memory));
  };
  const writeSwap = () => {
    if (swap !== 0) group.write('memory', 'memory.memsw.limit_in_bytes', String(swap));
  };
  if (swap === -1 || swap > current) {
    writeSwap();
    writeMemory();
  } else {
    writeMemory();
    writeSwap();
  }
}

/** Version 2 counts swap alone, Docker counts memory and swap together. */
function updateMemoryV2(group: CgroupGroup, limits: HostConfig): void {
  const memory = limits.Memory ?? 0;
  const swap = limits.MemorySwap ?? 0;
  const current = Number(group.read('memory', 'memory.max'));
  const limit = memory > 0 ? memory : current;
  if (memory > 0) group.write('memory', 'memory.max', String(memory));
  if (swap === -1) group.write('memory', 'memory.swap.max', 'max');
  else if (swap > 0) group.write('memory', 'memory.swap.max', String(Math.max(0, swap - limit)));
}

function updateCpu(group: CgroupGroup, limits: HostConfig, v2: boolean): void {
  const { shares, quota, period, cpus, mems } = cpuOf(limits);
  if (shares !== undefined) {
    if (v2) group.write('cpu', 'cpu.weight', String(weightOfShares(shares)));
    else group.write('cpu', 'cpu.shares', String(shares));
  }
  if (v2 && (quota !== undefined || period !== undefined)) {
    const [oldQuota = 'max', oldPeriod = '100000'] = (group.read('cpu', 'cpu.max') ?? '').split(' ');
    const newQuota = quota === undefined ? oldQuota : quota > 0 ? String(quota) : 'max';
    group.write('cpu', 'cpu.max', `${newQuota} ${period ?? oldPeriod}`);
  } else {
    if (period !== undefined) group.write('cpu', 'cpu.cfs_period_us', String(period));
    if (quota !== undefined) group.write('cpu', 'cpu.cfs_quota_us', String(quota));
  }
  if (cpus !== undefined) group.write('cpuset', 'cpuset.cpus', cpus);
  if (mems !== undefined) group.write('cpuset', 'cpuset.mems', mems);
}

function updateWeight(group: CgroupGroup, weight: number, v2: boolean): void {
  if (v2) group.write('io', 'io.bfq.weight', String(weight));
  else group.write('blkio', 'blkio.weight', String(weight));
}

/** Shares of 2 to 262144 onto weights of 1 to 10000. */
function weightOfShares(shares: number): number {
  return 1 + Math.trunc(((shares - 2) * 9999) / 262_142);
}

function swapTooSmall(): EngineError {
  return new EngineError(
    'conflict',
    'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
  );
}
