// Docker's capability sets: the default fourteen, CapAdd and CapDrop, and the limit that no container gets what the
// engine itself does not hold (asking a runtime for more makes the start fail).

import { EngineError } from '../../spec/errors.ts';

/** All capabilities the kernel knows, by number. */
const allCapabilities = `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT
SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`
  .split(/\s+/)
  .map((name) => `CAP_${name}`);

const defaultCapabilities =
  `CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE
SYS_CHROOT KILL AUDIT_WRITE`
    .split(/\s+/)
    .map((name) => `CAP_${name}`);

/** Names of the capabilities in a mask as /proc/self/status prints it (hexadecimal). */
export function capabilitiesOfMask(hex: string): readonly string[] {
  const mask = BigInt(`0x${hex}`);
  return allCapabilities.filter((_, bit) => ((mask >> BigInt(bit)) & 1n) === 1n);
}

export interface CapabilityRequest {
  readonly add: readonly string[];
  readonly drop: readonly string[];
  readonly privileged: boolean;
  /** What the engine holds. */
  readonly held: readonly string[];
}

export interface CapabilityGrant {
  readonly capabilities: readonly string[];
  /** Asked for by name, but not held by the engine. */
  readonly missing: readonly string[];
}

/**
 * The capabilities of a container.
 * @throws EngineError invalidParameter for a name that does not exist
 */
export function grantCapabilities(request: CapabilityRequest): CapabilityGrant {
  const add = normalize(request.add, 'CapAdd');
  const drop = normalize(request.drop, 'CapDrop');
  const wanted = wantedCapabilities(add, drop, request.privileged);
  const named = request.privileged ? [] : add;
  return {
    capabilities: wanted.filter((name) => request.held.includes(name)),
    missing: named.filter((name) => name !== 'ALL' && !request.held.includes(name)),
  };
}

function wantedCapabilities(add: readonly string[], drop: readonly string[], privileged: boolean): readonly string[] {
  if (privileged) return allCapabilities;
  if (add.includes('ALL')) return allCapabilities.filter((name) => !drop.includes(name));
  if (drop.includes('ALL')) return [...new Set(add)];
  return [...new Set([...defaultCapabilities.filter((name) => !drop.includes(name)), ...add])];
}

function normalize(names: readonly string[], field: string): readonly string[] {
  return names.map((given) => {
    const upper = given.toUpperCase();
    if (upper === 'ALL') return upper;
    const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
    if (!allCapabilities.includes(name)) {
      throw new EngineError('invalidParameter', `invalid ${field}: unknown capability: ${JSON.stringify(name)}`);
    }
    return name;
  });
}
