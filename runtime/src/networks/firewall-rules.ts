// The text of our one nft table. It is drawn whole from what is up and replaced in one transaction whenever networks come
// and go; a published port is one element more in a map.

import { formatSubnet, parseAddress, type Subnet } from '../spec/address.ts';

export interface FilteredNetwork {
  readonly bridge: string;
  readonly subnets: readonly Subnet[];
  readonly internal: boolean;
  readonly icc: boolean;
  readonly masquerade: boolean;
  readonly source4: string | undefined;
  readonly source6: string | undefined;
}

export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0` and `::` are every address of their family. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerIp: string;
  readonly containerPort: number;
}

/** Host ends of our veth pairs begin with this; those of networks without communication between containers with the other. */
export const vethPrefix = 'cor';
export const isolatedVethPrefix = 'cori';

/** The table of one daemon, named after its default bridge, so that two daemons do not meet. */
export function tableName(bridge: string): string {
  return `coracle_${bridge.replace(/\W/g, '_')}`;
}

/** Replaces the table, in one transaction. */
export function renderTable(
  table: string,
  networks: readonly FilteredNetwork[],
  ports: readonly PublishedPort[],
): string {
  const quoted = (bridges: readonly FilteredNetwork[]) => bridges.map((network) => `"${network.bridge}"`);
  const open = networks.filter((network) => network.icc).map((network) => `"${network.bridge}" . "${network.bridge}"`);
  return `table inet ${table}
delete table inet ${table}
table inet ${table} {
  set bridges { type ifname; ${elements(quoted(networks))} }
  set internal { type ifname; ${elements(quoted(networks.filter((network) => network.internal)))} }
  set same { type ifname . ifname; ${elements(open)} }
${mapTypes.map((map) => `  map ${map.name} { type ${map.type}; ${elements(elementsOf(map.name, ports))} }`).join('\n')}
  chain raw {
    type filter hook prerouting priority -300; policy accept;
    iifname @bridges ip daddr 127.0.0.0/8 drop
  }
  chain publish {
    dnat ip to ip daddr . meta l4proto . th dport map @addressports4
    dnat ip to meta l4proto . th dport map @ports4
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @addressports6
    dnat ip6 to meta l4proto . th dport map @ports6
  }
  chain prerouting {
    type nat hook prerouting priority -100; policy accept;
    iifname @bridges return
    ip daddr 127.0.0.0/8 return
    meta l4proto { tcp, udp } fib daddr type local goto publish
  }
  chain output {
    type nat hook output priority -100; policy accept;
    ip6 daddr ::1 return
    meta l4proto { tcp, udp } fib daddr type local goto publish
  }
  chain inbound {
    ct state established,related accept
    oifname @internal drop
    ct status dnat accept
    drop
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname . oifname @same accept
    iifname @bridges oifname @bridges drop
    oifname @bridges goto inbound
    iifname @internal drop
  }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    ip saddr 127.0.0.0/8 oifname @bridges masquerade
${networks.flatMap((network) => sourceNat(network)).join('\n')}
  }
}
`;
}

/** Rules on the bridges' own forwarding: no traffic between isolated ports, no router advertisement from any container. */
export function renderBridgeTable(table: string): string {
  return `table bridge ${table}
delete table bridge ${table}
table bridge ${table} {
  chain forward {
    type filter hook forward priority 0; policy accept;
    iifname "${isolatedVethPrefix}*" drop
    iifname "${vethPrefix}*" icmpv6 type nd-router-advert drop
  }
}
`;
}

export function renderRemoval(table: string, family: 'inet' | 'bridge'): string {
  return `table ${family} ${table}\ndelete table ${family} ${table}\n`;
}

/** Adds or deletes the elements of `ports`; empty when the firewall has no part in them. */
export function renderElements(verb: 'add' | 'delete', table: string, ports: readonly PublishedPort[]): string {
  return mapTypes
    .map(({ name }) => ({ name, found: elementsOf(name, ports, verb === 'delete') }))
    .filter(({ found }) => found.length > 0)
    .map(({ name, found }) => `${verb} element inet ${table} ${name} { ${found.join(', ')} }\n`)
    .join('');
}

type MapName = 'ports4' | 'ports6' | 'addressports4' | 'addressports6';

const mapTypes: readonly { readonly name: MapName; readonly type: string }[] = [
  { name: 'ports4', type: 'inet_proto . inet_service : ipv4_addr . inet_service' },
  { name: 'ports6', type: 'inet_proto . inet_service : ipv6_addr . inet_service' },
  { name: 'addressports4', type: 'ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service' },
  { name: 'addressports6', type: 'ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service' },
];

/** Which map a port belongs to. Undefined: the proxy serves it, since it crosses families or ends at ::1. */
function mapOf(port: PublishedPort): MapName | undefined {
  const family = parseAddress(port.hostIp)?.family;
  if (family === undefined || family !== parseAddress(port.containerIp)?.family) return undefined;
  if (port.hostIp === '::1') return undefined;
  return ['0.0.0.0', '::'].includes(port.hostIp) ? `ports${family}` : `addressports${family}`;
}

function elementsOf(map: MapName, ports: readonly PublishedPort[], keysOnly = false): string[] {
  return ports
    .filter((port) => mapOf(port) === map)
    .map((port) => {
      const address = map.startsWith('address') ? `${port.hostIp} . ` : '';
      const key = `${address}${port.protocol} . ${port.hostPort}`;
      return keysOnly ? key : `${key} : ${port.containerIp} . ${port.containerPort}`;
    });
}

function elements(found: readonly string[]): string {
  return found.length === 0 ? '' : `elements = { ${found.join(', ')} }`;
}

function sourceNat(network: FilteredNetwork): string[] {
  if (!network.masquerade || network.internal) return [];
  return network.subnets.map((subnet) => {
    const family = subnet.family === 4 ? 'ip' : 'ip6';
    const source = subnet.family === 4 ? network.source4 : network.source6;
    const target = source === undefined ? 'masquerade' : `snat ${family} to ${source}`;
    return `    ${family} saddr ${formatSubnet(subnet)} oifname != "${network.bridge}" ${target}`;
  });
}
