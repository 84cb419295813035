// The smaller texts that docker run's flags take: environment and label files, ulimits, devices, rates, security options.

import type { DeviceMapping, DeviceRequest, ThrottleDevice } from '../../spec/api/containers.ts';
import { fs } from '../../connect/node.ts';
import { parseBytes } from '../flags/size.ts';

/** Lines of an env or label file: no comments, no blanks, no white space before a line. @throws Error naming file and line */
export function readPairsFile(path: string): string[] {
  let text: string;
  try {
    text = fs().readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or directory' : String(error);
    throw new Error(`open ${path}: ${code}`, { cause: error });
  }
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const key = line.split('=', 1)[0] ?? '';
      if (key === '') throw new Error(`invalid env file (${path}): no variable name on line '${line}'`);
      if (/\s/.test(key)) throw new Error(`invalid env file (${path}): variable '${key}' contains whitespaces`);
      return line;
    });
}

/**
 * Env files, then `-e A=B` and `-e A`: the value is taken from our own environment. When it is not set there, a bare name
 * of a file is dropped, and one of a flag stays, which takes the image's variable away.
 */
export function readEnvironment(
  files: readonly string[],
  values: readonly string[],
  own: Readonly<Record<string, string | undefined>>,
): string[] {
  const withValue = (entry: string) => (own[entry] === undefined ? undefined : `${entry}=${own[entry]}`);
  const fromFiles = files
    .flatMap(readPairsFile)
    .flatMap((entry) => (entry.includes('=') ? entry : (withValue(entry) ?? [])));
  const fromFlags = values.map((entry) => {
    checkEnvironment(entry);
    return entry.includes('=') ? entry : (withValue(entry) ?? entry);
  });
  return [...fromFiles, ...fromFlags];
}

/** @throws Error when a variable has no name */
export function checkEnvironment(entry: string): void {
  if (entry === '' || entry.startsWith('=')) throw new Error(`invalid environment variable: ${entry}`);
}

/** @throws Error when `-a` names no stream */
export function checkStream(text: string): void {
  if (!/^std(in|out|err)$/i.test(text)) throw new Error('valid streams are STDIN, STDOUT and STDERR');
}

export function readLabels(files: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries([...files.flatMap(readPairsFile), ...values].map(pair));
}

function pair(entry: string): [string, string] {
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

/** `seccomp=FILE` sends the file's content: the engine may run elsewhere. */
export function readSecurityOptions(values: readonly string[]): string[] {
  return values.map((value) => {
    const match = /^seccomp[=:](.+)$/s.exec(value);
    const profile = match?.[1];
    if (profile === undefined || profile === 'unconfined' || profile === 'builtin') return value;
    let text: string;
    try {
      text = fs().readFileSync(profile, 'utf8');
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const why = isMissing ? `open ${profile}: no such file or directory` : (error as Error).message;
      throw new Error(`opening seccomp profile (${profile}) failed: ${why}`, { cause: error });
    }
    try {
      return `seccomp=${JSON.stringify(JSON.parse(text))}`;
    } catch (error) {
      throw new Error(`compacting json for seccomp profile (${profile}) failed: ${(error as Error).message}`, {
        cause: error,
      });
    }
  });
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
