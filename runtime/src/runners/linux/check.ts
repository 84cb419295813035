// Whether this runner can honour a container's settings, asked before anything is made. Every field of HostConfig has its
// line in the table below: honoured here, honoured by another room, or refused by name.

import { EngineError } from '../../spec/errors.ts';
import type { ContainerConfig, HostConfig } from '../../spec/api/containers.ts';
import { grantCapabilities } from './capabilities.ts';
import { checkDeviceMapping, parseDeviceRule } from './devices.ts';
import { checkModes, hasOwnPidNamespace } from './namespaces.ts';
import type { HostFacts } from './probe.ts';
import { checkLimits } from './limits.ts';
import { grantRlimits, mayRaise } from './rlimits.ts';
import { parseSeccomp } from './seccomp.ts';
import { parseSecurityOptions } from './security-options.ts';

export interface CheckContext {
  readonly facts: HostFacts;
  readonly runtimes: readonly string[];
  /** Path of an init for `Init`, if there is one. */
  readonly initPath?: string | undefined;
}

type Owner = 'here' | 'engine' | 'client' | 'refused';

/** Who honours each field: this room, another room of the engine, nobody because it is the client's own note. */
const owners: Readonly<Record<keyof HostConfig, Owner>> = {
  Annotations: 'here',
  AutoRemove: 'engine',
  Binds: 'engine',
  BlkioDeviceReadBps: 'here',
  BlkioDeviceReadIOps: 'here',
  BlkioDeviceWriteBps: 'here',
  BlkioDeviceWriteIOps: 'here',
  BlkioWeight: 'here',
  BlkioWeightDevice: 'here',
  CapAdd: 'here',
  CapDrop: 'here',
  Cgroup: 'refused',
  CgroupParent: 'here',
  CgroupnsMode: 'here',
  ConsoleSize: 'here',
  ContainerIDFile: 'client',
  CpuCount: 'here',
  CpuPercent: 'here',
  CpuPeriod: 'here',
  CpuQuota: 'here',
  CpuRealtimePeriod: 'here',
  CpuRealtimeRuntime: 'here',
  CpuShares: 'here',
  CpusetCpus: 'here',
  CpusetMems: 'here',
  DeviceCgroupRules: 'here',
  DeviceRequests: 'here',
  Devices: 'here',
  Dns: 'engine',
  DnsOptions: 'engine',
  DnsSearch: 'engine',
  ExtraHosts: 'engine',
  GroupAdd: 'here',
  IOMaximumBandwidth: 'here',
  IOMaximumIOps: 'here',
  Init: 'here',
  IpcMode: 'here',
  Isolation: 'here',
  KernelMemoryTCP: 'here',
  Links: 'engine',
  LogConfig: 'engine',
  MaskedPaths: 'here',
  Memory: 'here',
  MemoryReservation: 'here',
  MemorySwap: 'here',
  MemorySwappiness: 'here',
  Mounts: 'engine',
  NanoCpus: 'here',
  NetworkMode: 'engine',
  OomKillDisable: 'here',
  OomScoreAdj: 'here',
  PidMode: 'here',
  PidsLimit: 'here',
  PortBindings: 'engine',
  Privileged: 'here',
  PublishAllPorts: 'engine',
  ReadonlyPaths: 'here',
  ReadonlyRootfs: 'here',
  RestartPolicy: 'engine',
  Runtime: 'here',
  SecurityOpt: 'here',
  ShmSize: 'here',
  StorageOpt: 'here',
  Sysctls: 'here',
  Tmpfs: 'engine',
  UTSMode: 'here',
  Ulimits: 'here',
  UsernsMode: 'here',
  VolumeDriver: 'engine',
  VolumesFrom: 'engine',
};

/**
 * @returns warnings for the create answer
 * @throws EngineError naming the field that cannot be honoured
 */
export function checkSettings(
  config: ContainerConfig,
  hostConfig: HostConfig,
  context: CheckContext,
): readonly string[] {
  const { facts } = context;
  refuse(hostConfig);
  const hostname = config.Hostname ?? '';
  if (new TextEncoder().encode(hostname).length > 64) {
    throw invalid(`hostname ${JSON.stringify(hostname)} is too long (maximum 64 bytes)`);
  }
  checkModes(hostConfig);
  const { warnings } = checkLimits(hostConfig, facts);
  const capabilities = grantCapabilities({
    add: hostConfig.CapAdd ?? [],
    drop: hostConfig.CapDrop ?? [],
    privileged: hostConfig.Privileged === true,
    held: facts.capabilities,
  });
  const security = parseSecurityOptions(hostConfig.SecurityOpt ?? [], facts.appArmorProfiles !== undefined);
  if (security.seccomp !== undefined && security.seccomp !== 'unconfined' && security.seccomp !== 'builtin') {
    parseSeccomp(security.seccomp, { ...facts, capabilities: capabilities.capabilities });
  }
  const rlimits = grantRlimits(hostConfig.Ulimits ?? [], facts);
  checkValues(hostConfig, context);
  return [
    ...warnings,
    ...capabilities.missing.map((name) => `The engine does not hold ${name}. Capability discarded.`),
    ...security.warnings,
    ...rlimits.warnings,
    ...oomWarning(hostConfig, facts),
    ...cgroupnsWarning(hostConfig, facts),
    ...deviceWarning(hostConfig, facts),
  ];
}

function refuse(hostConfig: HostConfig): void {
  for (const [field, owner] of Object.entries(owners)) {
    const value = hostConfig[field as keyof HostConfig];
    if (owner !== 'refused' || value === undefined || value === null || value === '' || value === 0) continue;
    throw invalid(`${field} is not supported on linux`);
  }
}

function checkValues(hostConfig: HostConfig, context: CheckContext): void {
  if ((hostConfig.ShmSize ?? 0) < 0) throw invalid('SHM size can not be less than 0');
  const score = hostConfig.OomScoreAdj ?? 0;
  if (score < -1000 || score > 1000) {
    throw invalid(`Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  }
  if (Object.keys(hostConfig.StorageOpt ?? {}).length > 0) {
    throw invalid(`--storage-opt is supported only for overlay over xfs with 'pquota' mount option`);
  }
  const [request] = hostConfig.DeviceRequests ?? [];
  if (request !== undefined) {
    const wanted = (request.Capabilities ?? []).map((set) => `[${set.join(' ')}]`).join(' ');
    throw invalid(
      `could not select device driver ${JSON.stringify(request.Driver ?? '')} with capabilities: [${wanted}]`,
    );
  }
  if (Object.hasOwn(hostConfig.Annotations ?? {}, '')) {
    throw invalid('invalid Annotations: the empty string is not permitted as an annotation key');
  }
  const runtime = hostConfig.Runtime ?? '';
  if (runtime !== '' && !context.runtimes.includes(runtime)) {
    throw invalid(`unknown or invalid runtime name: ${runtime}`);
  }
  if (hostConfig.Init && hasOwnPidNamespace(hostConfig) && context.initPath === undefined) {
    throw invalid('Init needs an init binary: install docker-init, tini-static or catatonit on the host');
  }
  for (const mapping of hostConfig.Devices ?? []) checkDeviceMapping(mapping);
  for (const rule of hostConfig.DeviceCgroupRules ?? []) parseDeviceRule(rule);
}

function oomWarning(hostConfig: HostConfig, facts: HostFacts): readonly string[] {
  const tooLow = (hostConfig.OomScoreAdj ?? 0) < Math.min(0, facts.oomScoreAdj);
  if (!tooLow || mayRaise(facts)) return [];
  return [`The engine may not lower the OOM score below ${facts.oomScoreAdj}. OomScoreAdj raised to it.`];
}

/** Without root of the machine the host's permissions decide who may use a device, and nothing besides. */
function deviceWarning(hostConfig: HostConfig, facts: HostFacts): readonly string[] {
  const asked = (hostConfig.DeviceCgroupRules?.length ?? 0) > 0;
  return asked && !facts.rights.isMachineRoot ? ['Device cgroup rules need root. DeviceCgroupRules discarded.'] : [];
}

function cgroupnsWarning(hostConfig: HostConfig, facts: HostFacts): readonly string[] {
  return hostConfig.CgroupnsMode === 'private' && facts.cgroups.mode === 'none'
    ? ['Your kernel does not support cgroup namespaces.  Cgroup namespace setting discarded.']
    : [];
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
