// `--network`, plain or in its long form, with the flags that speak of the one network: aliases, addresses, links.

import type { EndpointSettings } from '../spec/api/networks.ts';

export interface NetworkFlags {
  readonly networks: readonly string[];
  readonly aliases: readonly string[];
  readonly links: readonly string[];
  readonly ip: string;
  readonly ip6: string;
  readonly mac: string;
  readonly linkLocal: readonly string[];
}

export interface Networking {
  readonly mode: string;
  readonly endpoints: Readonly<Record<string, EndpointSettings>>;
}

/** @throws Error in docker's words when flags contradict each other */
export function parseNetworks(flags: NetworkFlags): Networking {
  const specs =
    flags.networks.length === 0
      ? [{ name: 'default', long: new Map<string, string[]>() }]
      : flags.networks.map(parseSpec);
  const endpoints: [string, EndpointSettings][] = [];
  specs.forEach((spec, index) => {
    const settings = endpointOf(spec.long, index === 0 ? flags : undefined, spec.name);
    if (index > 0 && !isUserDefined(spec.name)) {
      throw new Error(`conflicting options: cannot attach both user-defined and non-user-defined network-modes`);
    }
    if (endpoints.some(([name]) => name === spec.name)) {
      throw new Error(`network ${JSON.stringify(spec.name)} is specified multiple times`);
    }
    if (Object.keys(settings).length > 0 || specs.length > 1) endpoints.push([spec.name, settings]);
  });
  return { mode: specs[0]?.name ?? 'default', endpoints: Object.fromEntries(endpoints) };
}

function isUserDefined(name: string): boolean {
  return !['default', 'bridge', 'host', 'none'].includes(name) && !name.startsWith('container:');
}

function parseSpec(text: string): { name: string; long: Map<string, string[]> } {
  const long = new Map<string, string[]>();
  if (!text.includes('=')) return { name: text, long };
  for (const field of text.split(',')) {
    const at = field.indexOf('=');
    if (at < 0) throw new Error(`invalid field ${field}`);
    const key = field.slice(0, at).trim().toLowerCase();
    if (!['name', 'alias', 'ip', 'ip6', 'mac-address', 'link-local-ip', 'driver-opt', 'gw-priority'].includes(key)) {
      throw new Error(`invalid field key ${key}`);
    }
    long.set(key, [...(long.get(key) ?? []), field.slice(at + 1)]);
  }
  return { name: long.get('name')?.[0] ?? '', long };
}

/** Flags of their own speak of the first network; saying a thing twice is an error. */
function endpointOf(
  long: ReadonlyMap<string, readonly string[]>,
  flags: NetworkFlags | undefined,
  name: string,
): EndpointSettings {
  const one = (key: string, flag: string | undefined): string => {
    const own = long.get(key)?.at(-1) ?? '';
    if (own !== '' && (flag ?? '') !== '') {
      throw new Error(`conflicting options: cannot specify both --${key} and per-network ${key.replace('-', ' ')}`);
    }
    return own || (flag ?? '');
  };
  const aliases = [...(long.get('alias') ?? []), ...(flags?.aliases ?? [])];
  const links = isUserDefined(name) ? (flags?.links ?? []) : [];
  const [ip, ip6, mac] = [one('ip', flags?.ip), one('ip6', flags?.ip6), one('mac-address', flags?.mac)];
  const linkLocal = [...(long.get('link-local-ip') ?? []), ...(flags?.linkLocal ?? [])];
  const driver = long.get('driver-opt');
  const priority = long.get('gw-priority')?.at(-1);
  const addressed = ip !== '' || ip6 !== '' || linkLocal.length > 0;
  return {
    ...(addressed ? { IPAMConfig: ipam(ip, ip6, linkLocal) } : {}),
    ...(aliases.length === 0 ? {} : { Aliases: aliases }),
    ...(links.length === 0 ? {} : { Links: links }),
    ...(mac === '' ? {} : { MacAddress: mac }),
    ...(driver === undefined ? {} : { DriverOpts: Object.fromEntries(driver.map(option)) }),
    ...(priority === undefined ? {} : { GwPriority: Number(priority) }),
  };
}

function ipam(ip: string, ip6: string, linkLocal: readonly string[]): EndpointSettings['IPAMConfig'] {
  return {
    ...(ip === '' ? {} : { IPv4Address: ip }),
    ...(ip6 === '' ? {} : { IPv6Address: ip6 }),
    ...(linkLocal.length === 0 ? {} : { LinkLocalIPs: linkLocal }),
  };
}

function option(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 0) throw new Error(`invalid key value pair format in driver options: ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}
