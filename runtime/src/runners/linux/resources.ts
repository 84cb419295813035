// Checked limits as the resources of an OCI document.

import type { HostConfig, ThrottleDevice } from '../../spec/api/containers.ts';
import { deviceNumber } from './devices.ts';
import type { DeviceRate, RuntimeResources } from './oci-runtime-spec.ts';

/** OCI resources (without device rules) of checked limits. @throws EngineError invalidParameter when a device is missing */
export function resourcesOf(limits: HostConfig): RuntimeResources {
  return {
    ...part('memory', memoryOf(limits)),
    ...part('cpu', cpuOf(limits)),
    ...((limits.PidsLimit ?? 0) > 0 ? { pids: { limit: limits.PidsLimit ?? -1 } } : {}),
    ...part('blockIO', blockIoOf(limits)),
  };
}

function memoryOf(limits: HostConfig): NonNullable<RuntimeResources['memory']> {
  return {
    ...(limits.Memory ? { limit: limits.Memory } : {}),
    ...((limits.MemorySwap ?? 0) > 0 ? { swap: limits.MemorySwap ?? 0 } : {}),
    ...(limits.MemoryReservation ? { reservation: limits.MemoryReservation } : {}),
    ...(typeof limits.MemorySwappiness === 'number' ? { swappiness: limits.MemorySwappiness } : {}),
    ...(limits.OomKillDisable ? { disableOOMKiller: true } : {}),
  };
}

/** Shares, quota and sets. NanoCpus become a quota of a period of 100 ms. */
export function cpuOf(limits: HostConfig): NonNullable<RuntimeResources['cpu']> {
  const quota = limits.NanoCpus ? { period: 100_000, quota: Math.trunc(limits.NanoCpus / 10_000) } : {};
  return {
    ...(limits.CpuShares ? { shares: limits.CpuShares } : {}),
    ...quota,
    ...(limits.CpuPeriod ? { period: limits.CpuPeriod } : {}),
    ...(limits.CpuQuota ? { quota: limits.CpuQuota } : {}),
    ...(limits.CpuRealtimePeriod ? { realtimePeriod: limits.CpuRealtimePeriod } : {}),
    ...(limits.CpuRealtimeRuntime ? { realtimeRuntime: limits.CpuRealtimeRuntime } : {}),
    ...(limits.CpusetCpus ? { cpus: limits.CpusetCpus } : {}),
    ...(limits.CpusetMems ? { mems: limits.CpusetMems } : {}),
  };
}

function blockIoOf(limits: HostConfig): NonNullable<RuntimeResources['blockIO']> {
  const weightDevice = (limits.BlkioWeightDevice ?? []).map((device) => ({
    ...deviceNumber(device.Path ?? ''),
    weight: device.Weight ?? 0,
  }));
  return {
    ...(limits.BlkioWeight ? { weight: limits.BlkioWeight } : {}),
    ...(weightDevice.length > 0 ? { weightDevice } : {}),
    ...rates('throttleReadBpsDevice', limits.BlkioDeviceReadBps),
    ...rates('throttleWriteBpsDevice', limits.BlkioDeviceWriteBps),
    ...rates('throttleReadIOPSDevice', limits.BlkioDeviceReadIOps),
    ...rates('throttleWriteIOPSDevice', limits.BlkioDeviceWriteIOps),
  };
}

function rates(name: string, devices: readonly ThrottleDevice[] | null | undefined): Record<string, DeviceRate[]> {
  if (!devices?.length) return {};
  return { [name]: devices.map((device) => ({ ...deviceNumber(device.Path ?? ''), rate: device.Rate ?? 0 })) };
}

function part<K extends string, T extends object>(name: K, value: T): { readonly [P in K]?: T } {
  return Object.keys(value).length === 0 ? {} : ({ [name]: value } as { readonly [P in K]?: T });
}
