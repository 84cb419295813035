// Contents of a container's /etc/hosts and /etc/resolv.conf, in dockerd's order.

import { EngineError } from '../spec/errors.ts';
import type { JoinRequest, NetworkMember } from '../spec/engine/networks.ts';
import type { Files } from '../host/host.ts';
import { contains, parseAddress, parseSubnet } from '../spec/address.ts';
import { textOf } from './text-of.ts';

export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** Where the embedded server is reached from inside a container. */
export const embeddedServer = '127.0.0.11';

const localNames = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::\tip6-localnet',
  'ff00::\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** dockerd's choice when the host names no server that a container could reach. */
const publicServers = ['8.8.8.8', '8.8.4.4'];

/**
 * @param addresses the container's own
 * @param hostGateway what `host-gateway` in extra hosts stands for
 * @throws EngineError invalidParameter for an extra host that is not `name:address`
 */
export function hostsFile(
  member: Pick<NetworkMember, 'id' | 'hostname' | 'domainname'>,
  addresses: readonly string[],
  request: Pick<JoinRequest, 'extraHosts' | 'links'>,
  hostGateway: readonly string[],
): string {
  const extra = request.extraHosts.flatMap((entry) => extraHost(entry, hostGateway));
  const links = request.links.map(({ ip, alias, name }) => `${ip}\t${[...new Set([alias, name])].join(' ')}`);
  const full = member.domainname === '' ? '' : `${member.hostname}.${member.domainname} `;
  const own = addresses.map((address) => `${address}\t${full}${member.hostname}`);
  return `${[...localNames, ...extra, ...links, ...own].join('\n')}\n`;
}

/** Lines of the host's own file, with the extra hosts behind them: for containers in the host's namespace. */
export function sharedHostsFile(
  host: string,
  request: Pick<JoinRequest, 'extraHosts'>,
  hostGateway: readonly string[],
): string {
  const extra = request.extraHosts.flatMap((entry) => extraHost(entry, hostGateway));
  const text = host === '' || host.endsWith('\n') ? host : `${host}\n`;
  return text + extra.map((line) => `${line}\n`).join('');
}

/** Checks `name:address` or `name=address`. @throws EngineError invalidParameter `bad format for add-host: …` */
export function parseExtraHost(entry: string): { readonly name: string; readonly address: string } {
  const [, name = '', address = ''] = /^([^:=\s]+)[:=]\s*(\S+)$/.exec(entry) ?? [];
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  if (name === '') throw new EngineError('invalidParameter', `bad format for add-host: ${JSON.stringify(entry)}`);
  if (bare !== 'host-gateway' && parseAddress(bare) === undefined) {
    throw new EngineError('invalidParameter', `invalid IP address in add-host: ${JSON.stringify(bare)}`);
  }
  return { name, address: bare };
}

function extraHost(entry: string, hostGateway: readonly string[]): string[] {
  const { name, address } = parseExtraHost(entry);
  if (address !== 'host-gateway') return [`${address}\t${name}`];
  if (hostGateway.length > 0) return hostGateway.map((gateway) => `${gateway}\t${name}`);
  throw new EngineError('invalidParameter', 'unable to derive the IP value for host-gateway');
}

export function parseResolvConf(text: string): ResolverConfig {
  const found = { nameservers: [] as string[], search: [] as string[], options: [] as string[] };
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver') found.nameservers.push(...values.slice(0, 1));
    if (keyword === 'search' || keyword === 'domain') found.search = values;
    if (keyword === 'options') found.options.push(...values);
  }
  return found;
}

/** The host's resolvers; where a local stub stands in front of them, the ones behind it. */
export async function hostResolvers(files: Pick<Files, 'readText'>): Promise<ResolverConfig> {
  const config = parseResolvConf(await textOf(files, '/etc/resolv.conf'));
  if (config.nameservers.length === 0 || !config.nameservers.every((server) => isLoopback(server))) return config;
  const behind = parseResolvConf(await textOf(files, '/run/systemd/resolve/resolv.conf'));
  return behind.nameservers.length > 0 ? behind : config;
}

/** What the request, then the daemon, then the host say. `.` as the only search domain means none. */
export function effectiveResolvers(
  request: Pick<JoinRequest, 'dns' | 'dnsSearch' | 'dnsOptions'>,
  daemon: ResolverConfig,
  host: ResolverConfig,
): ResolverConfig {
  const first = (...lists: readonly (readonly string[])[]) => lists.find((list) => list.length > 0) ?? [];
  return {
    nameservers: first(request.dns, daemon.nameservers, host.nameservers),
    search: first(request.dnsSearch, daemon.search, host.search).filter((domain) => domain !== '.'),
    options: first(request.dnsOptions, daemon.options, host.options),
  };
}

/** @param embedded names are resolved by the engine's own server */
export function resolvConf(config: ResolverConfig, embedded: boolean): string {
  const reachable = config.nameservers.filter((server) => !isLoopback(server));
  const servers = embedded ? [embeddedServer] : reachable.length > 0 ? reachable : publicServers;
  const hasNdots = config.options.some((option) => option.startsWith('ndots:'));
  const options = embedded && !hasNdots ? [...config.options, 'ndots:0'] : config.options;
  return [
    '# Generated by the container engine.',
    ...servers.map((server) => `nameserver ${server}`),
    ...(config.search.length === 0 ? [] : [`search ${config.search.join(' ')}`]),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
    '',
  ].join('\n');
}

function isLoopback(server: string): boolean {
  const address = parseAddress(server);
  const local = parseSubnet('127.0.0.0/8');
  return server === '::1' || (address !== undefined && local !== undefined && contains(local, address));
}
