// An endpoint: one container's end in one network, and its shape in the API.

import { EngineError } from '../spec/errors.ts';
import type { EndpointSettings } from '../spec/api/networks.ts';
import type { NetworkMember } from '../spec/engine/networks.ts';
import { shortId } from '../spec/ids.ts';
import { formatAddress, isInterfaceName, parseAddress, parseMac, type Address, type Family } from '../spec/address.ts';
import type { Assigned } from './addresses.ts';
import { isolatedVethPrefix, vethPrefix } from './firewall-rules.ts';
import { isPredefined, type NetworkRecord } from './record.ts';

export interface Endpoint {
  readonly id: string;
  readonly network: NetworkRecord;
  /** What the client asked for. */
  readonly asked: EndpointSettings;
  /** Interface inside the container; empty on the host and none networks. */
  readonly device: string;
  readonly mac: string;
  readonly ipv4: Assigned | undefined;
  readonly ipv6: Assigned | undefined;
}

const ifnameOption = 'com.docker.network.endpoint.ifname';
const sysctlsOption = 'com.docker.network.endpoint.sysctls';

/** True for networks whose members find each other by name. */
export function isUserDefined(record: NetworkRecord): boolean {
  return !isPredefined(record);
}

/**
 * Checks what a client asks of an endpoint.
 * @throws EngineError invalidParameter in Docker's words
 */
export function checkEndpoint(record: NetworkRecord, asked: EndpointSettings): void {
  const addresses: readonly (readonly [Family, string])[] = [
    [4, asked.IPAMConfig?.IPv4Address ?? ''],
    [6, asked.IPAMConfig?.IPv6Address ?? ''],
  ];
  for (const [family, text] of addresses) {
    if (text === '') continue;
    if (parseAddress(text)?.family !== family) {
      throw new EngineError('invalidParameter', `invalid endpoint settings:\ninvalid IPv${family} address: ${text}`);
    }
    if (!isUserDefined(record)) {
      throw new EngineError('invalidParameter', 'user specified IP address is supported on user defined networks only');
    }
    if (!record.hasOwnSubnets) {
      throw new EngineError(
        'invalidParameter',
        'user specified IP address is supported only when connecting to networks with user configured subnets',
      );
    }
  }
  for (const text of asked.IPAMConfig?.LinkLocalIPs ?? []) {
    if (parseAddress(text) === undefined) {
      throw new EngineError('invalidParameter', `invalid endpoint settings:\ninvalid link-local IP address: ${text}`);
    }
  }
  if ((asked.Aliases ?? []).length > 0 && !isUserDefined(record)) {
    throw new EngineError('invalidParameter', 'network-scoped aliases are only supported for user-defined networks');
  }
  const mac = asked.MacAddress ?? '';
  if (mac !== '' && parseMac(mac) === undefined) {
    throw new EngineError('invalidParameter', `invalid endpoint settings:\naddress ${mac}: invalid MAC address`);
  }
  checkDriverOptions(asked);
}

function checkDriverOptions(asked: EndpointSettings): void {
  const name = askedDevice(asked);
  if (name !== undefined && (!isInterfaceName(name) || name === 'lo')) {
    throw new EngineError('invalidParameter', `invalid interface name: ${JSON.stringify(name)}`);
  }
  endpointSysctls(asked, 'eth0');
}

/** The interface name asked for, if any. */
export function askedDevice(asked: EndpointSettings): string | undefined {
  const name = asked.DriverOpts?.[ifnameOption] ?? '';
  return name === '' ? undefined : name;
}

/**
 * Kernel settings of the interface: `net.ipv4.conf.IFNAME.log_martians=1`, several by commas, as /proc/sys paths.
 * @throws EngineError invalidParameter for settings that are not the interface's own
 */
export function endpointSysctls(asked: EndpointSettings, device: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of (asked.DriverOpts?.[sysctlsOption] ?? '').split(',').filter((text) => text !== '')) {
    const [, name = '', value = ''] =
      /^(net\.(?:ipv4|ipv6|mpls)\.(?:conf|neigh)\.IFNAME\.\w+)=(.*)$/.exec(entry.trim()) ?? [];
    if (name === '') throw new EngineError('invalidParameter', `unrecognised network interface sysctl '${entry}'`);
    found[name.replaceAll('.', '/').replace('IFNAME', device)] = value;
  }
  return found;
}

/** The host's end of the veth pair, at most 15 bytes; told from the endpoint's id, so that a later daemon finds it. */
export function hostDevice(endpointId: string, icc: boolean): string {
  return `${icc ? vethPrefix : isolatedVethPrefix}${endpointId.slice(0, 10)}`;
}

/** Link-local addresses asked for, in CIDR. */
export function linkLocalAddresses(asked: EndpointSettings): readonly string[] {
  return (asked.IPAMConfig?.LinkLocalIPs ?? []).map((text) => `${text}/${text.includes(':') ? 64 : 16}`);
}

/** Names that resolve to an endpoint, in Docker's order; null where names are not resolved. */
export function dnsNames(member: NetworkMember, record: NetworkRecord, asked: EndpointSettings): string[] | null {
  if (!isUserDefined(record)) return null;
  const hostname = member.hostname === '' || member.hostname === member.id ? [] : [member.hostname];
  return [...new Set([member.name, ...(asked.Aliases ?? []), shortId(member.id), ...hostname])];
}

/** Settings of a container that does not run: what was asked, the rest empty. */
export function restingSettings(asked: EndpointSettings): EndpointSettings {
  return {
    IPAMConfig: asked.IPAMConfig ?? null,
    Links: asked.Links ?? null,
    Aliases: asked.Aliases ?? null,
    MacAddress: asked.MacAddress ?? '',
    DriverOpts: asked.DriverOpts ?? null,
    GwPriority: asked.GwPriority ?? 0,
    NetworkID: '',
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  };
}

/** Settings of a running container, as inspect shows them. */
export function liveSettings(endpoint: Endpoint, member: NetworkMember): EndpointSettings {
  const { asked, network, ipv4, ipv6 } = endpoint;
  return {
    ...restingSettings(asked),
    MacAddress: endpoint.mac,
    NetworkID: network.id,
    EndpointID: endpoint.id,
    Gateway: text(ipv4?.gateway),
    IPAddress: text(ipv4?.address),
    IPPrefixLen: ipv4?.subnet.prefix ?? 0,
    IPv6Gateway: text(ipv6?.gateway),
    GlobalIPv6Address: text(ipv6?.address),
    GlobalIPv6PrefixLen: ipv6?.subnet.prefix ?? 0,
    DNSNames: dnsNames(member, network, asked),
  };
}

/** `172.17.0.2/16`, empty without an address. */
export function withPrefix(assigned: Assigned | undefined): string {
  return assigned === undefined ? '' : `${formatAddress(assigned.address)}/${assigned.subnet.prefix}`;
}

function text(address: Address | undefined): string {
  return address === undefined ? '' : formatAddress(address);
}

/**
 * The endpoint that a container's traffic of one family leaves by: highest priority first, then by the network's name.
 * Networks without a gateway, internal ones among them, are no way out.
 */
export function gatewayEndpoint(endpoints: Iterable<Endpoint>, family: Family): Endpoint | undefined {
  const key = family === 4 ? 'ipv4' : 'ipv6';
  return [...endpoints]
    .filter((endpoint) => endpoint[key]?.gateway !== undefined)
    .toSorted(
      (a, b) => (b.asked.GwPriority ?? 0) - (a.asked.GwPriority ?? 0) || (a.network.name < b.network.name ? -1 : 1),
    )[0];
}
