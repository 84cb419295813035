// Makes the seccomp part of an OCI document: of Docker's default profile, or of a profile that a client sends
// (SecurityOpt `seccomp=<json>`, Docker's format with includes, excludes and archMap).

import { EngineError, messageOf } from '../../spec/errors.ts';
import type { RuntimeSeccomp, RuntimeSyscall } from './oci-runtime-spec.ts';
import { architectures, defaultRules, type DefaultRule } from './seccomp-default.ts';

/** What rules may depend on. */
export interface SeccompTarget {
  /** Go's name of the architecture. */
  readonly arch: string;
  readonly kernel: readonly [number, number];
  /** The container's bounding set. */
  readonly capabilities: readonly string[];
}

/** Profiles made so far: most containers have the same capabilities. */
const made = new Map<string, RuntimeSeccomp>();

/** Docker's default profile for a container with these capabilities; the same object each time. */
export function defaultSeccomp(target: SeccompTarget): RuntimeSeccomp {
  const key = [target.arch, ...target.kernel, ...target.capabilities].join(' ');
  const profile = made.get(key) ?? makeDefault(target);
  made.set(key, profile);
  return profile;
}

function makeDefault(target: SeccompTarget): RuntimeSeccomp {
  const known = architectures[target.arch];
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    ...(known === undefined ? {} : { architectures: known }),
    syscalls: defaultRules.filter((rule) => applies(conditionsOf(rule), target)).map(syscallOf),
  };
}

interface Condition {
  readonly arches?: readonly string[];
  readonly caps?: readonly string[];
  readonly minKernel?: string;
}

interface Conditions {
  readonly includes: Condition;
  readonly excludes: Condition;
}

function conditionsOf(rule: DefaultRule): Conditions {
  return {
    includes: {
      arches: rule.on?.split(' ') ?? [],
      caps: rule.needs === undefined ? [] : [rule.needs],
      ...(rule.kernel === undefined ? {} : { minKernel: rule.kernel }),
    },
    excludes: { arches: rule.notOn?.split(' ') ?? [], caps: rule.unless === undefined ? [] : [rule.unless] },
  };
}

function syscallOf(rule: DefaultRule): RuntimeSyscall {
  const names = rule.names.split(/\s+/).filter((name) => name !== '');
  if (rule.errno !== undefined) return { names, action: 'SCMP_ACT_ERRNO', errnoRet: rule.errno };
  if (rule.args === undefined) return { names, action: 'SCMP_ACT_ALLOW' };
  const [index, comparison, value] = rule.args;
  return { names, action: 'SCMP_ACT_ALLOW', args: [{ index, value, valueTwo: 0, op: `SCMP_CMP_${comparison}` }] };
}

function applies({ includes, excludes }: Conditions, target: SeccompTarget): boolean {
  if (excludes.arches?.includes(target.arch)) return false;
  if (excludes.caps?.some((name) => target.capabilities.includes(name))) return false;
  if (excludes.minKernel !== undefined && isAtLeast(target.kernel, excludes.minKernel)) return false;
  if (includes.arches?.length && !includes.arches.includes(target.arch)) return false;
  if (includes.caps?.some((name) => !target.capabilities.includes(name))) return false;
  return includes.minKernel === undefined || isAtLeast(target.kernel, includes.minKernel);
}

function isAtLeast(kernel: readonly [number, number], wanted: string): boolean {
  const match = /^(\d+)\.(\d+)$/.exec(wanted);
  if (match === null) throw profileError(`invalid kernel version: ${JSON.stringify(wanted)}`);
  const major = Number(match[1]);
  return kernel[0] > major || (kernel[0] === major && kernel[1] >= Number(match[2]));
}

/**
 * Reads a client's profile.
 * @throws EngineError invalidParameter when it is not one
 */
export function parseSeccomp(json: string, target: SeccompTarget): RuntimeSeccomp | undefined {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (error) {
    throw profileError(messageOf(error));
  }
  const profile = record(document, 'profile');
  const syscalls = optional(profile, 'syscalls', array) ?? [];
  const defaultAction = optional(profile, 'defaultAction', text);
  if (!defaultAction && syscalls.length === 0) return undefined;
  const named = optional(profile, 'architectures', texts) ?? [];
  const mapped = optional(profile, 'archMap', array) ?? [];
  if (named.length > 0 && mapped.length > 0) {
    throw profileError(
      `both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'`,
    );
  }
  const all = named.length > 0 ? named : architecturesOf(mapped, target.arch);
  return {
    defaultAction: defaultAction ?? '',
    ...defined('defaultErrnoRet', optional(profile, 'defaultErrnoRet', integer)),
    ...(all.length > 0 ? { architectures: all } : {}),
    ...defined('flags', optional(profile, 'flags', texts)),
    ...defined('listenerPath', optional(profile, 'listenerPath', text)),
    ...defined('listenerMetadata', optional(profile, 'listenerMetadata', text)),
    syscalls: syscalls.flatMap((item, index) => parseSyscall(record(item, `syscalls[${index}]`), target)),
  };
}

function architecturesOf(mapped: readonly unknown[], arch: string): readonly string[] {
  const native = architectures[arch]?.[0];
  for (const item of mapped) {
    const entry = record(item, 'archMap');
    if (optional(entry, 'architecture', text) !== native || native === undefined) continue;
    return [native, ...(optional(entry, 'subArchitectures', texts) ?? [])];
  }
  return [];
}

function parseSyscall(rule: Fields, target: SeccompTarget): readonly RuntimeSyscall[] {
  const single = optional(rule, 'name', text);
  const several = optional(rule, 'names', texts) ?? [];
  if (single && several.length > 0) {
    throw profileError(`both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'`);
  }
  const conditions = { includes: parseCondition(rule, 'includes'), excludes: parseCondition(rule, 'excludes') };
  if (!applies(conditions, target)) return [];
  const args = (optional(rule, 'args', array) ?? []).map((item) => {
    const arg = record(item, 'args');
    return {
      index: optional(arg, 'index', integer) ?? 0,
      value: optional(arg, 'value', integer) ?? 0,
      valueTwo: optional(arg, 'valueTwo', integer) ?? 0,
      op: optional(arg, 'op', text) ?? '',
    };
  });
  return [
    {
      names: single ? [single] : several,
      action: optional(rule, 'action', text) ?? '',
      ...defined('errnoRet', optional(rule, 'errnoRet', integer)),
      ...(args.length > 0 ? { args } : {}),
    },
  ];
}

function parseCondition(rule: Fields, name: string): Condition {
  const condition = optional(rule, name, record);
  if (condition === undefined) return {};
  return {
    arches: optional(condition, 'arches', texts) ?? [],
    caps: optional(condition, 'caps', texts) ?? [],
    ...defined('minKernel', optional(condition, 'minKernel', text)),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function optional<T>(fields: Fields, name: string, read: (value: unknown, name: string) => T): T | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return value === undefined || value === null ? undefined : read(value, name);
}

function defined<K extends string, T>(name: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: T });
}

function record(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw profileError(`${name} is not an object`);
  return value as Fields;
}

function array(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw profileError(`${name} is not a list`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw profileError(`${name} is not a string`);
  return value;
}

function texts(value: unknown, name: string): readonly string[] {
  return array(value, name).map((item) => text(item, name));
}

function integer(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw profileError(`${name} is not a number`);
  return value;
}

function profileError(reason: string): EngineError {
  return new EngineError('invalidParameter', `Decoding seccomp profile failed: ${reason}`);
}
