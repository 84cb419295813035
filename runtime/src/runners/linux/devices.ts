// Device nodes and the device rules of a container: Docker's default list, HostConfig.Devices and DeviceCgroupRules, and
// everything below /dev for privileged ones. Who may not make nodes gets those of the host, mounted.

import {
  accessSync,
  constants,
  type Dir,
  type Dirent,
  lstatSync,
  opendirSync,
  readdirSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs';
import { join, relative } from 'node:path';
import { errnoOf } from '../../host/errno.ts';
import { EngineError } from '../../spec/errors.ts';
import type { DeviceMapping } from '../../spec/api/containers.ts';
import type { DeviceRule, RuntimeDevice, RuntimeMount } from './oci-runtime-spec.ts';

export interface DeviceGrant {
  readonly devices: readonly RuntimeDevice[];
  readonly rules: readonly DeviceRule[];
  /** Devices of the host, mounted where nodes cannot be made. */
  readonly mounts: readonly RuntimeMount[];
}

export interface DeviceRequestSpec {
  readonly mappings: readonly DeviceMapping[];
  readonly cgroupRules: readonly string[];
  readonly privileged: boolean;
  /** Whether the kernel lets us make device nodes. */
  readonly canMakeNodes: boolean;
}

/** A device of the host as it shall be in the container. */
interface Found {
  readonly source: string;
  readonly device: RuntimeDevice;
}

const deny: DeviceRule = { allow: false, access: 'rwm' };

/** zero, null, urandom, random, tty, console; fuse stays denied. */
const defaultRules: readonly DeviceRule[] = [
  ...[
    [1, 5],
    [1, 3],
    [1, 9],
    [1, 8],
    [5, 0],
    [5, 1],
  ].map(([major = 0, minor = 0]): DeviceRule => ({ allow: true, type: 'c', major, minor, access: 'rwm' })),
  { allow: false, type: 'c', major: 10, minor: 229, access: 'rwm' },
];

/**
 * The nodes to make and the rules to set.
 * @throws EngineError system when a device is not there, invalidParameter for a rule of the wrong form
 */
export function grantDevices(request: DeviceRequestSpec): DeviceGrant {
  const { mappings, cgroupRules, privileged, canMakeNodes } = request;
  const given = mappings
    .filter(({ PathOnHost, PathInContainer }) => !privileged || PathOnHost !== PathInContainer)
    .map((mapping) => ({ mapping, found: devicesAt(mapping.PathOnHost ?? '', mapping.PathInContainer ?? '') }));
  const rules = [
    deny,
    ...defaultRules,
    ...given.flatMap(({ mapping, found }) => found.map(({ device }) => ruleOf(device, mapping.CgroupPermissions))),
    ...cgroupRules.map(parseDeviceRule),
  ];
  const all = [
    ...(privileged ? hostDevices('/dev').filter(({ source }) => canMakeNodes || isOurs(source)) : []),
    ...given.flatMap(({ found }) => found),
  ];
  return {
    devices: canMakeNodes ? all.map(({ device }) => device) : [],
    mounts: canMakeNodes ? [] : all.map(mountOfDevice),
    rules: privileged ? [{ allow: true, access: 'rwm' }] : rules,
  };
}

function ruleOf({ type, major, minor }: RuntimeDevice, access: string | null | undefined): DeviceRule {
  return { allow: true, type: type === 'b' ? 'b' : 'c', major, minor, access: access || 'rwm' };
}

/** What the host's permissions do not let us open would be of no use in a container of ours. */
function isOurs(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function mountOfDevice({ source, device }: Found): RuntimeMount {
  return { destination: device.path, type: 'bind', source, options: ['bind', 'rprivate'] };
}

/** A rule such as `c 1:3 rwm` or `b 8:* r`. @throws EngineError invalidParameter */
export function parseDeviceRule(text: string): DeviceRule {
  const match = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text);
  if (match === null) throw new EngineError('invalidParameter', `invalid device cgroup rule format: '${text}'`);
  const [, type, major, minor, access = ''] = match;
  return {
    allow: true,
    type: type === 'a' ? 'a' : type === 'b' ? 'b' : 'c',
    ...(major === '*' ? {} : { major: Number(major) }),
    ...(minor === '*' ? {} : { minor: Number(minor) }),
    access,
  };
}

/** Checks a device mapping's permissions. @throws EngineError invalidParameter */
export function checkDeviceMapping(mapping: DeviceMapping): void {
  const permissions = mapping.CgroupPermissions ?? '';
  if (!/^[rwm]{0,3}$/.test(permissions)) {
    throw new EngineError('invalidParameter', `invalid device mode: ${permissions}`);
  }
}

/** Major and minor number of a device node. @throws EngineError invalidParameter in Go's words when it is not there */
export function deviceNumber(path: string): { readonly major: number; readonly minor: number } {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new EngineError('invalidParameter', `stat ${path}: no such file or directory`);
  return splitDevice(stat.rdev);
}

function devicesAt(onHost: string, inContainer: string): readonly Found[] {
  const target = inContainer === '' ? onHost : inContainer;
  let source: string;
  try {
    source = realpathSync(onHost);
  } catch (error) {
    throw gatherError(onHost, 'no such file or directory', error);
  }
  const stat = lstatSync(source);
  const device = deviceOf(target, stat);
  if (device !== undefined) return [{ source, device }];
  if (!stat.isDirectory()) throw gatherError(onHost, 'not a device node');
  return devicesBelow(onHost, source).flatMap((path) => {
    const there = lstatSync(path, { throwIfNoEntry: false });
    const below = there === undefined ? undefined : deviceOf(join(target, relative(source, path)), there);
    return below === undefined ? [] : [{ source: path, device: below }];
  });
}

/** More than any /dev has. Nothing else goes on while they are looked at. */
const mostEntries = 10_000;

/** @throws EngineError system for a folder that holds too much to be one of devices */
function devicesBelow(onHost: string, source: string): readonly string[] {
  const found: string[] = [];
  const folders = [source];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(folder)) {
      if (++entries > mostEntries) {
        throw gatherError(
          onHost,
          `it has more than ${mostEntries} files; name the devices, or a folder that holds little else`,
        );
      }
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isCharacterDevice() || entry.isBlockDevice()) found.push(path);
    }
  }
  return found.toSorted();
}

/** One by one, so that a folder with very many is not taken in whole; none of what is gone again or closed to us. */
function* entriesOf(folder: string): Generator<Dirent, void, undefined> {
  let directory: Dir;
  try {
    directory = opendirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ESRCH'].includes(errnoOf(error) ?? '')) return;
    throw error;
  }
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) yield entry;
  } finally {
    directory.closeSync();
  }
}

/** Directories of /dev that belong to other mounts. */
const skipped = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev', 'console']);

function hostDevices(directory: string): readonly Found[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return hostDevices(path);
    if (!entry.isCharacterDevice() && !entry.isBlockDevice()) return [];
    const stat = lstatSync(path, { throwIfNoEntry: false });
    const device = stat === undefined ? undefined : deviceOf(path, stat);
    return device === undefined ? [] : [{ source: path, device }];
  });
}

function deviceOf(path: string, stat: Stats): RuntimeDevice | undefined {
  const type = stat.isCharacterDevice() ? 'c' : stat.isBlockDevice() ? 'b' : undefined;
  if (type === undefined) return undefined;
  return { path, type, ...splitDevice(stat.rdev), fileMode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
}

/** The kernel's 64-bit dev_t: 12 bits of major above 8 bits of minor, the rest of both higher up. */
function splitDevice(rdev: number): { readonly major: number; readonly minor: number } {
  const number = BigInt(rdev);
  return {
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn)),
    minor: Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n)),
  };
}

function gatherError(path: string, reason: string, cause?: unknown): EngineError {
  const message = `error gathering device information while adding custom device ${JSON.stringify(path)}: ${reason}`;
  return new EngineError('system', message, { cause });
}
