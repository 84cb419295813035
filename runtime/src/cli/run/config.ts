// From the flags of `run` and `create` to the body of POST /containers/create.

import type { CreateBody } from '../../client/containers.ts';
import type { HealthConfig, HostConfig } from '../../spec/api/containers.ts';
import type { Values } from '../flags/types.ts';
import { terminalSize } from '../io/terminal.ts';
import type { createFlags } from './flags.ts';
import { parseMount, parseTmpfs, parseVolumes } from '../../text/mounts.ts';
import { parseNetworks } from '../../text/networks.ts';
import { parsePorts } from '../../text/ports.ts';
import {
  isCdiName,
  parseDevice,
  parseExtraHost,
  parseGpus,
  parseIops,
  parseRate,
  parseRestart,
  parseUlimit,
  parseWeight,
  readOptions,
} from '../../text/values.ts';
import { readEnvironment, readLabels, readSecurityOptions } from './files.ts';
import { here } from './places.ts';

export type CreateValues = Values<typeof createFlags>;

export interface Attachment {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface Request {
  readonly body: CreateBody;
  readonly attach: Attachment;
}

/** @throws Error in docker's words when flags are wrong or contradict each other */
export function createRequest(
  flags: CreateValues,
  changed: ReadonlySet<string>,
  args: readonly string[],
  detach: boolean,
): Request {
  const attach = attachment(flags, detach);
  const [image = '', ...command] = args;
  const ports = parsePorts(flags.publish, flags.expose);
  const volumes = parseVolumes(flags.volume, here);
  const networks = [...flags.network, ...flags.net];
  const networking = parseNetworks({
    networks,
    aliases: [...flags['network-alias'], ...flags['net-alias']],
    links: flags.link,
    ip: flags.ip,
    ip6: flags.ip6,
    mac: flags['mac-address'],
    linkLocal: flags['link-local-ip'],
  });
  if (flags.rm && flags.restart !== 'no' && flags.restart !== '') {
    throw new Error('conflicting options: cannot specify both --restart and --rm');
  }
  checkModes(flags);
  const health = healthOf(flags);
  const body: CreateBody = {
    Hostname: flags.hostname,
    Domainname: flags.domainname,
    User: flags.user,
    AttachStdin: attach.stdin,
    AttachStdout: attach.stdout,
    AttachStderr: attach.stderr,
    ExposedPorts: ports.exposed,
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && attach.stdin,
    Env: readEnvironment(flags['env-file'], flags.env, process.env),
    Cmd: command.length === 0 ? null : command,
    Image: image,
    Volumes: volumes.anonymous,
    WorkingDir: flags.workdir,
    Entrypoint: entrypoint(flags, changed),
    Labels: readLabels(flags['label-file'], flags.label),
    ...(health === undefined ? {} : { Healthcheck: health }),
    ...(flags['stop-signal'] === '' ? {} : { StopSignal: flags['stop-signal'] }),
    ...(flags['stop-timeout'] === undefined ? {} : { StopTimeout: flags['stop-timeout'] }),
    HostConfig: {
      ...hostBasics(flags, changed),
      ...resources(flags, changed),
      Binds: volumes.binds,
      PortBindings: ports.bindings,
      NetworkMode: networking.mode,
    },
    NetworkingConfig: { EndpointsConfig: networking.endpoints },
  };
  return { body, attach };
}

/** Modes of namespaces that can only be one of a few words. */
function checkModes(flags: CreateValues): void {
  const isShared = (mode: string) => mode === '' || mode === 'host';
  if (!isShared(flags.pid) && !flags.pid.startsWith('container:')) throw new Error('--pid: invalid PID mode');
  if (!isShared(flags.uts)) throw new Error('--uts: invalid UTS mode');
  if (!isShared(flags.userns)) throw new Error('--userns: invalid USER mode');
  if (!isShared(flags.cgroupns) && flags.cgroupns !== 'private') throw new Error('--cgroupns: invalid CGROUP mode');
  const mac = flags['mac-address'];
  if (mac !== '' && !/^[\da-fA-F]{2}([:-][\da-fA-F]{2}){5}$/.test(mac))
    throw new Error(`${mac} is not a valid mac address`);
}

/** Which streams to attach: those named by -a, else all that make sense, none when detached. */
function attachment(flags: CreateValues, detach: boolean): Attachment {
  const named = flags.attach.map((stream) => stream.toLowerCase());
  if (detach) {
    if (named.length > 0) throw new Error('conflicting options: cannot specify both --attach and --detach');
    return { stdin: false, stdout: false, stderr: false };
  }
  if (named.length === 0) return { stdin: flags.interactive, stdout: true, stderr: true };
  return {
    stdin: flags.interactive && named.includes('stdin'),
    stdout: named.includes('stdout'),
    stderr: named.includes('stderr'),
  };
}

/** `--entrypoint ''` takes the image's own away, which the API spells `[""]`. */
function entrypoint(flags: CreateValues, changed: ReadonlySet<string>): readonly string[] | null {
  if (flags.entrypoint !== '') return [flags.entrypoint];
  return changed.has('entrypoint') ? [''] : null;
}

function healthOf(flags: CreateValues): HealthConfig | undefined {
  const values = {
    Interval: flags['health-interval'],
    Timeout: flags['health-timeout'],
    StartPeriod: flags['health-start-period'],
    StartInterval: flags['health-start-interval'],
    Retries: flags['health-retries'],
  };
  const given = Object.values(values).some((value) => value !== undefined) || flags['health-cmd'] !== '';
  if (flags['no-healthcheck']) {
    if (given) throw new Error('--no-healthcheck conflicts with --health-* options');
    return { Test: ['NONE'] };
  }
  if (!given) return undefined;
  if ((values.Retries ?? 0) < 0) throw new Error('--health-retries cannot be negative');
  return {
    ...(flags['health-cmd'] === '' ? {} : { Test: ['CMD-SHELL', flags['health-cmd']] }),
    ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
  };
}

function hostBasics(flags: CreateValues, changed: ReadonlySet<string>): HostConfig {
  const size = flags.tty ? terminalSize() : undefined;
  return {
    ContainerIDFile: flags.cidfile,
    LogConfig: { Type: flags['log-driver'], Config: readLabels([], flags['log-opt']) },
    RestartPolicy: parseRestart(flags.restart),
    AutoRemove: flags.rm,
    VolumeDriver: flags['volume-driver'],
    VolumesFrom: flags['volumes-from'],
    ...(flags.mount.length === 0 ? {} : { Mounts: flags.mount.map((text) => parseMount(text, here)) }),
    ConsoleSize: size === undefined ? [0, 0] : [size.h, size.w],
    ...(Object.keys(flags.annotation).length === 0 ? {} : { Annotations: flags.annotation }),
    CapAdd: flags['cap-add'],
    CapDrop: flags['cap-drop'],
    CgroupnsMode: flags.cgroupns,
    Dns: flags.dns,
    DnsOptions: [...flags['dns-option'], ...flags['dns-opt']],
    DnsSearch: flags['dns-search'],
    ExtraHosts: flags['add-host'].map(parseExtraHost),
    GroupAdd: flags['group-add'],
    IpcMode: flags.ipc,
    Links: flags.link,
    OomScoreAdj: flags['oom-score-adj'] ?? 0,
    PidMode: flags.pid,
    Privileged: flags.privileged,
    PublishAllPorts: flags['publish-all'],
    ReadonlyRootfs: flags['read-only'],
    SecurityOpt: readSecurityOptions(flags['security-opt']),
    ...(flags['storage-opt'].length === 0 ? {} : { StorageOpt: readOptions(flags['storage-opt'], 'storage option') }),
    ...(flags.tmpfs.length === 0 ? {} : { Tmpfs: parseTmpfs(flags.tmpfs) }),
    UTSMode: flags.uts,
    UsernsMode: flags.userns,
    ShmSize: flags['shm-size'] ?? 0,
    ...(Object.keys(flags.sysctl).length === 0 ? {} : { Sysctls: flags.sysctl }),
    ...(flags.runtime === '' ? {} : { Runtime: flags.runtime }),
    Isolation: flags.isolation,
    ...(changed.has('init') ? { Init: flags.init } : {}),
  };
}

function resources(flags: CreateValues, changed: ReadonlySet<string>): HostConfig {
  const swappiness = flags['memory-swappiness'];
  if (swappiness !== undefined && (swappiness < -1 || swappiness > 100)) {
    throw new Error(`invalid value: ${swappiness}. Valid memory swappiness range is 0-100`);
  }
  return {
    CpuShares: flags['cpu-shares'] ?? 0,
    Memory: flags.memory ?? 0,
    NanoCpus: flags.cpus ?? 0,
    CgroupParent: flags['cgroup-parent'],
    BlkioWeight: flags['blkio-weight'] ?? 0,
    BlkioWeightDevice: flags['blkio-weight-device'].map(parseWeight),
    BlkioDeviceReadBps: flags['device-read-bps'].map(parseRate),
    BlkioDeviceWriteBps: flags['device-write-bps'].map(parseRate),
    BlkioDeviceReadIOps: flags['device-read-iops'].map(parseIops),
    BlkioDeviceWriteIOps: flags['device-write-iops'].map(parseIops),
    CpuPeriod: flags['cpu-period'] ?? 0,
    CpuQuota: flags['cpu-quota'] ?? 0,
    CpuRealtimePeriod: flags['cpu-rt-period'] ?? 0,
    CpuRealtimeRuntime: flags['cpu-rt-runtime'] ?? 0,
    CpusetCpus: flags['cpuset-cpus'],
    CpusetMems: flags['cpuset-mems'],
    Devices: flags.device.filter((device) => !isCdiName(device)).map(parseDevice),
    DeviceCgroupRules: flags['device-cgroup-rule'].length === 0 ? null : flags['device-cgroup-rule'],
    DeviceRequests: deviceRequests(flags),
    MemoryReservation: flags['memory-reservation'] ?? 0,
    MemorySwap: flags['memory-swap'] ?? 0,
    ...(swappiness === undefined || swappiness === -1 ? {} : { MemorySwappiness: swappiness }),
    ...(changed.has('oom-kill-disable') ? { OomKillDisable: flags['oom-kill-disable'] } : {}),
    PidsLimit: flags['pids-limit'] ?? 0,
    Ulimits: flags.ulimit.map(parseUlimit),
  };
}

function deviceRequests(flags: CreateValues): HostConfig['DeviceRequests'] {
  const cdi = flags.device.filter(isCdiName);
  const requests = [...flags.gpus.map(parseGpus), ...(cdi.length === 0 ? [] : [{ Driver: 'cdi', DeviceIDs: cdi }])];
  return requests.length === 0 ? null : requests;
}
