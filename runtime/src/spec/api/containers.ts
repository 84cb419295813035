// The shapes of the Docker Engine API about containers, as the API description names them. A field is optional and may
// be null because clients send and expect both.

import type { DriverData, OCIDescriptor } from './images.ts';
import type { EndpointSettings } from './networks.ts';

export interface PortSummary {
  readonly IP?: string | null | undefined;
  readonly PrivatePort?: number | null | undefined;
  readonly PublicPort?: number | null | undefined;
  readonly Type?: string | null | undefined;
}

export interface MountPoint {
  readonly Type?: MountType | null | undefined;
  readonly Name?: string | null | undefined;
  readonly Source?: string | null | undefined;
  readonly Destination?: string | null | undefined;
  readonly Driver?: string | null | undefined;
  readonly Mode?: string | null | undefined;
  readonly RW?: boolean | null | undefined;
  readonly Propagation?: string | null | undefined;
}

export interface DeviceMapping {
  readonly PathOnHost?: string | null | undefined;
  readonly PathInContainer?: string | null | undefined;
  readonly CgroupPermissions?: string | null | undefined;
}

export interface DeviceRequest {
  readonly Driver?: string | null | undefined;
  readonly Count?: number | null | undefined;
  readonly DeviceIDs?: readonly string[] | null | undefined;
  readonly Capabilities?: readonly (readonly string[])[] | null | undefined;
  readonly Options?: Readonly<Record<string, string>> | null | undefined;
}

export interface ThrottleDevice {
  readonly Path?: string | null | undefined;
  readonly Rate?: number | null | undefined;
}

export interface Mount {
  readonly Target?: string | null | undefined;
  readonly Source?: string | null | undefined;
  readonly Type?: MountType | null | undefined;
  readonly ReadOnly?: boolean | null | undefined;
  readonly Consistency?: string | null | undefined;
  readonly BindOptions?:
    | {
        readonly Propagation?: string | null | undefined;
        readonly NonRecursive?: boolean | null | undefined;
        readonly CreateMountpoint?: boolean | null | undefined;
        readonly ReadOnlyNonRecursive?: boolean | null | undefined;
        readonly ReadOnlyForceRecursive?: boolean | null | undefined;
      }
    | null
    | undefined;
  readonly VolumeOptions?:
    | {
        readonly NoCopy?: boolean | null | undefined;
        readonly Labels?: Readonly<Record<string, string>> | null | undefined;
        readonly DriverConfig?:
          | {
              readonly Name?: string | null | undefined;
              readonly Options?: Readonly<Record<string, string>> | null | undefined;
            }
          | null
          | undefined;
        readonly Subpath?: string | null | undefined;
      }
    | null
    | undefined;
  readonly ImageOptions?:
    | {
        readonly Subpath?: string | null | undefined;
      }
    | null
    | undefined;
  readonly TmpfsOptions?:
    | {
        readonly SizeBytes?: number | null | undefined;
        readonly Mode?: number | null | undefined;
        readonly Options?: readonly (readonly string[])[] | null | undefined;
      }
    | null
    | undefined;
}

export type MountType = string;

export interface RestartPolicy {
  readonly Name?: string | null | undefined;
  readonly MaximumRetryCount?: number | null | undefined;
}

export interface Resources {
  readonly CpuShares?: number | null | undefined;
  readonly Memory?: number | null | undefined;
  readonly CgroupParent?: string | null | undefined;
  readonly BlkioWeight?: number | null | undefined;
  readonly BlkioWeightDevice?:
    | readonly {
        readonly Path?: string | null | undefined;
        readonly Weight?: number | null | undefined;
      }[]
    | null
    | undefined;
  readonly BlkioDeviceReadBps?: readonly ThrottleDevice[] | null | undefined;
  readonly BlkioDeviceWriteBps?: readonly ThrottleDevice[] | null | undefined;
  readonly BlkioDeviceReadIOps?: readonly ThrottleDevice[] | null | undefined;
  readonly BlkioDeviceWriteIOps?: readonly ThrottleDevice[] | null | undefined;
  readonly CpuPeriod?: number | null | undefined;
  readonly CpuQuota?: number | null | undefined;
  readonly CpuRealtimePeriod?: number | null | undefined;
  readonly CpuRealtimeRuntime?: number | null | undefined;
  readonly CpusetCpus?: string | null | undefined;
  readonly CpusetMems?: string | null | undefined;
  readonly Devices?: readonly DeviceMapping[] | null | undefined;
  readonly DeviceCgroupRules?: readonly string[] | null | undefined;
  readonly DeviceRequests?: readonly DeviceRequest[] | null | undefined;
  readonly MemoryReservation?: number | null | undefined;
  readonly MemorySwap?: number | null | undefined;
  readonly MemorySwappiness?: number | null | undefined;
  readonly NanoCpus?: number | null | undefined;
  readonly OomKillDisable?: boolean | null | undefined;
  readonly Init?: boolean | null | undefined;
  readonly PidsLimit?: number | null | undefined;
  readonly Ulimits?:
    | readonly {
        readonly Name?: string | null | undefined;
        readonly Soft?: number | null | undefined;
        readonly Hard?: number | null | undefined;
      }[]
    | null
    | undefined;
  readonly KernelMemoryTCP?: number | null | undefined;
  readonly CpuCount?: number | null | undefined;
  readonly CpuPercent?: number | null | undefined;
  readonly IOMaximumIOps?: number | null | undefined;
  readonly IOMaximumBandwidth?: number | null | undefined;
}

export interface HealthConfig {
  readonly Test?: readonly string[] | null | undefined;
  readonly Interval?: number | null | undefined;
  readonly Timeout?: number | null | undefined;
  readonly Retries?: number | null | undefined;
  readonly StartPeriod?: number | null | undefined;
  readonly StartInterval?: number | null | undefined;
}

export interface Health {
  readonly Status?: string | null | undefined;
  readonly FailingStreak?: number | null | undefined;
  readonly Log?: readonly HealthcheckResult[] | null | undefined;
}

export interface HealthcheckResult {
  readonly Start?: string | null | undefined;
  readonly End?: string | null | undefined;
  readonly ExitCode?: number | null | undefined;
  readonly Output?: string | null | undefined;
}

export type HostConfig = Resources & {
  readonly Binds?: readonly string[] | null | undefined;
  readonly ContainerIDFile?: string | null | undefined;
  readonly LogConfig?:
    | {
        readonly Type?: string | null | undefined;
        readonly Config?: Readonly<Record<string, string>> | null | undefined;
      }
    | null
    | undefined;
  readonly NetworkMode?: string | null | undefined;
  readonly PortBindings?: PortMap | null | undefined;
  readonly RestartPolicy?: RestartPolicy | null | undefined;
  readonly AutoRemove?: boolean | null | undefined;
  readonly VolumeDriver?: string | null | undefined;
  readonly VolumesFrom?: readonly string[] | null | undefined;
  readonly Mounts?: readonly Mount[] | null | undefined;
  readonly ConsoleSize?: readonly number[] | null | undefined;
  readonly Annotations?: Readonly<Record<string, string>> | null | undefined;
  readonly CapAdd?: readonly string[] | null | undefined;
  readonly CapDrop?: readonly string[] | null | undefined;
  readonly CgroupnsMode?: string | null | undefined;
  readonly Dns?: readonly string[] | null | undefined;
  readonly DnsOptions?: readonly string[] | null | undefined;
  readonly DnsSearch?: readonly string[] | null | undefined;
  readonly ExtraHosts?: readonly string[] | null | undefined;
  readonly GroupAdd?: readonly string[] | null | undefined;
  readonly IpcMode?: string | null | undefined;
  readonly Cgroup?: string | null | undefined;
  readonly Links?: readonly string[] | null | undefined;
  readonly OomScoreAdj?: number | null | undefined;
  readonly PidMode?: string | null | undefined;
  readonly Privileged?: boolean | null | undefined;
  readonly PublishAllPorts?: boolean | null | undefined;
  readonly ReadonlyRootfs?: boolean | null | undefined;
  readonly SecurityOpt?: readonly string[] | null | undefined;
  readonly StorageOpt?: Readonly<Record<string, string>> | null | undefined;
  readonly Tmpfs?: Readonly<Record<string, string>> | null | undefined;
  readonly UTSMode?: string | null | undefined;
  readonly UsernsMode?: string | null | undefined;
  readonly ShmSize?: number | null | undefined;
  readonly Sysctls?: Readonly<Record<string, string>> | null | undefined;
  readonly Runtime?: string | null | undefined;
  readonly Isolation?: string | null | undefined;
  readonly MaskedPaths?: readonly string[] | null | undefined;
  readonly ReadonlyPaths?: readonly string[] | null | undefined;
};

export interface ContainerConfig {
  readonly Hostname?: string | null | undefined;
  readonly Domainname?: string | null | undefined;
  readonly User?: string | null | undefined;
  readonly AttachStdin?: boolean | null | undefined;
  readonly AttachStdout?: boolean | null | undefined;
  readonly AttachStderr?: boolean | null | undefined;
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null | undefined;
  readonly Tty?: boolean | null | undefined;
  readonly OpenStdin?: boolean | null | undefined;
  readonly StdinOnce?: boolean | null | undefined;
  readonly Env?: readonly string[] | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
  readonly Healthcheck?: HealthConfig | null | undefined;
  readonly ArgsEscaped?: boolean | null | undefined;
  readonly Image?: string | null | undefined;
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null | undefined;
  readonly WorkingDir?: string | null | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly NetworkDisabled?: boolean | null | undefined;
  readonly OnBuild?: readonly string[] | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly StopSignal?: string | null | undefined;
  readonly StopTimeout?: number | null | undefined;
  readonly Shell?: readonly string[] | null | undefined;
}

export interface PortBinding {
  readonly HostIp?: string | null | undefined;
  readonly HostPort?: string | null | undefined;
}

/** `null` is a port that is exposed but not published. */
export type PortMap = Readonly<Record<string, readonly PortBinding[] | null>>;

export interface ContainerInspectResponse {
  readonly Id?: string | null | undefined;
  readonly Created?: string | null | undefined;
  readonly Path?: string | null | undefined;
  readonly Args?: readonly string[] | null | undefined;
  readonly State?: ContainerState | null | undefined;
  readonly Image?: string | null | undefined;
  readonly ResolvConfPath?: string | null | undefined;
  readonly HostnamePath?: string | null | undefined;
  readonly HostsPath?: string | null | undefined;
  readonly LogPath?: string | null | undefined;
  readonly Name?: string | null | undefined;
  readonly RestartCount?: number | null | undefined;
  readonly Driver?: string | null | undefined;
  readonly Platform?: string | null | undefined;
  readonly ImageManifestDescriptor?: OCIDescriptor | null | undefined;
  readonly MountLabel?: string | null | undefined;
  readonly ProcessLabel?: string | null | undefined;
  readonly AppArmorProfile?: string | null | undefined;
  readonly ExecIDs?: readonly string[] | null | undefined;
  readonly HostConfig?: HostConfig | null | undefined;
  readonly GraphDriver?: DriverData | null | undefined;
  readonly Storage?:
    | {
        readonly RootFS?:
          | {
              readonly Snapshot?:
                | {
                    readonly Name?: string | null | undefined;
                  }
                | null
                | undefined;
            }
          | null
          | undefined;
      }
    | null
    | undefined;
  readonly SizeRw?: number | null | undefined;
  readonly SizeRootFs?: number | null | undefined;
  readonly Mounts?: readonly MountPoint[] | null | undefined;
  readonly Config?: ContainerConfig | null | undefined;
  readonly NetworkSettings?: NetworkSettings | null | undefined;
}

export interface ContainerSummary {
  readonly Id?: string | null | undefined;
  readonly Names?: readonly string[] | null | undefined;
  readonly Image?: string | null | undefined;
  readonly ImageID?: string | null | undefined;
  readonly ImageManifestDescriptor?: OCIDescriptor | null | undefined;
  readonly Command?: string | null | undefined;
  readonly Created?: number | null | undefined;
  readonly Ports?: readonly PortSummary[] | null | undefined;
  readonly SizeRw?: number | null | undefined;
  readonly SizeRootFs?: number | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly State?: string | null | undefined;
  readonly Status?: string | null | undefined;
  readonly HostConfig?:
    | {
        readonly NetworkMode?: string | null | undefined;
        readonly Annotations?: Readonly<Record<string, string>> | null | undefined;
      }
    | null
    | undefined;
  readonly NetworkSettings?:
    | {
        readonly Networks?: Readonly<Record<string, EndpointSettings>> | null | undefined;
      }
    | null
    | undefined;
  readonly Mounts?: readonly MountPoint[] | null | undefined;
  readonly Health?:
    | {
        readonly Status?: string | null | undefined;
        readonly FailingStreak?: number | null | undefined;
      }
    | null
    | undefined;
}

export interface ContainerState {
  readonly Status?: string | null | undefined;
  readonly Running?: boolean | null | undefined;
  readonly Paused?: boolean | null | undefined;
  readonly Restarting?: boolean | null | undefined;
  readonly OOMKilled?: boolean | null | undefined;
  readonly Dead?: boolean | null | undefined;
  readonly Pid?: number | null | undefined;
  readonly ExitCode?: number | null | undefined;
  readonly Error?: string | null | undefined;
  readonly StartedAt?: string | null | undefined;
  readonly FinishedAt?: string | null | undefined;
  readonly Health?: Health | null | undefined;
}

export interface ContainerCreateResponse {
  readonly Id?: string | null | undefined;
  readonly Warnings?: readonly string[] | null | undefined;
}

export interface ContainerUpdateResponse {
  readonly Warnings?: readonly string[] | null | undefined;
}

export interface ContainerStatsResponse {
  readonly id?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly os_type?: string | null | undefined;
  readonly read?: string | null | undefined;
  readonly cpu_stats?: ContainerCPUStats | null | undefined;
  readonly memory_stats?: ContainerMemoryStats | null | undefined;
  readonly networks?: unknown;
  readonly pids_stats?: ContainerPidsStats | null | undefined;
  readonly blkio_stats?: ContainerBlkioStats | null | undefined;
  readonly num_procs?: number | null | undefined;
  readonly storage_stats?: ContainerStorageStats | null | undefined;
  readonly preread?: string | null | undefined;
  readonly precpu_stats?: ContainerCPUStats | null | undefined;
}

export interface ContainerBlkioStats {
  readonly io_service_bytes_recursive?: readonly ContainerBlkioStatEntry[] | null | undefined;
  readonly io_serviced_recursive?: readonly ContainerBlkioStatEntry[] | null | undefined;
  readonly io_queue_recursive?: readonly ContainerBlkioStatEntry[] | null | undefined;
  readonly io_service_time_recursive?: readonly ContainerBlkioStatEntry[] | null | undefined;
  readonly io_wait_time_recursive?: readonly ContainerBlkioStatEntry[] | null | undefined;
  readonly io_merged_recursive?: readonly ContainerBlkioStatEntry[] | null | undefined;
  readonly io_time_recursive?: readonly ContainerBlkioStatEntry[] | null | undefined;
  readonly sectors_recursive?: readonly ContainerBlkioStatEntry[] | null | undefined;
}

export interface ContainerBlkioStatEntry {
  readonly major?: number | null | undefined;
  readonly minor?: number | null | undefined;
  readonly op?: string | null | undefined;
  readonly value?: number | null | undefined;
}

export interface ContainerCPUStats {
  readonly cpu_usage?: ContainerCPUUsage | null | undefined;
  readonly system_cpu_usage?: number | null | undefined;
  readonly online_cpus?: number | null | undefined;
  readonly throttling_data?: ContainerThrottlingData | null | undefined;
}

export interface ContainerCPUUsage {
  readonly total_usage?: number | null | undefined;
  readonly percpu_usage?: readonly number[] | null | undefined;
  readonly usage_in_kernelmode?: number | null | undefined;
  readonly usage_in_usermode?: number | null | undefined;
}

export interface ContainerPidsStats {
  readonly current?: number | null | undefined;
  readonly limit?: number | null | undefined;
}

export interface ContainerThrottlingData {
  readonly periods?: number | null | undefined;
  readonly throttled_periods?: number | null | undefined;
  readonly throttled_time?: number | null | undefined;
}

export interface ContainerMemoryStats {
  readonly usage?: number | null | undefined;
  readonly max_usage?: number | null | undefined;
  readonly stats?: Readonly<Record<string, number>> | null | undefined;
  readonly failcnt?: number | null | undefined;
  readonly limit?: number | null | undefined;
  readonly commitbytes?: number | null | undefined;
  readonly commitpeakbytes?: number | null | undefined;
  readonly privateworkingset?: number | null | undefined;
}

export interface ContainerNetworkStats {
  readonly rx_bytes?: number | null | undefined;
  readonly rx_packets?: number | null | undefined;
  readonly rx_errors?: number | null | undefined;
  readonly rx_dropped?: number | null | undefined;
  readonly tx_bytes?: number | null | undefined;
  readonly tx_packets?: number | null | undefined;
  readonly tx_errors?: number | null | undefined;
  readonly tx_dropped?: number | null | undefined;
  readonly endpoint_id?: string | null | undefined;
  readonly instance_id?: string | null | undefined;
}

export interface ContainerStorageStats {
  readonly read_count_normalized?: number | null | undefined;
  readonly read_size_bytes?: number | null | undefined;
  readonly write_count_normalized?: number | null | undefined;
  readonly write_size_bytes?: number | null | undefined;
}

export interface ContainerTopResponse {
  readonly Titles?: readonly string[] | null | undefined;
  readonly Processes?: readonly (readonly string[])[] | null | undefined;
}

export interface ContainerWaitResponse {
  readonly StatusCode?: number | null | undefined;
  readonly Error?: ContainerWaitExitError | null | undefined;
}

export interface ContainerWaitExitError {
  readonly Message?: string | null | undefined;
}

export interface FilesystemChange {
  readonly Path?: string | null | undefined;
  readonly Kind?: ChangeType | null | undefined;
}

export type ChangeType = number;

export interface ProcessConfig {
  readonly privileged?: boolean | null | undefined;
  readonly user?: string | null | undefined;
  readonly tty?: boolean | null | undefined;
  readonly entrypoint?: string | null | undefined;
  readonly arguments?: readonly string[] | null | undefined;
}

export interface NetworkingConfig {
  readonly EndpointsConfig?: Readonly<Record<string, EndpointSettings>> | null | undefined;
}

export interface NetworkSettings {
  readonly SandboxID?: string | null | undefined;
  readonly SandboxKey?: string | null | undefined;
  readonly Ports?: PortMap | null | undefined;
  readonly Networks?: Readonly<Record<string, EndpointSettings>> | null | undefined;
}

export interface Address {
  readonly Addr?: string | null | undefined;
  readonly PrefixLen?: number | null | undefined;
}
