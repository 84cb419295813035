// Writes the OCI runtime document (config.json) of a container from Docker's Config and HostConfig. Pure but for what the
// devices and the mount table of the host say.

import { existsSync, readFileSync } from 'node:fs';
import type { HostConfig } from '../../spec/api/containers.ts';
import { lastId } from '../../spec/id-map.ts';
import type { SandboxSpec } from '../runner.ts';
import { grantCapabilities } from './capabilities.ts';
import { grantDevices } from './devices.ts';
import { parseMountInfo, type MountInfo } from './mount-info.ts';
import { mountsOf, rootPropagation } from './mounts.ts';
import { hasOwnPidNamespace, namespacesOf } from './namespaces.ts';
import type {
  CapabilitySets,
  DeviceRule,
  RuntimeMount,
  RuntimeProcess,
  RuntimeSeccomp,
  RuntimeSpec,
} from './oci-runtime-spec.ts';
import type { HostFacts } from './probe.ts';
import { checkLimits } from './limits.ts';
import { resourcesOf } from './resources.ts';
import { grantRlimits, oomScoreOf } from './rlimits.ts';
import { defaultSeccomp, parseSeccomp } from './seccomp.ts';
import { parseSecurityOptions, type SecurityOptions } from './security-options.ts';
import type { ProcessUser } from '../users.ts';

export interface BuildContext {
  readonly facts: HostFacts;
  readonly user: ProcessUser;
  readonly rootPath: string;
  /** Absolute path of the control group. */
  readonly cgroupsPath: string;
  readonly initPath?: string | undefined;
  /** Host directory of a shared /dev/shm. */
  readonly sharedShm?: string | undefined;
  readonly recursiveReadOnly: boolean;
  /** The runtime sets the domain by itself. */
  readonly takesDomainname: boolean;
}

const initTarget = '/sbin/docker-init';

/** Hidden from containers that are not privileged. */
const maskedPaths =
  `/proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug
/proc/scsi /proc/timer_list /proc/timer_stats /sys/devices/virtual/powercap /sys/firmware`.split(/\s+/);

const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/**
 * The document. The seccomp profile, if any, is in `linux.seccomp`; the caller may replace it by a compiled one.
 * @throws EngineError when a device, a bind's propagation or a profile does not fit
 */
export function buildSpec(spec: SandboxSpec, context: BuildContext): RuntimeSpec {
  const { hostConfig } = spec;
  const { facts } = context;
  const privileged = hostConfig.Privileged === true;
  const security = parseSecurityOptions(hostConfig.SecurityOpt ?? [], facts.appArmorProfiles !== undefined);
  const { limits } = checkLimits(hostConfig, facts);
  const grant = grantDevices({
    mappings: hostConfig.Devices ?? [],
    cgroupRules: hostConfig.DeviceCgroupRules ?? [],
    privileged,
    canMakeNodes: facts.rights.isMachineRoot,
  });
  const withInit = Boolean(hostConfig.Init) && hasOwnPidNamespace(hostConfig) && context.initPath !== undefined;
  const capabilities = capabilitiesOf(spec, facts);
  const seccomp = seccompOf(security, privileged, capabilities, facts);
  const domain = hostConfig.UTSMode === 'host' ? '' : spec.domainname;
  const table = mountTable();
  const propagation = rootPropagation(spec.mounts, table);
  return {
    ociVersion: '1.0.2',
    process: processOf(spec, { context, capabilities, security, withInit }),
    root: { path: context.rootPath, readonly: hostConfig.ReadonlyRootfs === true },
    ...(hostConfig.UTSMode === 'host' ? {} : { hostname: spec.hostname }),
    ...(domain !== '' && context.takesDomainname ? { domainname: domain } : {}),
    mounts: [
      ...mountsOf({
        hostConfig,
        mounts: spec.mounts,
        sharedShm: context.sharedShm,
        writableCgroups: security.writableCgroups,
        facts,
        recursiveReadOnly: context.recursiveReadOnly,
        table,
      }),
      ...grant.mounts,
      ...(withInit ? [initMount(context.initPath ?? '')] : []),
    ],
    ...(hostConfig.Annotations ? { annotations: hostConfig.Annotations } : {}),
    linux: {
      ...groupOf(context, grant.rules, limits),
      namespaces: namespacesOf({ ...spec, cgroups: facts.cgroups }),
      devices: grant.devices,
      maskedPaths: hostConfig.MaskedPaths ?? (privileged ? [] : [...maskedPaths, ...facts.thermalPaths]),
      readonlyPaths: hostConfig.ReadonlyPaths ?? (privileged ? [] : readonlyPaths),
      ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
      sysctl: sysctlsOf(spec, facts, context.takesDomainname ? '' : domain),
      ...(seccomp === undefined ? {} : { seccomp }),
    },
  };
}

/** The control group and its limits. Device rules are programs in the kernel, which take root of the machine. */
function groupOf(
  { cgroupsPath, facts }: BuildContext,
  devices: readonly DeviceRule[],
  limits: HostConfig,
): Pick<RuntimeSpec['linux'], 'cgroupsPath' | 'resources'> {
  if (facts.cgroups.mode === 'none') return {};
  return { cgroupsPath, resources: { ...(facts.rights.isMachineRoot ? { devices } : {}), ...resourcesOf(limits) } };
}

/** Read at the first question: most containers have none. */
function mountTable(): () => readonly MountInfo[] {
  let table: readonly MountInfo[] | undefined;
  return () => (table ??= parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')));
}

interface ProcessParts {
  readonly context: BuildContext;
  readonly capabilities: readonly string[];
  readonly security: SecurityOptions;
  readonly withInit: boolean;
}

function processOf(spec: SandboxSpec, parts: ProcessParts): RuntimeProcess {
  const { config, hostConfig } = spec;
  const { facts, user } = parts.context;
  const [rows = 0, columns = 0] = hostConfig.ConsoleSize ?? [];
  const { rlimits } = grantRlimits(hostConfig.Ulimits ?? [], facts);
  const oomScoreAdj = oomScoreOf(hostConfig.OomScoreAdj ?? 0, facts);
  const profile = appArmorOf(parts.security, hostConfig.Privileged === true, facts);
  return {
    terminal: config.Tty === true,
    ...(config.Tty && rows > 0 && columns > 0 ? { consoleSize: { height: rows, width: columns } } : {}),
    user,
    args: parts.withInit ? [initTarget, '--', ...spec.argv] : spec.argv,
    env: spec.env,
    cwd: config.WorkingDir || '/',
    capabilities: capabilitySets(parts.capabilities),
    ...(rlimits.length > 0 ? { rlimits } : {}),
    noNewPrivileges: parts.security.noNewPrivileges,
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    ...(profile === undefined ? {} : { apparmorProfile: profile }),
  };
}

/** The three sets that Docker fills; none is inheritable. */
export function capabilitySets(capabilities: readonly string[]): CapabilitySets {
  return { bounding: capabilities, effective: capabilities, permitted: capabilities };
}

function capabilitiesOf(spec: SandboxSpec, facts: HostFacts): readonly string[] {
  return grantCapabilities({
    add: spec.hostConfig.CapAdd ?? [],
    drop: spec.hostConfig.CapDrop ?? [],
    privileged: spec.hostConfig.Privileged === true,
    held: facts.capabilities,
  }).capabilities;
}

function seccompOf(
  security: SecurityOptions,
  privileged: boolean,
  capabilities: readonly string[],
  facts: HostFacts,
): RuntimeSeccomp | undefined {
  const { seccomp } = security;
  if (seccomp === 'unconfined') return undefined;
  if (seccomp !== undefined && seccomp !== '' && seccomp !== 'builtin') {
    return parseSeccomp(seccomp, { ...facts, capabilities });
  }
  return privileged ? undefined : defaultSeccomp({ ...facts, capabilities });
}

const defaultProfile = 'docker-default';

/** Docker's profile only where someone has loaded it. */
function appArmorOf(security: SecurityOptions, privileged: boolean, facts: HostFacts): string | undefined {
  if (facts.appArmorProfiles === undefined) return undefined;
  if (security.appArmor) return security.appArmor;
  if (privileged) return 'unconfined';
  return facts.appArmorProfiles.includes(defaultProfile) ? defaultProfile : undefined;
}

function initMount(source: string): RuntimeMount {
  return { destination: initTarget, type: 'bind', source, options: ['bind', 'ro'] };
}

/** Lets ordinary users ping and open low ports, as Docker does, in a network namespace of the container's own. */
function sysctlsOf(spec: SandboxSpec, { rights }: HostFacts, domain: string): Readonly<Record<string, string>> {
  const ownNetwork = spec.network !== 'host' && !spec.hostConfig.NetworkMode?.startsWith('container:');
  const network = ownNetwork && existsSync('/proc/sys/net/ipv4/ping_group_range');
  return {
    ...(network
      ? {
          'net.ipv4.ping_group_range': `0 ${Math.min(2147483647, lastId(rights.ids.gids))}`,
          'net.ipv4.ip_unprivileged_port_start': '0',
        }
      : {}),
    ...(domain === '' ? {} : { 'kernel.domainname': domain }),
    ...spec.hostConfig.Sysctls,
  };
}
