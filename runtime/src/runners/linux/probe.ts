// What this machine and this process allow, found once at start: control groups and their limits, capabilities, rlimits,
// OOM score, processors, kernel version. Containers are clamped to it, and create warns about the rest.

import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { arch, release } from 'node:os';
import type { KernelRights } from '../../host/kernel.ts';
import { capabilitiesOfMask } from './capabilities.ts';
import { enableControllers, hasFile, readCgroupLayout, type CgroupLayout } from './cgroup-layout.ts';
import { parseMountInfo } from './mount-info.ts';

export interface Rlimit {
  readonly soft: number;
  readonly hard: number;
}

/** What the kernel can limit here. */
export interface LimitSupport {
  readonly memory: boolean;
  readonly swap: boolean;
  readonly memoryReservation: boolean;
  readonly swappiness: boolean;
  readonly oomKillDisable: boolean;
  readonly pids: boolean;
  readonly cpuShares: boolean;
  readonly cpuCfs: boolean;
  readonly cpuRealtime: boolean;
  readonly cpuset: boolean;
  readonly blkioWeight: boolean;
  readonly blkioWeightDevice: boolean;
  readonly blkioThrottle: boolean;
}

export interface HostFacts {
  readonly cgroups: CgroupLayout;
  readonly support: LimitSupport;
  /** Capabilities the engine holds, CAP_ names. */
  readonly capabilities: readonly string[];
  /** `nofile` … -> limits; Infinity = unlimited. */
  readonly rlimits: ReadonlyMap<string, Rlimit>;
  readonly oomScoreAdj: number;
  readonly rights: KernelRights;
  /** Kernel lists, e.g. `0-1`. */
  readonly cpus: string;
  readonly mems: string;
  readonly cpuCount: number;
  readonly memoryTotal: number;
  /** Go's name: amd64, arm64 … */
  readonly arch: string;
  /** Major, minor. */
  readonly kernel: readonly [number, number];
  /** AppArmor profiles loaded; undefined without AppArmor. */
  readonly appArmorProfiles?: readonly string[];
  /** Paths that exist among those masked only where they are. */
  readonly thermalPaths: readonly string[];
}

const goArch: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', riscv64: 'riscv64', s390x: 's390x' };

/** Asks the machine. Reads files, and takes what control groups were delegated. */
export function probeHost(rights: KernelRights): HostFacts {
  const mounts = parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const cgroups = enableControllers(readCgroupLayout(mounts, readFileSync('/proc/self/cgroup', 'utf8')));
  const status = readFileSync('/proc/self/status', 'utf8');
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => parseInt(part, 10));
  const cpus = readList('/sys/devices/system/cpu/online', '0');
  const appArmorProfiles = readAppArmor();
  return {
    cgroups,
    support: cgroups.mode === 'v2' ? supportV2(cgroups) : supportV1(cgroups),
    capabilities: capabilitiesOfMask(/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'),
    rlimits: parseRlimits(readFileSync('/proc/self/limits', 'utf8')),
    oomScoreAdj: Number(readFileSync('/proc/self/oom_score_adj', 'utf8')),
    rights,
    cpus,
    mems: readList('/sys/devices/system/node/online', '0'),
    cpuCount: parseList(cpus)?.size ?? 1,
    memoryTotal: Number(/^MemTotal:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? '0') * 1024,
    arch: architecture(),
    kernel: [major, minor],
    ...(appArmorProfiles === undefined ? {} : { appArmorProfiles }),
    thermalPaths: [...(parseList(readList('/sys/devices/system/cpu/possible', '0')) ?? [])]
      .map((cpu) => `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`)
      .filter((path) => existsSync(path)),
  };
}

/** This machine's, by Go's name. */
export function architecture(): string {
  return goArch[arch()] ?? arch();
}

/** A kernel list such as `0-2,5`. @returns undefined when the text is none */
export function parseList(text: string): ReadonlySet<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(',').map((item) => item.trim())) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? first);
    if (last < first) return undefined;
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return numbers;
}

/** Whether a file system there can be a writable layer: overlayfs takes no overlayfs as its upper directory. */
export function canHoldUpper(path: string): boolean {
  const overlayMagic = 0x794c7630;
  return statfsSync(path).type !== overlayMagic;
}

function supportV1(cgroups: CgroupLayout): LimitSupport {
  return {
    memory: hasFile(cgroups, 'memory', 'memory.limit_in_bytes'),
    swap: hasFile(cgroups, 'memory', 'memory.memsw.limit_in_bytes'),
    memoryReservation: hasFile(cgroups, 'memory', 'memory.soft_limit_in_bytes'),
    swappiness: hasFile(cgroups, 'memory', 'memory.swappiness'),
    oomKillDisable: hasFile(cgroups, 'memory', 'memory.oom_control'),
    pids: hasFile(cgroups, 'pids', 'cgroup.procs'),
    cpuShares: hasFile(cgroups, 'cpu', 'cpu.shares'),
    cpuCfs: hasFile(cgroups, 'cpu', 'cpu.cfs_quota_us') || hasFile(cgroups, 'cpu', 'cpu.cfs_period_us'),
    cpuRealtime: hasFile(cgroups, 'cpu', 'cpu.rt_runtime_us'),
    cpuset: hasFile(cgroups, 'cpuset', 'cpuset.cpus'),
    blkioWeight: hasFile(cgroups, 'blkio', 'blkio.weight') || hasFile(cgroups, 'blkio', 'blkio.bfq.weight'),
    blkioWeightDevice: hasFile(cgroups, 'blkio', 'blkio.weight_device'),
    blkioThrottle: hasFile(cgroups, 'blkio', 'blkio.throttle.read_bps_device'),
  };
}

/** The root of a version 2 tree shows no limit files: the controllers tell. */
function supportV2(cgroups: CgroupLayout): LimitSupport {
  const has = (controller: string) => cgroups.unifiedControllers.includes(controller);
  return {
    memory: has('memory'),
    swap: has('memory') && existsSync('/proc/swaps'),
    memoryReservation: has('memory'),
    swappiness: false,
    oomKillDisable: false,
    pids: has('pids'),
    cpuShares: has('cpu'),
    cpuCfs: has('cpu'),
    cpuRealtime: false,
    cpuset: has('cpuset'),
    blkioWeight: has('io') && existsSync('/sys/module/bfq'),
    blkioWeightDevice: has('io') && existsSync('/sys/module/bfq'),
    blkioThrottle: has('io'),
  };
}

const rlimitLines: Readonly<Record<string, string>> = {
  'Max cpu time': 'cpu',
  'Max file size': 'fsize',
  'Max data size': 'data',
  'Max stack size': 'stack',
  'Max core file size': 'core',
  'Max resident set': 'rss',
  'Max processes': 'nproc',
  'Max open files': 'nofile',
  'Max locked memory': 'memlock',
  'Max address space': 'as',
  'Max file locks': 'locks',
  'Max pending signals': 'sigpending',
  'Max msgqueue size': 'msgqueue',
  'Max nice priority': 'nice',
  'Max realtime priority': 'rtprio',
  'Max realtime timeout': 'rttime',
};

function parseRlimits(text: string): ReadonlyMap<string, Rlimit> {
  const limits = new Map<string, Rlimit>();
  for (const line of text.split('\n')) {
    const match = /^(.+?)\s{2,}(unlimited|\d+)\s+(unlimited|\d+)/.exec(line);
    const name = rlimitLines[match?.[1] ?? ''];
    if (name !== undefined) limits.set(name, { soft: rlimitValue(match?.[2]), hard: rlimitValue(match?.[3]) });
  }
  return limits;
}

function rlimitValue(text: string | undefined): number {
  return text === undefined || text === 'unlimited' ? Infinity : Number(text);
}

function readList(path: string, absent: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : absent;
}

function readAppArmor(): readonly string[] | undefined {
  const enabled = '/sys/module/apparmor/parameters/enabled';
  const profiles = '/sys/kernel/security/apparmor/profiles';
  if (!existsSync(enabled) || readFileSync(enabled, 'utf8').trim() !== 'Y' || !existsSync(profiles)) return undefined;
  return readFileSync(profiles, 'utf8')
    .split('\n')
    .map((line) => line.replace(/ \([a-z]+\)$/, ''))
    .filter((line) => line !== '');
}
