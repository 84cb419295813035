// GET /info and /version: what is true of this engine and this machine, field by field as clients know them.

import type { SystemInfo, SystemVersion } from '../spec/api/system.ts';
import type { Files, Host } from '../host/host.ts';
import type { ContainerCounts } from '../containers/containers.ts';
import type { EngineConfig, LiveSettings } from './config.ts';
import { wasmPlatform } from '../spec/platform.ts';
import type { Runtimes } from './linux-runner.ts';

/** Facts that do not change while the engine runs. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly kernelVersion: string;
  readonly operatingSystem: string;
  readonly osVersion: string;
  /** The text of /etc/os-release. */
  readonly osRelease: string;
  /** As `uname -m` says it. */
  readonly machine: string;
  /** Go's name. */
  readonly arch: string;
  readonly cpuCount: number;
  readonly memoryTotal: number;
  readonly cgroupVersion: 1 | 2;
  /** `none` where this engine may make no control groups. */
  readonly cgroupDriver: 'cgroupfs' | 'none';
  /** What puts the roots of containers together. */
  readonly rootDriver: string;
  /** Why it is whole copies, when nobody asked for them. */
  readonly rootRefusal?: string;
  /** overlayfs keeps its own attributes where everybody may. */
  readonly userAttributes: boolean;
  readonly limits: {
    readonly memory: boolean;
    readonly swap: boolean;
    readonly oomKillDisable: boolean;
    readonly pids: boolean;
    readonly cpuShares: boolean;
    readonly cpuCfs: boolean;
    readonly cpuset: boolean;
    readonly blkioWeight: boolean;
  };
  readonly hasAppArmor: boolean;
  /** File system below the data root, by name. */
  readonly backingFilesystem: string;
}

const machineNames: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };

/** Reads what the machine says of itself. @param facts what the runner's probe found @param id kept across restarts */
export async function readMachine(
  { files, hostname, system }: Pick<Host, 'files' | 'hostname' | 'system'>,
  facts: Omit<
    Machine,
    'id' | 'name' | 'kernelVersion' | 'operatingSystem' | 'osVersion' | 'osRelease' | 'machine' | 'backingFilesystem'
  >,
  id: string,
  dataRoot: string,
): Promise<Machine> {
  const text = async (path: string): Promise<string> => {
    const stat = await files.stat(path);
    return stat === undefined ? '' : (await files.readText(path)).trim();
  };
  const paths = ['/etc/os-release', '/proc/sys/kernel/osrelease', '/proc/self/mountinfo'];
  const [osRelease = '', kernelVersion = '', mounts = ''] = await Promise.all(paths.map(text));
  const release = new Map(
    osRelease.split('\n').map((line): [string, string] => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1).replace(/^"|"$/g, '')];
    }),
  );
  return {
    ...facts,
    id,
    name: hostname(),
    kernelVersion: kernelVersion === '' ? system().release : kernelVersion,
    operatingSystem: release.get('PRETTY_NAME') ?? system().name,
    osVersion: release.get('VERSION_ID') ?? '',
    osRelease,
    machine: machineNames[facts.arch] ?? facts.arch,
    backingFilesystem: fileSystemOf(mounts, dataRoot),
  };
}

/** The type of the mount that holds `path`. */
function fileSystemOf(mountInfo: string, path: string): string {
  let best = { target: '', type: '' };
  for (const line of mountInfo.split('\n')) {
    const fields = line.split(' ');
    const target = fields[4] ?? '';
    const holds = target === '/' || path === target || path.startsWith(`${target}/`);
    if (holds && target.length >= best.target.length) {
      best = { target, type: fields[fields.indexOf('-') + 1] ?? '' };
    }
  }
  return best.type;
}

/** What the storage driver vfs means for people. */
export const copiesWarning =
  'Storage driver vfs: each container gets a whole copy of its image, which is slow and uses more disk';

export interface InfoSources {
  readonly machine: Machine;
  readonly config: EngineConfig;
  readonly live: LiveSettings;
  readonly counts: ContainerCounts;
  readonly images: number;
  readonly files: Files;
  readonly eventListeners: number;
  readonly runtimes: Runtimes;
  readonly initBinary: string;
  readonly warnings: readonly string[];
  readonly nowMs: number;
}

/** Version of the registry service's documents that clients expect. */
const indexServer = 'https://index.docker.io/v1/';

export async function systemInfo(sources: InfoSources): Promise<SystemInfo> {
  const { machine, config, files, live, counts } = sources;
  return {
    ID: machine.id,
    Containers: counts.total,
    ContainersRunning: counts.running,
    ContainersPaused: counts.paused,
    ContainersStopped: counts.stopped,
    Images: sources.images,
    Driver: machine.rootDriver,
    DriverStatus: driverStatus(machine),
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['json-file', 'local', 'none'],
    },
    ...limitFields(machine),
    // In a network of its own the engine sees to it.
    IPv4Forwarding: config.rootless !== undefined || (await isOn(files, '/proc/sys/net/ipv4/ip_forward')),
    Debug: live.debug,
    NFd: await countIn(files, '/proc/self/fd'),
    NGoroutines: await countIn(files, '/proc/self/task'),
    SystemTime: new Date(sources.nowMs).toISOString(),
    LoggingDriver: 'json-file',
    CgroupDriver: machine.cgroupDriver,
    CgroupVersion: String(machine.cgroupVersion),
    NEventsListener: sources.eventListeners,
    KernelVersion: machine.kernelVersion,
    OperatingSystem: machine.operatingSystem,
    OSVersion: machine.osVersion,
    OSType: osOf(config),
    Architecture: machine.machine,
    IndexServerAddress: indexServer,
    RegistryConfig: registryConfig(live),
    NCPU: machine.cpuCount,
    MemTotal: machine.memoryTotal,
    GenericResources: null,
    DockerRootDir: config.dataRoot,
    HttpProxy: config.proxies.http,
    HttpsProxy: config.proxies.https,
    NoProxy: config.proxies.no,
    Name: machine.name,
    Labels: live.labels,
    ExperimentalBuild: false,
    ServerVersion: config.version,
    Runtimes: runtimesField(sources),
    DefaultRuntime: sources.runtimes.default,
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    LiveRestoreEnabled: config.liveRestore,
    Isolation: '',
    InitBinary: sources.initBinary.split('/').at(-1) ?? '',
    ContainerdCommit: { ID: '' },
    RuncCommit: { ID: '' },
    InitCommit: { ID: '' },
    SecurityOptions: securityOptions(machine, config),
    FirewallBackend: { Driver: 'nftables' },
    CDISpecDirs: [],
    Warnings: warnings(sources),
  };
}

/** What programs of containers are for. */
function osOf({ mode }: EngineConfig): string {
  return mode === 'wasm' ? wasmPlatform.os : 'linux';
}

function driverStatus(machine: Machine): NonNullable<SystemInfo['DriverStatus']> {
  const backing = ['Backing Filesystem', machine.backingFilesystem];
  if (machine.rootDriver === 'vfs' || machine.rootDriver === 'wasm') return [backing];
  return [
    backing,
    ['Supports d_type', 'true'],
    ['Using metacopy', 'false'],
    ['Native Overlay Diff', 'true'],
    ['userxattr', String(machine.userAttributes)],
  ];
}

function limitFields({ limits }: Machine): SystemInfo & { readonly KernelMemoryTCP: boolean } {
  return {
    MemoryLimit: limits.memory,
    SwapLimit: limits.swap,
    KernelMemoryTCP: false,
    CpuCfsPeriod: limits.cpuCfs,
    CpuCfsQuota: limits.cpuCfs,
    CPUShares: limits.cpuShares,
    CPUSet: limits.cpuset,
    PidsLimit: limits.pids,
    OomKillDisable: limits.oomKillDisable,
  };
}

function runtimesField({ runtimes }: InfoSources): NonNullable<SystemInfo['Runtimes']> {
  return Object.fromEntries(
    [...runtimes.found].map(([name, { path, args }]) => [
      name,
      { path, ...(args.length > 0 ? { runtimeArgs: args } : {}) },
    ]),
  );
}

function registryConfig(live: LiveSettings): NonNullable<SystemInfo['RegistryConfig']> {
  const isRange = (text: string): boolean => text.includes('/');
  const insecure = live.insecureRegistries.filter((each) => !isRange(each));
  const hub = { Name: 'docker.io', Mirrors: live.registryMirrors, Secure: true, Official: true };
  const others = insecure.map((Name): [string, typeof hub] => [
    Name,
    { Name, Mirrors: [], Secure: false, Official: false },
  ]);
  return {
    InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8', ...live.insecureRegistries.filter(isRange)],
    IndexConfigs: Object.fromEntries([['docker.io', hub], ...others]),
    Mirrors: live.registryMirrors,
  };
}

function securityOptions(machine: Machine, { rootless, mode }: EngineConfig): readonly string[] {
  if (mode === 'wasm') return ['name=wasm'];
  return [
    ...(machine.hasAppArmor ? ['name=apparmor'] : []),
    'name=seccomp,profile=builtin',
    ...(rootless === undefined ? [] : ['name=rootless']),
    ...(machine.cgroupVersion === 2 ? ['name=cgroupns'] : []),
  ];
}

function warnings({ machine, warnings: others, config }: InfoSources): readonly string[] | null {
  const { limits } = machine;
  const ofLinux =
    config.mode === 'wasm'
      ? []
      : [
          limits.memory ? '' : 'WARNING: No memory limit support',
          limits.swap ? '' : 'WARNING: No swap limit support',
          limits.pids ? '' : 'WARNING: No pids limit support',
          limits.cpuCfs ? '' : 'WARNING: No cpu cfs quota support',
          limits.cpuset ? '' : 'WARNING: No cpuset support',
          machine.rootDriver === 'vfs' ? `WARNING: ${copiesWarning}` : '',
        ];
  const missing = [
    ...ofLinux,
    ...(config.obstacles ?? []).map(({ message }) => `WARNING: containers of Linux cannot run here: ${message}`),
    ...(config.rootless?.findings ?? [])
      .filter(({ state, name }) => state === 'warning' && name !== 'delegation' && name !== 'overlayfs')
      .map(({ message }) => `WARNING: ${message}`),
    ...others,
  ].filter((line) => line !== '');
  return missing.length === 0 ? null : missing;
}

/** 0 where the system has no such folder. */
async function countIn(files: Files, path: string): Promise<number> {
  return (await files.stat(path)) === undefined ? 0 : (await files.list(path)).length;
}

async function isOn(files: Files, path: string): Promise<boolean> {
  return (await files.stat(path)) !== undefined && (await files.readText(path)).trim() === '1';
}

/** API versions as the API room has them; told here because a version reply is the engine's. */
const apiVersion = '1.51';
const minimumVersion = '1.24';

export function systemVersion(machine: Machine, config: EngineConfig, runtime: string): SystemVersion {
  const { version } = config;
  const os = osOf(config);
  const details = {
    ApiVersion: apiVersion,
    Arch: machine.arch,
    BuildTime: '',
    Experimental: 'false',
    GitCommit: '',
    GoVersion: '',
    KernelVersion: machine.kernelVersion,
    MinAPIVersion: minimumVersion,
    Os: os,
    DefaultRuntime: runtime,
  };
  return {
    Platform: { Name: 'Coracle' },
    Components: [{ Name: 'Engine', Version: version, Details: details }],
    Version: version,
    ApiVersion: apiVersion,
    MinAPIVersion: minimumVersion,
    GitCommit: '',
    GoVersion: '',
    Os: os,
    Arch: machine.arch,
    KernelVersion: machine.kernelVersion,
    BuildTime: '',
  };
}
