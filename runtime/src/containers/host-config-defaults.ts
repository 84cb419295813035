// The HostConfig that a container keeps: what the request said, and what dockerd fills in where it said nothing. Every
// field that inspect shows is present, `null` where Go has a nil list.

import type { HostConfig, PortMap } from '../spec/api/containers.ts';
import type { ContainerDefaults } from './deps.ts';

export const maskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

export const readonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

const defaultShmSize = 64 * 1024 * 1024;

/** In the order in which Docker shows the fields. */
export function completeHostConfig(request: HostConfig, defaults: ContainerDefaults): HostConfig {
  const privileged = request.Privileged ?? false;
  return {
    Binds: request.Binds ?? null,
    ContainerIDFile: request.ContainerIDFile ?? '',
    LogConfig: completeLogConfig(request, defaults),
    NetworkMode: completeNetworkMode(request.NetworkMode),
    PortBindings: completeBindings(request.PortBindings),
    RestartPolicy: {
      Name: request.RestartPolicy?.Name || 'no',
      MaximumRetryCount: request.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    AutoRemove: request.AutoRemove ?? false,
    VolumeDriver: request.VolumeDriver ?? '',
    VolumesFrom: request.VolumesFrom ?? null,
    ConsoleSize: request.ConsoleSize ?? [0, 0],
    ...(isEmptyMap(request.Annotations) ? {} : { Annotations: request.Annotations }),
    CapAdd: request.CapAdd ?? null,
    CapDrop: request.CapDrop ?? null,
    CgroupnsMode: request.CgroupnsMode || defaults.cgroupnsMode,
    Dns: request.Dns ?? null,
    DnsOptions: request.DnsOptions ?? null,
    DnsSearch: request.DnsSearch ?? null,
    ExtraHosts: request.ExtraHosts ?? null,
    GroupAdd: request.GroupAdd ?? null,
    IpcMode: request.IpcMode || 'private',
    Cgroup: request.Cgroup ?? '',
    Links: request.Links ?? null,
    OomScoreAdj: request.OomScoreAdj ?? 0,
    PidMode: request.PidMode ?? '',
    Privileged: privileged,
    PublishAllPorts: request.PublishAllPorts ?? false,
    ReadonlyRootfs: request.ReadonlyRootfs ?? false,
    SecurityOpt: request.SecurityOpt ?? (isConfined(request) ? null : ['label=disable']),
    ...(isEmptyMap(request.StorageOpt) ? {} : { StorageOpt: request.StorageOpt }),
    ...(isEmptyMap(request.Tmpfs) ? {} : { Tmpfs: request.Tmpfs }),
    UTSMode: request.UTSMode ?? '',
    UsernsMode: request.UsernsMode ?? '',
    ShmSize: request.ShmSize || defaultShmSize,
    ...(isEmptyMap(request.Sysctls) ? {} : { Sysctls: request.Sysctls }),
    Runtime: request.Runtime || defaults.runtime,
    Isolation: request.Isolation ?? '',
    ...completeResources(request, defaults),
    ...(request.Mounts === undefined || request.Mounts === null || request.Mounts.length === 0
      ? {}
      : { Mounts: request.Mounts }),
    MaskedPaths: request.MaskedPaths ?? (privileged ? null : maskedPaths),
    ReadonlyPaths: request.ReadonlyPaths ?? (privileged ? null : readonlyPaths),
    ...(request.Init === undefined || request.Init === null ? {} : { Init: request.Init }),
  };
}

function completeResources(request: HostConfig, defaults: ContainerDefaults): Partial<HostConfig> {
  const memory = request.Memory ?? 0;
  const swap = request.MemorySwap ?? 0;
  return {
    CpuShares: request.CpuShares ?? 0,
    Memory: memory,
    NanoCpus: request.NanoCpus ?? 0,
    CgroupParent: request.CgroupParent ?? '',
    BlkioWeight: request.BlkioWeight ?? 0,
    BlkioWeightDevice: request.BlkioWeightDevice ?? null,
    BlkioDeviceReadBps: request.BlkioDeviceReadBps ?? null,
    BlkioDeviceWriteBps: request.BlkioDeviceWriteBps ?? null,
    BlkioDeviceReadIOps: request.BlkioDeviceReadIOps ?? null,
    BlkioDeviceWriteIOps: request.BlkioDeviceWriteIOps ?? null,
    CpuPeriod: request.CpuPeriod ?? 0,
    CpuQuota: request.CpuQuota ?? 0,
    CpuRealtimePeriod: request.CpuRealtimePeriod ?? 0,
    CpuRealtimeRuntime: request.CpuRealtimeRuntime ?? 0,
    CpusetCpus: request.CpusetCpus ?? '',
    CpusetMems: request.CpusetMems ?? '',
    Devices: request.Devices ?? null,
    DeviceCgroupRules: request.DeviceCgroupRules ?? null,
    DeviceRequests: request.DeviceRequests ?? null,
    MemoryReservation: request.MemoryReservation ?? 0,
    // As dockerd: swap as large as memory where only memory is limited.
    MemorySwap: memory > 0 && swap === 0 ? memory * 2 : swap,
    MemorySwappiness:
      request.MemorySwappiness === undefined || request.MemorySwappiness === -1 ? null : request.MemorySwappiness,
    OomKillDisable: request.OomKillDisable ?? (defaults.cgroupVersion === 1 ? false : null),
    PidsLimit: request.PidsLimit ?? null,
    Ulimits: request.Ulimits ?? null,
    ...(request.KernelMemoryTCP ? { KernelMemoryTCP: request.KernelMemoryTCP } : {}),
    CpuCount: request.CpuCount ?? 0,
    CpuPercent: request.CpuPercent ?? 0,
    IOMaximumIOps: request.IOMaximumIOps ?? 0,
    IOMaximumBandwidth: request.IOMaximumBandwidth ?? 0,
  };
}

function completeBindings(ports: PortMap | null | undefined): PortMap | null {
  if (ports === undefined || ports === null) return null;
  return Object.fromEntries(
    Object.entries(ports).map(([spec, bindings]) => [
      spec,
      bindings?.map(({ HostIp, HostPort }) => ({ HostIp: HostIp ?? '', HostPort: HostPort ?? '' })) ?? null,
    ]),
  );
}

function completeLogConfig(request: HostConfig, defaults: ContainerDefaults): NonNullable<HostConfig['LogConfig']> {
  const type = request.LogConfig?.Type ?? '';
  const given = request.LogConfig?.Config ?? {};
  if (type === '' || type === defaults.logDriver) {
    return { Type: defaults.logDriver, Config: { ...defaults.logOptions, ...given } };
  }
  return { Type: type, Config: given };
}

/** `default` is what clients of old API versions read back; it means `bridge`. */
function completeNetworkMode(mode: string | null | undefined): string {
  return mode === undefined || mode === null || mode === '' ? 'bridge' : mode;
}

function isConfined(request: HostConfig): boolean {
  return request.Privileged !== true && request.IpcMode !== 'host' && request.PidMode !== 'host';
}

function isEmptyMap(map: Readonly<Record<string, unknown>> | null | undefined): boolean {
  return map === undefined || map === null || Object.keys(map).length === 0;
}
