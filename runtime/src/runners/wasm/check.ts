// Whether a container's settings can be honoured where its programs are WebAssembly: there is no kernel to ask for namespaces, devices
// or control groups. What cannot be had is refused by name; what is so anyway, or harms nobody by not being so, is accepted.

import { EngineError } from '../../spec/errors.ts';
import type { ContainerConfig, HostConfig } from '../../spec/api/containers.ts';
import { isWasmRuntime } from './runtime-name.ts';

/** `honoured` by somebody of the engine; `idle` where it could change nothing; `refused` unless it says nothing. */
type Treatment = 'honoured' | 'idle' | 'refused';

const treatments: Readonly<Record<keyof HostConfig, Treatment>> = {
  Annotations: 'honoured',
  AutoRemove: 'honoured',
  Binds: 'honoured',
  BlkioDeviceReadBps: 'refused',
  BlkioDeviceReadIOps: 'refused',
  BlkioDeviceWriteBps: 'refused',
  BlkioDeviceWriteIOps: 'refused',
  BlkioWeight: 'refused',
  BlkioWeightDevice: 'refused',
  CapAdd: 'refused',
  // There are none to drop.
  CapDrop: 'idle',
  Cgroup: 'refused',
  CgroupParent: 'refused',
  CgroupnsMode: 'idle',
  ConsoleSize: 'honoured',
  ContainerIDFile: 'idle',
  CpuCount: 'refused',
  KernelMemoryTCP: 'refused',
  CpuPercent: 'refused',
  CpuPeriod: 'honoured',
  CpuQuota: 'honoured',
  CpuRealtimePeriod: 'refused',
  CpuRealtimeRuntime: 'refused',
  CpuShares: 'refused',
  CpusetCpus: 'refused',
  CpusetMems: 'refused',
  DeviceCgroupRules: 'refused',
  DeviceRequests: 'refused',
  Devices: 'refused',
  Dns: 'honoured',
  DnsOptions: 'honoured',
  DnsSearch: 'honoured',
  ExtraHosts: 'honoured',
  GroupAdd: 'honoured',
  IOMaximumBandwidth: 'refused',
  IOMaximumIOps: 'refused',
  // Who waits for nobody's children is the first process anyway.
  Init: 'idle',
  IpcMode: 'honoured',
  Isolation: 'honoured',
  Links: 'honoured',
  LogConfig: 'honoured',
  // They hide files of the Linux kernel.
  MaskedPaths: 'idle',
  Memory: 'honoured',
  MemoryReservation: 'refused',
  MemorySwap: 'honoured',
  MemorySwappiness: 'honoured',
  Mounts: 'honoured',
  NanoCpus: 'honoured',
  NetworkMode: 'honoured',
  OomKillDisable: 'refused',
  OomScoreAdj: 'refused',
  PidMode: 'honoured',
  PidsLimit: 'honoured',
  PortBindings: 'honoured',
  Privileged: 'refused',
  PublishAllPorts: 'honoured',
  ReadonlyPaths: 'idle',
  ReadonlyRootfs: 'honoured',
  RestartPolicy: 'honoured',
  Runtime: 'honoured',
  SecurityOpt: 'honoured',
  ShmSize: 'honoured',
  StorageOpt: 'honoured',
  Sysctls: 'refused',
  Tmpfs: 'honoured',
  UTSMode: 'honoured',
  Ulimits: 'honoured',
  UsernsMode: 'idle',
  VolumeDriver: 'honoured',
  VolumesFrom: 'honoured',
};

/** Less is no memory for a program at all. */
const leastMemory = 6 * 1024 * 1024;

/**
 * @returns warnings for the create answer
 * @throws EngineError invalidParameter naming the field that cannot be honoured
 */
export function checkWasmSettings(config: ContainerConfig, hostConfig: HostConfig): readonly string[] {
  for (const [field, treatment] of Object.entries(treatments)) {
    if (treatment === 'refused' && saysSomething(hostConfig[field as keyof HostConfig])) throw cannot(field);
  }
  const runtime = hostConfig.Runtime ?? '';
  if (runtime !== '' && !isWasmRuntime(runtime)) {
    throw invalid(`unknown or invalid runtime name: ${runtime}: this engine runs WebAssembly only`);
  }
  if (new TextEncoder().encode(config.Hostname ?? '').length > 64) {
    throw invalid(`hostname ${JSON.stringify(config.Hostname)} is too long (maximum 64 bytes)`);
  }
  checkModes(hostConfig);
  checkLimits(hostConfig);
  checkStorage(hostConfig);
  return [...securityWarnings(hostConfig), ...limitWarnings(hostConfig)];
}

function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Namespaces of one's own are what there is. */
function checkModes({ PidMode, IpcMode, UTSMode }: HostConfig): void {
  if ((PidMode ?? '') !== '' && PidMode !== 'private') throw cannot(`PidMode ${PidMode}`);
  if (!['', 'none', 'private', 'shareable'].includes(IpcMode ?? '')) throw cannot(`IpcMode ${IpcMode}`);
  if ((UTSMode ?? '') !== '') throw cannot(`UTSMode ${UTSMode}`);
}

function checkLimits({ Memory, MemorySwap, MemorySwappiness, NanoCpus, CpuQuota }: HostConfig): void {
  const memory = Memory ?? 0;
  if (memory < 0) throw invalid('invalid memory limit: it must not be below 0');
  if (memory > 0 && memory < leastMemory) throw invalid('Minimum memory limit allowed is 6MB');
  // There is no swap, and no wish for some: as much as the memory, or without a limit, says no more than that.
  const swap = MemorySwap ?? 0;
  if (swap > 0 && swap < memory) {
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if ((MemorySwappiness ?? -1) > 0) throw cannot('MemorySwappiness');
  if ((NanoCpus ?? 0) < 0) throw invalid('invalid NanoCpus: it must not be below 0');
  if ((NanoCpus ?? 0) > 0 && (CpuQuota ?? 0) > 0) {
    throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  }
}

function checkStorage({ StorageOpt }: HostConfig): void {
  for (const name of Object.keys(StorageOpt ?? {})) {
    if (name !== 'size') throw invalid(`Unknown storage option: ${name}`);
  }
}

/** Nothing gains privileges here, and nothing reaches a system call: what asks for that has it. */
function securityWarnings({ SecurityOpt }: HostConfig): readonly string[] {
  const unknown = (SecurityOpt ?? []).filter(
    (option) => !/^(?:no-new-privileges|label|seccomp|apparmor)\b/.test(option),
  );
  if (unknown[0] !== undefined) throw invalid(`invalid --security-opt: ${JSON.stringify(unknown[0])}`);
  const profiles = (SecurityOpt ?? []).filter((option) => /^(?:seccomp|apparmor)[=:]/.test(option));
  return profiles.map((option) => `A program in WebAssembly makes no system calls. SecurityOpt ${option} discarded.`);
}

function limitWarnings({ Ulimits, GroupAdd }: HostConfig): readonly string[] {
  return [
    ...(Ulimits ?? []).map(({ Name }) => `Programs in WebAssembly have no ulimits. Ulimit ${Name ?? ''} discarded.`),
    ...((GroupAdd ?? []).length > 0 ? ['Programs in WebAssembly have one group. GroupAdd discarded.'] : []),
  ];
}

function cannot(what: string): EngineError {
  return invalid(`${what} is not supported for containers of WebAssembly`);
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
