// The smaller texts that docker run's flags take: variables, ulimits, devices, rates, restart policies, hosts.

import type { DeviceMapping, DeviceRequest, ThrottleDevice } from '../spec/api/containers.ts';
import { parseBytes } from './size.ts';

/** @throws Error when a variable has no name */
export function checkEnvironment(entry: string): void {
  if (entry === '' || entry.startsWith('=')) throw new Error(`invalid environment variable: ${entry}`);
}

/** @throws Error when `-a` names no stream */
export function checkStream(text: string): void {
  if (!/^std(in|out|err)$/i.test(text)) throw new Error('valid streams are STDIN, STDOUT and STDERR');
}

/** `key=value` taken apart; without `=` the value is empty. */
export function pair(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}

/** `key=value` options. @throws Error when one has no `=` */
export function readOptions(values: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(
    values.map((entry) => {
      if (!entry.includes('=')) throw new Error(`invalid ${flag}: ${entry}`);
      return pair(entry);
    }),
  );
}

const ulimits = `core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack`.split(
  ' ',
);

/** `nofile=1024:2048` */
export function parseUlimit(text: string): { Name: string; Soft: number; Hard: number } {
  const [name, limits] = pair(text);
  if (!text.includes('=')) throw new Error(`invalid ulimit argument: ${text}`);
  if (!ulimits.includes(name)) throw new Error(`invalid ulimit type: ${name}`);
  const [softText = '', hardText = softText, ...more] = limits.split(':');
  if (more.length > 0)
    throw new Error(`too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``);
  const [soft, hard] = [limit(softText), limit(hardText)];
  if (hard !== -1 && (soft === -1 || soft > hard)) {
    throw new Error(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  }
  return { Name: name, Soft: soft, Hard: hard };
}

function limit(text: string): number {
  if (text.toLowerCase() === 'unlimited') return -1;
  if (!/^-?\d+$/.test(text)) throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** `/dev/x:/dev/y:rwm` */
export function parseDevice(text: string): DeviceMapping {
  const [source = '', second, third, ...more] = text.split(':');
  const isMode = (part: string | undefined) => part !== undefined && /^[rwm]{1,3}$/.test(part);
  if (source === '' || more.length > 0) throw new Error(`invalid device specification: ${text}`);
  if (third === undefined && second !== undefined && isMode(second)) {
    return { PathOnHost: source, PathInContainer: source, CgroupPermissions: second };
  }
  if (third !== undefined && !isMode(third)) throw new Error(`invalid device mode: ${third}`);
  return { PathOnHost: source, PathInContainer: second || source, CgroupPermissions: third ?? 'rwm' };
}

/** A device given by a CDI name (`vendor.com/class=name`) rather than a path. */
export function isCdiName(text: string): boolean {
  return /^[a-z0-9][a-z0-9.-]*\/[a-zA-Z][\w-]*=\S+$/i.test(text) && !text.startsWith('/');
}

/** `all`, `2`, `device=0,"capabilities=compute"` */
export function parseGpus(text: string): DeviceRequest {
  if (text === 'all' || /^\d+$/.test(text)) {
    return { Driver: '', Count: text === 'all' ? -1 : Number(text), Capabilities: [['gpu']] };
  }
  throw new Error(`invalid count (${text}): value must be either "all" or an integer`);
}

/** `/dev/sda:1mb` */
export function parseRate(text: string): ThrottleDevice {
  const { path, value } = deviceValue(text);
  return { Path: path, Rate: parseBytes(value) };
}

/** `/dev/sda:100` */
export function parseIops(text: string): ThrottleDevice {
  const { path, value } = deviceValue(text);
  if (!/^\d+$/.test(value)) throw new Error(`invalid rate for device: ${text}`);
  return { Path: path, Rate: Number(value) };
}

export function parseWeight(text: string): { Path: string; Weight: number } {
  const { path, value } = deviceValue(text);
  const weight = Number(value);
  if (!/^\d+$/.test(value) || (weight > 0 && (weight < 10 || weight > 1000)))
    throw new Error(`invalid weight for device: ${text}`);
  return { Path: path, Weight: weight };
}

function deviceValue(text: string): { path: string; value: string } {
  const at = text.indexOf(':');
  if (at < 0) throw new Error(`bad format: ${text}`);
  if (!text.startsWith('/dev/')) throw new Error(`bad format for device path: ${text}`);
  return { path: text.slice(0, at), value: text.slice(at + 1) };
}

/** `on-failure:3` */
export function parseRestart(text: string): { Name: string; MaximumRetryCount: number } {
  if (text === '') return { Name: 'no', MaximumRetryCount: 0 };
  const [name = '', count, ...more] = text.split(':');
  if (name === '') throw new Error('invalid restart policy format: no policy provided before colon');
  if (more.length > 0 || (count !== undefined && !/^\d+$/.test(count))) {
    throw new Error('invalid restart policy format: maximum retry count must be an integer');
  }
  return { Name: name, MaximumRetryCount: Number(count ?? 0) };
}

/** `host:ip` or `host=ip`, told to the engine with a colon; `[::1]` loses its brackets. */
export function parseExtraHost(text: string): string {
  const match = /^([^:=]+)[:=](.+)$/.exec(text);
  if (match === null) throw new Error(`bad format for add-host: ${JSON.stringify(text)}`);
  const address = (match[2] ?? '').replace(/^\[(.*)\]$/, '$1');
  const isAddress =
    address === 'host-gateway' || /^(\d{1,3}\.){3}\d{1,3}$/.test(address) || /^[\da-fA-F:.]+$/.test(address);
  if (!isAddress) throw new Error(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  return `${match[1]}:${address}`;
}
