// The networks that are always there: bridge, host and none.

import { EngineError } from '../spec/errors.ts';
import { randomId, type NetworkId } from '../spec/ids.ts';
import type { IPAMConfig } from '../spec/api/networks.ts';
import type { Host } from '../host/host.ts';
import { formatAddress, parseAddress, parseSubnet, type Subnet } from '../spec/address.ts';
import { option } from './bridge-options.ts';
import { completeConfig } from './create-request.ts';
import type { NetworkRecord } from './record.ts';
import { interfaceAddress } from './routes.ts';

/** In place of a bridge's name: there is no default network, as with dockerd. */
export const noBridge = 'none';

export function predefined(
  host: Pick<Host, 'random' | 'clock'>,
  name: string,
  driver: NetworkRecord['driver'],
): NetworkRecord {
  return {
    id: randomId((size) => host.random(size)) as NetworkId,
    name,
    created: new Date(host.clock.now()).toISOString(),
    driver,
    enableIPv4: true,
    enableIPv6: false,
    internal: false,
    attachable: false,
    ipam: [],
    ipamOptions: null,
    hasOwnSubnets: false,
    foreignBridge: false,
    options: {},
    labels: {},
  };
}

export interface DefaultBridgeOptions {
  readonly bridge: string;
  /** Its address in CIDR; empty: the one it has, else picked. */
  readonly bip: string;
  /** An interface of that name is there. */
  readonly exists: boolean;
  readonly mtu: number;
  /** `/proc/net` of the namespace where it is. */
  readonly tables: string;
  pick(): Promise<Subnet>;
  /** Why the bridge cannot have these subnets, if anything is in the way. */
  conflict(ipam: readonly IPAMConfig[]): Promise<string | undefined>;
}

/**
 * The default bridge keeps its id and subnet, unless the daemon's options now say otherwise or the subnet is somebody else's
 * by now. A bridge that somebody else made keeps its address.
 * @returns `known` itself when nothing changes
 * @throws EngineError conflict when the address that was asked for is in somebody else's network
 */
export async function defaultBridge(
  host: Host,
  known: NetworkRecord | undefined,
  options: DefaultBridgeOptions,
): Promise<NetworkRecord> {
  const { bridge, bip } = options;
  const mtu = String(options.mtu);
  const wanted = bip === '' ? undefined : bridgeConfig(bip);
  const conflict = await options.conflict(wanted === undefined ? (known?.ipam ?? []) : [wanted]);
  if (wanted !== undefined && conflict !== undefined) {
    throw new EngineError('conflict', `bip ${bip}: ${conflict}: choose another address by --bip`);
  }
  const kept = conflict === undefined ? known?.ipam[0] : undefined;
  const hasName = known?.options[option.name] === bridge;
  const hasSubnet = wanted === undefined || known?.ipam[0]?.Gateway === wanted.Gateway;
  const hasMtu = known?.options[option.mtu] === mtu;
  if (known !== undefined && hasName && hasSubnet && hasMtu && kept !== undefined) return known;
  const foreignBridge = hasName ? known.foreignBridge : options.exists;
  const given = foreignBridge ? await interfaceAddress(host.files, options.tables, bridge) : undefined;
  const config = wanted ?? (given === undefined ? undefined : bridgeConfig(given)) ?? kept;
  return {
    ...predefined(host, 'bridge', 'bridge'),
    ...(known === undefined ? {} : { id: known.id, created: known.created }),
    ipam: [config ?? completeConfig({}, await options.pick())],
    foreignBridge,
    options: {
      [option.isDefault]: 'true',
      [option.icc]: 'true',
      [option.masquerade]: 'true',
      [option.hostBinding]: '0.0.0.0',
      [option.name]: bridge,
      [option.mtu]: mtu,
    },
  };
}

/** `172.30.0.1/24`: the bridge's address, and by it its subnet. */
function bridgeConfig(bip: string): IPAMConfig {
  const subnet = parseSubnet(bip);
  const gateway = parseAddress(bip.split('/')[0] ?? '');
  if (subnet === undefined || gateway === undefined || gateway.value === subnet.base) {
    throw new EngineError('invalidParameter', `invalid bip ${bip}: not an address with its prefix length`);
  }
  return completeConfig({ Gateway: formatAddress(gateway) }, subnet);
}
