// From the body of POST /networks/create to a record: every field is honoured or refused in Docker's words.

import { EngineError } from '../spec/errors.ts';
import type { IPAMConfig } from '../spec/api/networks.ts';
import type { NetworkCreate } from '../spec/engine/networks.ts';
import {
  contains,
  formatAddress,
  formatSubnet,
  parseAddress,
  parseSubnet,
  overlaps,
  type Address,
  type Family,
  type Subnet,
} from '../spec/address.ts';
import { parseBridgeOptions, wantsIPv6 } from './bridge-options.ts';
import { isPredefined, type NetworkRecord } from './record.ts';

/** What a request asks for, its subnets not yet completed. */
export type NetworkDraft = Omit<NetworkRecord, 'id' | 'created' | 'foreignBridge'>;

/** Finds a subnet for a network that names none. */
export type SubnetPicker = (family: Family, taken: readonly Subnet[]) => Subnet;

/**
 * @param taken subnets of other networks
 * @throws EngineError forbidden for predefined names and overlapping subnets, invalidParameter, notFound for an unknown driver
 */
export function draftNetwork(request: NetworkCreate, taken: readonly Subnet[], pick: SubnetPicker): NetworkDraft {
  const name = checkName(request.Name);
  checkUnsupported(request);
  const options = textMap(request.Options, 'Options');
  parseBridgeOptions(options);
  const ipam = request.IPAM ?? {};
  if (!['', 'default'].includes(ipam.Driver ?? '')) {
    throw new EngineError(
      'notFound',
      `could not find ipam driver ${ipam.Driver ?? ''}: plugin "${ipam.Driver ?? ''}" not found`,
    );
  }
  const enableIPv6 = request.EnableIPv6 ?? wantsIPv6(options);
  const enableIPv4 = request.EnableIPv4 ?? true;
  if (!enableIPv4 && !enableIPv6) {
    throw new EngineError('invalidParameter', 'IPv4 or IPv6 must be enabled');
  }
  const asked = (ipam.Config ?? []).filter((config) => Object.values(config).some((value) => (value ?? '') !== ''));
  return {
    name,
    driver: 'bridge',
    enableIPv4,
    enableIPv6,
    internal: request.Internal ?? false,
    attachable: request.Attachable ?? false,
    ipam: completeIpam(asked, enabledFamilies(enableIPv4, enableIPv6), taken, pick),
    ipamOptions: ipam.Options === undefined || ipam.Options === null ? null : textMap(ipam.Options, 'IPAM.Options'),
    hasOwnSubnets: asked.some((config) => (config.Subnet ?? '') !== ''),
    options,
    labels: textMap(request.Labels, 'Labels'),
  };
}

function enabledFamilies(ipv4: boolean, ipv6: boolean): readonly Family[] {
  return [...(ipv4 ? [4 as const] : []), ...(ipv6 ? [6 as const] : [])];
}

function checkName(name: unknown): string {
  if (typeof name !== 'string' || name.trim() === '') {
    throw new EngineError('invalidParameter', 'invalid network name: name is empty');
  }
  if (isPredefined({ name }) || name === 'default') {
    throw new EngineError('forbidden', `operation is not permitted on predefined ${name} network `);
  }
  // Anything goes, as with dockerd, but for what a mode or an address could be mistaken for.
  if (name.startsWith('container:') || name.includes('/') || hasControls(name) || name.length > 255) {
    throw new EngineError('invalidParameter', `invalid network name: ${JSON.stringify(name)}`);
  }
  return name;
}

function hasControls(text: string): boolean {
  return Array.from(text, (char) => char.charCodeAt(0)).some((code) => code < 32 || code === 127);
}

function checkUnsupported(request: NetworkCreate): void {
  const driver = request.Driver ?? '';
  if (request.Scope === 'swarm' || driver === 'overlay' || request.Ingress === true) {
    throw new EngineError(
      'unavailable',
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  }
  if (driver === 'host' || driver === 'null') {
    throw new EngineError('forbidden', `only one instance of "${driver}" network is allowed`);
  }
  if (driver !== '' && driver !== 'bridge' && driver !== 'default') {
    throw new EngineError('notFound', `could not find network driver ${driver}: plugin "${driver}" not found`);
  }
  if (request.ConfigOnly === true || (request.ConfigFrom?.Network ?? '') !== '') {
    throw new EngineError('notImplemented', 'config-only networks are not supported');
  }
}

function textMap(value: unknown, field: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Object.values(value).some((entry) => typeof entry !== 'string')) {
    throw new EngineError('invalidParameter', `invalid JSON: ${field} is not a map of strings`);
  }
  return value as Readonly<Record<string, string>>;
}

function completeIpam(
  asked: readonly IPAMConfig[],
  families: readonly Family[],
  taken: readonly Subnet[],
  pick: SubnetPicker,
): readonly IPAMConfig[] {
  const found: IPAMConfig[] = [];
  const subnets: Subnet[] = [];
  const seen = [...taken];
  for (const config of asked) {
    const family = familyOf(config);
    // As moby: subnets of a family that is off are left out.
    if (!families.includes(family)) continue;
    const subnet = (config.Subnet ?? '') === '' ? pick(family, seen) : checkSubnet(config.Subnet ?? '', seen);
    seen.push(subnet);
    subnets.push(subnet);
    found.push(completeConfig(config, subnet));
  }
  for (const family of families) {
    if (subnets.some((subnet) => subnet.family === family)) continue;
    const subnet = pick(family, seen);
    seen.push(subnet);
    found.push(completeConfig({}, subnet));
  }
  return found.toSorted((a, b) => Number(a.Subnet?.includes(':')) - Number(b.Subnet?.includes(':')));
}

function familyOf(config: IPAMConfig): Family {
  return [config.Subnet, config.IPRange, config.Gateway].some((text) => text?.includes(':') ?? false) ? 6 : 4;
}

function checkSubnet(text: string, taken: readonly Subnet[]): Subnet {
  const subnet = parseSubnet(text);
  if (subnet === undefined) {
    throw new EngineError(
      'invalidParameter',
      `invalid network config:\ninvalid subnet ${text}: invalid CIDR block notation`,
    );
  }
  if (parseAddress(text.split('/')[0] ?? '')?.value !== subnet.base) {
    throw new EngineError(
      'invalidParameter',
      `invalid network config:\ninvalid subnet ${text}: it should be ${formatSubnet(subnet)}`,
    );
  }
  const least = subnet.family === 4 ? 31 : 127;
  if (subnet.prefix > least) {
    throw new EngineError('invalidParameter', `invalid subnet ${text}: it has no room for a gateway and a container`);
  }
  if (taken.some((other) => overlaps(other, subnet))) {
    throw new EngineError('forbidden', 'invalid pool request: Pool overlaps with other one on this address space');
  }
  return subnet;
}

/** Docker's order and only what was given or picked: Subnet, IPRange, Gateway, AuxiliaryAddresses. */
export function completeConfig(config: IPAMConfig, subnet: Subnet): IPAMConfig {
  const range = (config.IPRange ?? '') === '' ? undefined : checkRange(config.IPRange ?? '', subnet);
  const auxiliary = textMap(config.AuxiliaryAddresses, 'AuxiliaryAddresses');
  const reserved = Object.values(auxiliary).map((text) => checkMember('auxiliary address', text, subnet));
  const gateway =
    (config.Gateway ?? '') === ''
      ? firstFree(range ?? subnet, subnet, reserved)
      : checkMember('gateway', config.Gateway ?? '', subnet);
  if (reserved.some((address) => address.value === gateway.value)) {
    throw new EngineError(
      'forbidden',
      `failed to allocate gateway (${formatAddress(gateway)}): Address already in use`,
    );
  }
  return {
    Subnet: formatSubnet(subnet),
    ...(range === undefined ? {} : { IPRange: formatSubnet(range) }),
    Gateway: formatAddress(gateway),
    ...(Object.keys(auxiliary).length === 0 ? {} : { AuxiliaryAddresses: auxiliary }),
  };
}

function checkRange(text: string, subnet: Subnet): Subnet {
  const range = parseSubnet(text);
  if (range === undefined) {
    throw new EngineError(
      'invalidParameter',
      `invalid network config:\ninvalid ip-range ${text}: invalid CIDR block notation`,
    );
  }
  if (!contains(subnet, { family: range.family, value: range.base }) || range.prefix < subnet.prefix) {
    throw new EngineError(
      'invalidParameter',
      `invalid network config:\ninvalid ip-range ${text}: parent subnet ${formatSubnet(subnet)} doesn't contain ip-range`,
    );
  }
  return range;
}

function checkMember(what: string, text: string, subnet: Subnet): Address {
  const address = parseAddress(text);
  if (address === undefined) {
    throw new EngineError('invalidParameter', `invalid network config:\ninvalid ${what} ${text}: invalid address`);
  }
  if (!contains(subnet, address)) {
    throw new EngineError(
      'invalidParameter',
      `invalid network config:\ninvalid ${what} ${text}: parent subnet ${formatSubnet(subnet)} doesn't contain this address`,
    );
  }
  return address;
}

/** The first address of the range that is neither the subnet's own nor reserved. */
function firstFree(range: Subnet, subnet: Subnet, reserved: readonly Address[]): Address {
  const isTiny = (subnet.family === 4 ? 32 : 128) - subnet.prefix <= 1;
  let value = range.base === subnet.base && !isTiny ? range.base + 1n : range.base;
  while (reserved.some((address) => address.value === value)) value += 1n;
  return { family: subnet.family, value };
}
