// The limits of HostConfig: moby's checks with its sentences, and what this host cannot hold left out with a warning.
// `resources.ts` makes OCI resources of them, `cgroup-update.ts` applies them to a running container.

import { EngineError } from '../../spec/errors.ts';
import type { HostConfig } from '../../spec/api/containers.ts';
import { parseList, type HostFacts, type LimitSupport } from './probe.ts';

const minMemory = 6 * 1024 * 1024;

type Limits = { -readonly [K in keyof HostConfig]: HostConfig[K] };

export interface CheckedLimits {
  /** HostConfig without the limits that the host cannot hold; MemorySwap filled in. */
  readonly limits: HostConfig;
  readonly warnings: readonly string[];
}

/**
 * Checks limits and drops with a warning what the host cannot hold.
 * @param update true for a change to an existing container
 * @throws EngineError invalidParameter
 */
export function checkLimits(hostConfig: HostConfig, facts: HostFacts, update = false): CheckedLimits {
  const limits: Limits = { ...hostConfig };
  const warnings: string[] = [];
  checkMemory(limits, facts.support, warnings, update);
  checkProcesses(limits, facts.support, warnings);
  checkCpu(limits, facts, warnings);
  checkBlockIo(limits, facts.support, warnings);
  return { limits, warnings };
}

function checkMemory(limits: Limits, support: LimitSupport, warnings: string[], update: boolean): void {
  if (limits.MemorySwappiness === -1) limits.MemorySwappiness = undefined;
  const memory = limits.Memory ?? 0;
  if (memory !== 0 && memory < minMemory) throw invalid('Minimum memory limit allowed is 6MB');
  if (memory > 0 && !limits.MemorySwap && !update) limits.MemorySwap = memory * 2;
  if (memory > 0 && !support.memory) {
    warnings.push(unsupported('memory limit capabilities', 'Limitation discarded'));
    limits.Memory = 0;
    limits.MemorySwap = -1;
  }
  const swap = limits.MemorySwap ?? 0;
  if (limits.Memory && swap !== -1 && !support.swap) {
    warnings.push(unsupported('swap limit capabilities', 'Memory limited without swap'));
    limits.MemorySwap = -1;
  } else if (limits.Memory && swap > 0 && swap < limits.Memory) {
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (!limits.Memory && swap > 0 && !update) {
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if ((limits.KernelMemoryTCP ?? 0) > 0) {
    // Neither crun nor runc sets it any more, whatever the kernel.
    warnings.push('Limits of kernel TCP memory are not supported. Limitation discarded.');
    limits.KernelMemoryTCP = undefined;
  }
  checkSwappiness(limits, support, warnings);
  checkReservation(limits, support, warnings);
}

function checkSwappiness(limits: Limits, support: LimitSupport, warnings: string[]): void {
  const swappiness = limits.MemorySwappiness;
  if (swappiness === undefined || swappiness === null) return;
  if (!support.swappiness) {
    warnings.push(unsupported('memory swappiness capabilities', 'Memory swappiness discarded'));
    limits.MemorySwappiness = undefined;
  } else if (swappiness < 0 || swappiness > 100) {
    throw invalid(`Invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  }
}

function checkReservation(limits: Limits, support: LimitSupport, warnings: string[]): void {
  const reservation = limits.MemoryReservation ?? 0;
  if (reservation > 0 && !support.memoryReservation) {
    warnings.push(unsupported('memory soft limit capabilities', 'Limitation discarded'));
    limits.MemoryReservation = 0;
    return;
  }
  if (reservation > 0 && reservation < minMemory) throw invalid('Minimum memory reservation allowed is 6MB');
  if (limits.Memory && reservation > limits.Memory) {
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
}

function checkProcesses(limits: Limits, support: LimitSupport, warnings: string[]): void {
  if (limits.OomKillDisable && !support.oomKillDisable) {
    warnings.push('Your kernel does not support OomKillDisable. OomKillDisable discarded.');
    limits.OomKillDisable = false;
  }
  if (limits.OomKillDisable && !limits.Memory) {
    warnings.push(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    );
  }
  if ((limits.PidsLimit ?? 0) > 0 && !support.pids) {
    warnings.push(unsupported('PIDs limit capabilities', 'PIDs limit discarded'));
    limits.PidsLimit = undefined;
  }
}

function checkCpu(limits: Limits, facts: HostFacts, warnings: string[]): void {
  const { support, cpuCount } = facts;
  const nano = limits.NanoCpus ?? 0;
  if (nano > 0 && limits.CpuPeriod) throw invalid('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  if (nano > 0 && limits.CpuQuota) throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  if (nano < 0 || nano > cpuCount * 1e9) {
    throw invalid(`range of CPUs is from 0.01 to ${cpuCount}.00, as there are only ${cpuCount} CPUs available`);
  }
  // Docker refuses this one; but it is a limit like the others, and common in what people start without root.
  if (nano > 0 && !support.cpuCfs) {
    warnings.push(unsupported('CPU CFS scheduler', 'NanoCPUs discarded'));
    limits.NanoCpus = 0;
  }
  if ((limits.CpuShares ?? 0) < 0) {
    throw invalid(`invalid CPU shares (${limits.CpuShares}): value must be a positive integer`);
  }
  if (limits.CpuShares && !support.cpuShares) {
    warnings.push('Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.');
    limits.CpuShares = 0;
  }
  if ((limits.CpuPeriod || limits.CpuQuota) && !support.cpuCfs) {
    warnings.push('Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.');
    limits.CpuPeriod = 0;
    limits.CpuQuota = 0;
  }
  if (limits.CpuPeriod && (limits.CpuPeriod < 1000 || limits.CpuPeriod > 1_000_000)) {
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  const quota = limits.CpuQuota ?? 0;
  if (quota > 0 && quota < 1000) throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if ((limits.CpuCount ?? 0) > 0) {
    warnings.push('linux does not support CPU count, which is for Windows containers. Count discarded.');
    limits.CpuCount = 0;
  }
  if ((limits.CpuPercent ?? 0) > 0) {
    warnings.push('linux does not support CPU percent. Percent discarded.');
    limits.CpuPercent = 0;
  }
  if ((limits.CpuRealtimePeriod || limits.CpuRealtimeRuntime) && !support.cpuRealtime) {
    throw invalid('Your kernel does not support CPU real-time scheduler');
  }
  checkCpuset(limits, facts, warnings);
}

function checkCpuset(limits: Limits, facts: HostFacts, warnings: string[]): void {
  if ((limits.CpusetCpus || limits.CpusetMems) && !facts.support.cpuset) {
    warnings.push('Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.');
    limits.CpusetCpus = '';
    limits.CpusetMems = '';
  }
  requireWithin(limits.CpusetCpus ?? '', facts.cpus, 'CPUs', 'cpus');
  requireWithin(limits.CpusetMems ?? '', facts.mems, 'memory nodes', 'mems');
}

function requireWithin(wanted: string, available: string, what: string, field: string): void {
  if (wanted === '') return;
  const numbers = parseList(wanted);
  if (numbers === undefined) throw invalid(`Invalid value ${wanted} for cpuset ${field}`);
  const there = parseList(available) ?? new Set();
  if ([...numbers].some((number) => !there.has(number))) {
    throw invalid(`Requested ${what} are not available - requested ${wanted}, available: ${available}`);
  }
}

const throttles = [
  ['BlkioDeviceReadBps', 'BPS Block I/O read limit', 'Block I/O BPS read limit discarded'],
  ['BlkioDeviceWriteBps', 'BPS Block I/O write limit', 'Block I/O BPS write limit discarded'],
  ['BlkioDeviceReadIOps', 'IOPS Block read limit', 'Block I/O IOPS read limit discarded'],
  ['BlkioDeviceWriteIOps', 'IOPS Block write limit', 'Block I/O IOPS write limit discarded'],
] as const;

function checkBlockIo(limits: Limits, support: LimitSupport, warnings: string[]): void {
  // Docker refuses these two as well, unlike the other fields of Windows.
  if (limits.IOMaximumBandwidth) {
    throw invalid('Invalid QoS settings: linux does not support configuration of maximum bandwidth');
  }
  if (limits.IOMaximumIOps) {
    throw invalid('Invalid QoS settings: linux does not support configuration of maximum IOPs');
  }
  const weight = limits.BlkioWeight ?? 0;
  if (weight > 0 && !support.blkioWeight) {
    warnings.push(unsupported('Block I/O weight', 'Weight discarded'));
    limits.BlkioWeight = 0;
  } else if (weight !== 0 && (weight < 10 || weight > 1000)) throw invalid('Range of blkio weight is from 10 to 1000');
  if (limits.BlkioWeightDevice?.length && !support.blkioWeightDevice) {
    warnings.push(unsupported('Block I/O weight_device', 'Weight-device discarded'));
    limits.BlkioWeightDevice = [];
  }
  if (support.blkioThrottle) return;
  for (const [field, feature, consequence] of throttles) {
    if (!limits[field]?.length) continue;
    warnings.push(unsupported(feature, consequence));
    limits[field] = [];
  }
}

function unsupported(feature: string, consequence: string): string {
  return `Your kernel does not support ${feature} or the cgroup is not mounted. ${consequence}.`;
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
