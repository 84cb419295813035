// Decoders of the bodies about containers. `Fields<T>` makes the compiler ask for every field of the wire type, so that none
// that is documented can be dropped here.

import type {
  ContainerConfig,
  DeviceMapping,
  DeviceRequest,
  HealthConfig,
  HostConfig,
  Mount,
  PortBinding,
  RestartPolicy,
  ThrottleDevice,
} from '../../spec/api/containers.ts';
import type { NetworkingConfig } from '../../spec/api/containers.ts';
import type { ExecCreateRequest } from '../../spec/engine/containers.ts';
import type { Decoder, Fields } from '../../spec/decode.ts';
import { array, boolean, emptyObject, integer, object, record, string, stringOrList } from '../../spec/decode.ts';
import { endpointSettings } from './networks.ts';

const strings = array(string);
const stringMap = record(string, '');
const set = record<Readonly<Record<string, never>>>(emptyObject, {});

const healthConfig = object<HealthConfig>({
  Test: stringOrList,
  Interval: integer,
  Timeout: integer,
  Retries: integer,
  StartPeriod: integer,
  StartInterval: integer,
});

const containerConfigFields: Fields<ContainerConfig> = {
  Hostname: string,
  Domainname: string,
  User: string,
  AttachStdin: boolean,
  AttachStdout: boolean,
  AttachStderr: boolean,
  ExposedPorts: set,
  Tty: boolean,
  OpenStdin: boolean,
  StdinOnce: boolean,
  Env: strings,
  Cmd: stringOrList,
  Healthcheck: healthConfig,
  ArgsEscaped: boolean,
  Image: string,
  Volumes: set,
  WorkingDir: string,
  Entrypoint: stringOrList,
  NetworkDisabled: boolean,
  OnBuild: strings,
  Labels: stringMap,
  StopSignal: string,
  StopTimeout: integer,
  Shell: stringOrList,
};

export const containerConfig: Decoder<ContainerConfig> = object(containerConfigFields);

const throttleDevices = array(object<ThrottleDevice>({ Path: string, Rate: integer }));

const mount = object<Mount>({
  Target: string,
  Source: string,
  Type: string,
  ReadOnly: boolean,
  Consistency: string,
  BindOptions: object<NonNullable<Mount['BindOptions']>>({
    Propagation: string,
    NonRecursive: boolean,
    CreateMountpoint: boolean,
    ReadOnlyNonRecursive: boolean,
    ReadOnlyForceRecursive: boolean,
  }),
  VolumeOptions: object<NonNullable<Mount['VolumeOptions']>>({
    NoCopy: boolean,
    Labels: stringMap,
    DriverConfig: object({ Name: string, Options: stringMap }),
    Subpath: string,
  }),
  ImageOptions: object<NonNullable<Mount['ImageOptions']>>({ Subpath: string }),
  TmpfsOptions: object<NonNullable<Mount['TmpfsOptions']>>({
    SizeBytes: integer,
    Mode: integer,
    Options: array(strings),
  }),
});

const portBindings = record(array(object<PortBinding>({ HostIp: string, HostPort: string })), []);

type Ulimit = NonNullable<HostConfig['Ulimits']>[number];
type WeightDevice = NonNullable<HostConfig['BlkioWeightDevice']>[number];

/** What limits a container, field by field. */
export const resources = {
  CpuShares: integer,
  Memory: integer,
  CgroupParent: string,
  BlkioWeight: integer,
  BlkioWeightDevice: array(object<WeightDevice>({ Path: string, Weight: integer })),
  BlkioDeviceReadBps: throttleDevices,
  BlkioDeviceWriteBps: throttleDevices,
  BlkioDeviceReadIOps: throttleDevices,
  BlkioDeviceWriteIOps: throttleDevices,
  CpuPeriod: integer,
  CpuQuota: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  CpusetCpus: string,
  CpusetMems: string,
  Devices: array(object<DeviceMapping>({ PathOnHost: string, PathInContainer: string, CgroupPermissions: string })),
  DeviceCgroupRules: strings,
  DeviceRequests: array(
    object<DeviceRequest>({
      Driver: string,
      Count: integer,
      DeviceIDs: strings,
      Capabilities: array(strings),
      Options: stringMap,
    }),
  ),
  MemoryReservation: integer,
  MemorySwap: integer,
  MemorySwappiness: integer,
  NanoCpus: integer,
  OomKillDisable: boolean,
  Init: boolean,
  PidsLimit: integer,
  Ulimits: array(object<Ulimit>({ Name: string, Soft: integer, Hard: integer })),
  KernelMemoryTCP: integer,
  CpuCount: integer,
  CpuPercent: integer,
  IOMaximumIOps: integer,
  IOMaximumBandwidth: integer,
};

const hostConfigFields: Fields<HostConfig> = {
  ...resources,
  Binds: strings,
  ContainerIDFile: string,
  LogConfig: object({ Type: string, Config: stringMap }),
  NetworkMode: string,
  PortBindings: portBindings,
  RestartPolicy: object<RestartPolicy>({ Name: string, MaximumRetryCount: integer }),
  AutoRemove: boolean,
  VolumeDriver: string,
  VolumesFrom: strings,
  Mounts: array(mount),
  ConsoleSize: array(integer),
  Annotations: stringMap,
  CapAdd: stringOrList,
  CapDrop: stringOrList,
  CgroupnsMode: string,
  Dns: strings,
  DnsOptions: strings,
  DnsSearch: strings,
  ExtraHosts: strings,
  GroupAdd: strings,
  IpcMode: string,
  Cgroup: string,
  Links: strings,
  OomScoreAdj: integer,
  PidMode: string,
  Privileged: boolean,
  PublishAllPorts: boolean,
  ReadonlyRootfs: boolean,
  SecurityOpt: strings,
  StorageOpt: stringMap,
  Tmpfs: stringMap,
  UTSMode: string,
  UsernsMode: string,
  ShmSize: integer,
  Sysctls: stringMap,
  Runtime: string,
  Isolation: string,
  MaskedPaths: strings,
  ReadonlyPaths: strings,
};

export const hostConfig: Decoder<HostConfig> = object(hostConfigFields);

/** The body of POST /containers/create: a Config with two more keys, the MAC address that old clients put there, and the
 * runtime that docker-py does. */
export interface CreateBody extends ContainerConfig {
  readonly MacAddress?: string;
  readonly Runtime?: string;
  readonly HostConfig?: HostConfig;
  readonly NetworkingConfig?: NetworkingConfig;
}

export const createBody: Decoder<CreateBody> = object<CreateBody>({
  ...containerConfigFields,
  MacAddress: string,
  Runtime: string,
  HostConfig: hostConfig,
  NetworkingConfig: object<NetworkingConfig>({ EndpointsConfig: record(endpointSettings, {}) }),
});

/** The body of POST /containers/{id}/update: limits and the restart policy, side by side. */
export const updateBody: Decoder<HostConfig> = object<HostConfig>(hostConfigFields);

export const execCreateBody = object<ExecCreateRequest>({
  AttachStdin: boolean,
  AttachStdout: boolean,
  AttachStderr: boolean,
  DetachKeys: string,
  Tty: boolean,
  ConsoleSize: array(integer),
  Env: strings,
  Cmd: stringOrList,
  Privileged: boolean,
  User: string,
  WorkingDir: string,
});

export interface ExecStartBody {
  readonly Detach?: boolean;
  readonly Tty?: boolean;
  readonly ConsoleSize?: readonly number[];
}

export const execStartBody = object<ExecStartBody>({ Detach: boolean, Tty: boolean, ConsoleSize: array(integer) });
