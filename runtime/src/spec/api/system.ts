// The shapes of the Docker Engine API about system, as the API description names them. A field is optional and may
// be null because clients send and expect both.

import type { ContainerSummary } from './containers.ts';
import type { ImageSummary } from './images.ts';
import type { Volume } from './volumes.ts';

export interface SystemVersion {
  readonly Platform?:
    | {
        readonly Name?: string | null | undefined;
      }
    | null
    | undefined;
  readonly Components?:
    | readonly {
        readonly Name?: string | null | undefined;
        readonly Version?: string | null | undefined;
        readonly Details?: Readonly<Record<string, unknown>> | null | undefined;
      }[]
    | null
    | undefined;
  readonly Version?: string | null | undefined;
  readonly ApiVersion?: string | null | undefined;
  readonly MinAPIVersion?: string | null | undefined;
  readonly GitCommit?: string | null | undefined;
  readonly GoVersion?: string | null | undefined;
  readonly Os?: string | null | undefined;
  readonly Arch?: string | null | undefined;
  readonly KernelVersion?: string | null | undefined;
  readonly Experimental?: boolean | null | undefined;
  readonly BuildTime?: string | null | undefined;
}

export interface SystemInfo {
  readonly ID?: string | null | undefined;
  readonly Containers?: number | null | undefined;
  readonly ContainersRunning?: number | null | undefined;
  readonly ContainersPaused?: number | null | undefined;
  readonly ContainersStopped?: number | null | undefined;
  readonly Images?: number | null | undefined;
  readonly Driver?: string | null | undefined;
  readonly DriverStatus?: readonly (readonly string[])[] | null | undefined;
  readonly DockerRootDir?: string | null | undefined;
  readonly Plugins?: PluginsInfo | null | undefined;
  readonly MemoryLimit?: boolean | null | undefined;
  readonly SwapLimit?: boolean | null | undefined;
  readonly CpuCfsPeriod?: boolean | null | undefined;
  readonly CpuCfsQuota?: boolean | null | undefined;
  readonly CPUShares?: boolean | null | undefined;
  readonly CPUSet?: boolean | null | undefined;
  readonly PidsLimit?: boolean | null | undefined;
  readonly OomKillDisable?: boolean | null | undefined;
  readonly IPv4Forwarding?: boolean | null | undefined;
  readonly Debug?: boolean | null | undefined;
  readonly NFd?: number | null | undefined;
  readonly NGoroutines?: number | null | undefined;
  readonly SystemTime?: string | null | undefined;
  readonly LoggingDriver?: string | null | undefined;
  readonly CgroupDriver?: string | null | undefined;
  readonly CgroupVersion?: string | null | undefined;
  readonly NEventsListener?: number | null | undefined;
  readonly KernelVersion?: string | null | undefined;
  readonly OperatingSystem?: string | null | undefined;
  readonly OSVersion?: string | null | undefined;
  readonly OSType?: string | null | undefined;
  readonly Architecture?: string | null | undefined;
  readonly NCPU?: number | null | undefined;
  readonly MemTotal?: number | null | undefined;
  readonly IndexServerAddress?: string | null | undefined;
  readonly RegistryConfig?: RegistryServiceConfig | null | undefined;
  readonly GenericResources?:
    | readonly {
        readonly NamedResourceSpec?:
          | {
              readonly Kind?: string | null | undefined;
              readonly Value?: string | null | undefined;
            }
          | null
          | undefined;
        readonly DiscreteResourceSpec?:
          | {
              readonly Kind?: string | null | undefined;
              readonly Value?: number | null | undefined;
            }
          | null
          | undefined;
      }[]
    | null
    | undefined;
  readonly HttpProxy?: string | null | undefined;
  readonly HttpsProxy?: string | null | undefined;
  readonly NoProxy?: string | null | undefined;
  readonly Name?: string | null | undefined;
  readonly Labels?: readonly string[] | null | undefined;
  readonly ExperimentalBuild?: boolean | null | undefined;
  readonly ServerVersion?: string | null | undefined;
  readonly Runtimes?: Readonly<Record<string, Runtime>> | null | undefined;
  readonly DefaultRuntime?: string | null | undefined;
  readonly Swarm?: SwarmInfo | null | undefined;
  readonly LiveRestoreEnabled?: boolean | null | undefined;
  readonly Isolation?: string | null | undefined;
  readonly InitBinary?: string | null | undefined;
  readonly ContainerdCommit?: Commit | null | undefined;
  readonly RuncCommit?: Commit | null | undefined;
  readonly InitCommit?: Commit | null | undefined;
  readonly SecurityOptions?: readonly string[] | null | undefined;
  readonly ProductLicense?: string | null | undefined;
  readonly DefaultAddressPools?:
    | readonly {
        readonly Base?: string | null | undefined;
        readonly Size?: number | null | undefined;
      }[]
    | null
    | undefined;
  readonly FirewallBackend?: FirewallInfo | null | undefined;
  readonly DiscoveredDevices?:
    | readonly {
        readonly Source?: string | null | undefined;
        readonly ID?: string | null | undefined;
      }[]
    | null
    | undefined;
  readonly NRI?:
    | {
        readonly Info?: readonly (readonly string[])[] | null | undefined;
      }
    | null
    | undefined;
  readonly Warnings?: readonly string[] | null | undefined;
  readonly CDISpecDirs?: readonly string[] | null | undefined;
  readonly Containerd?: ContainerdInfo | null | undefined;
}

export interface ContainerdInfo {
  readonly Address?: string | null | undefined;
  readonly Namespaces?:
    | {
        readonly Containers?: string | null | undefined;
        readonly Plugins?: string | null | undefined;
      }
    | null
    | undefined;
}

export interface FirewallInfo {
  readonly Driver?: string | null | undefined;
  readonly Info?: readonly (readonly string[])[] | null | undefined;
}

export interface PluginsInfo {
  readonly Volume?: readonly string[] | null | undefined;
  readonly Network?: readonly string[] | null | undefined;
  readonly Authorization?: readonly string[] | null | undefined;
  readonly Log?: readonly string[] | null | undefined;
}

export interface RegistryServiceConfig {
  readonly InsecureRegistryCIDRs?: readonly string[] | null | undefined;
  readonly IndexConfigs?: Readonly<Record<string, IndexInfo>> | null | undefined;
  readonly Mirrors?: readonly string[] | null | undefined;
}

export interface IndexInfo {
  readonly Name?: string | null | undefined;
  readonly Mirrors?: readonly string[] | null | undefined;
  readonly Secure?: boolean | null | undefined;
  readonly Official?: boolean | null | undefined;
}

export interface Runtime {
  readonly path?: string | null | undefined;
  readonly runtimeArgs?: readonly string[] | null | undefined;
  readonly status?: Readonly<Record<string, string>> | null | undefined;
}

export interface Commit {
  readonly ID?: string | null | undefined;
}

export interface SwarmInfo {
  readonly NodeID?: string | null | undefined;
  readonly NodeAddr?: string | null | undefined;
  readonly LocalNodeState?: LocalNodeState | null | undefined;
  readonly ControlAvailable?: boolean | null | undefined;
  readonly Error?: string | null | undefined;
  readonly RemoteManagers?: readonly PeerNode[] | null | undefined;
  readonly Nodes?: number | null | undefined;
  readonly Managers?: number | null | undefined;
  readonly Cluster?:
    | {
        readonly ID?: string | null | undefined;
        readonly Version?:
          | {
              readonly Index?: number | null | undefined;
            }
          | null
          | undefined;
        readonly CreatedAt?: string | null | undefined;
        readonly UpdatedAt?: string | null | undefined;
        readonly Spec?:
          | {
              readonly Name?: string | null | undefined;
              readonly Labels?: Readonly<Record<string, string>> | null | undefined;
              readonly Orchestration?:
                | {
                    readonly TaskHistoryRetentionLimit?: number | null | undefined;
                  }
                | null
                | undefined;
              readonly Raft?:
                | {
                    readonly SnapshotInterval?: number | null | undefined;
                    readonly KeepOldSnapshots?: number | null | undefined;
                    readonly LogEntriesForSlowFollowers?: number | null | undefined;
                    readonly ElectionTick?: number | null | undefined;
                    readonly HeartbeatTick?: number | null | undefined;
                  }
                | null
                | undefined;
              readonly Dispatcher?:
                | {
                    readonly HeartbeatPeriod?: number | null | undefined;
                  }
                | null
                | undefined;
              readonly CAConfig?:
                | {
                    readonly NodeCertExpiry?: number | null | undefined;
                    readonly ExternalCAs?:
                      | readonly {
                          readonly Protocol?: string | null | undefined;
                          readonly URL?: string | null | undefined;
                          readonly Options?: Readonly<Record<string, string>> | null | undefined;
                          readonly CACert?: string | null | undefined;
                        }[]
                      | null
                      | undefined;
                    readonly SigningCACert?: string | null | undefined;
                    readonly SigningCAKey?: string | null | undefined;
                    readonly ForceRotate?: number | null | undefined;
                  }
                | null
                | undefined;
              readonly EncryptionConfig?:
                | {
                    readonly AutoLockManagers?: boolean | null | undefined;
                  }
                | null
                | undefined;
              readonly TaskDefaults?:
                | {
                    readonly LogDriver?:
                      | {
                          readonly Name?: string | null | undefined;
                          readonly Options?: Readonly<Record<string, string>> | null | undefined;
                        }
                      | null
                      | undefined;
                  }
                | null
                | undefined;
            }
          | null
          | undefined;
        readonly TLSInfo?:
          | {
              readonly TrustRoot?: string | null | undefined;
              readonly CertIssuerSubject?: string | null | undefined;
              readonly CertIssuerPublicKey?: string | null | undefined;
            }
          | null
          | undefined;
        readonly RootRotationInProgress?: boolean | null | undefined;
        readonly DataPathPort?: number | null | undefined;
        readonly DefaultAddrPool?: readonly string[] | null | undefined;
        readonly SubnetSize?: number | null | undefined;
      }
    | null
    | undefined;
}

export type LocalNodeState = string;

export interface PeerNode {
  readonly NodeID?: string | null | undefined;
  readonly Addr?: string | null | undefined;
}

export interface EventActor {
  readonly ID?: string | null | undefined;
  readonly Attributes?: Readonly<Record<string, string>> | null | undefined;
}

export interface EventMessage {
  readonly Type?: string | null | undefined;
  readonly Action?: string | null | undefined;
  readonly Actor?: EventActor | null | undefined;
  readonly scope?: string | null | undefined;
  readonly time?: number | null | undefined;
  readonly timeNano?: number | null | undefined;
}

export interface ErrorResponse {
  readonly message?: string | null | undefined;
}

export interface IDResponse {
  readonly Id?: string | null | undefined;
}

export interface BuildCacheRecord {
  readonly ID?: string;
  readonly Type?: string;
  readonly Description?: string;
  readonly InUse?: boolean;
  readonly Shared?: boolean;
  readonly Size?: number;
  readonly CreatedAt?: string;
  readonly LastUsedAt?: string | null;
  readonly UsageCount?: number;
}

export interface DiskUsage {
  readonly LayersSize?: number;
  readonly Images?: readonly ImageSummary[] | null;
  readonly Containers?: readonly ContainerSummary[] | null;
  readonly Volumes?: readonly Volume[] | null;
  readonly BuildCache?: readonly BuildCacheRecord[] | null;
}
