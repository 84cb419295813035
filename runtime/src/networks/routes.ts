// What a network namespace has routes to, by the tables of /proc/net, and what of it is in a network's way.

import type { Files } from '../host/host.ts';
import { contains, formatAddress, lastOf, overlaps, parseAddress, type Subnet } from '../spec/address.ts';
import { textOf } from './text-of.ts';

/** A destination other than everything. */
export interface Route extends Subnet {
  /** The interface that leads there; `*` for what is refused. */
  readonly device: string;
  /** The network that an address of the interface is in, not one beyond it. */
  readonly isOwn: boolean;
}

/**
 * What keeps a bridge from having a subnet: the network of another interface, or a route to a part of it. A wider route is
 * none: the bridge's own goes before it, and that is how one has a network beside a VPN that wants all private ones.
 * @param bridge what it has already, nothing is in the way of
 */
export function inTheWay(subnet: Subnet, routes: readonly Route[], bridge: string): Route | undefined {
  const met = routes.filter((route) => overlaps(route, subnet));
  if (met.some(({ device }) => device === bridge)) return undefined;
  return met.find((route) => route.isOwn || route.prefix >= subnet.prefix);
}

/**
 * What network namespaces have routes to, default routes left out.
 * @param tables `/proc/net`, or that of a process
 */
export async function readRoutes(files: Pick<Files, 'readText'>, tables: readonly string[]): Promise<readonly Route[]> {
  const found = tables.map(async (folder) => {
    const [four, own, six] = await Promise.all(
      ['route', 'fib_trie', 'ipv6_route'].map((name) => textOf(files, `${folder}/${name}`)),
    );
    const broadcasts = new Set(matches(own ?? '', /\|-- (\S+)\n\s+\/32 link BROADCAST/g));
    const last = (route: Subnet) => formatAddress({ family: 4, value: lastOf(route) });
    return [
      ...routes4(four ?? '').map((route) => ({ ...route, isOwn: broadcasts.has(last(route)) })),
      ...routes6(six ?? ''),
    ];
  });
  return (await Promise.all(found)).flat();
}

/** The interface of the IPv4 default route. */
export async function outwardDevice(files: Pick<Files, 'readText'>, tables: string): Promise<string | undefined> {
  const lines = (await textOf(files, `${tables}/route`)).split('\n').map((line) => line.split('\t'));
  return lines.find(([, base, , , , , , mask]) => base === '00000000' && mask?.trim() === '00000000')?.[0]?.trim();
}

/**
 * The IPv4 address of an interface, in CIDR: the subnet from its route, the address from the table of local ones.
 * @returns undefined when it has none
 */
export async function interfaceAddress(
  files: Pick<Files, 'readText'>,
  tables: string,
  name: string,
): Promise<string | undefined> {
  const route = routes4(await textOf(files, `${tables}/route`)).find((entry) => entry.device === name);
  if (route === undefined) return undefined;
  const table = await textOf(files, `${tables}/fib_trie`);
  for (const text of matches(table, /\|-- (\S+)\n\s+\/32 host LOCAL/g)) {
    const address = parseAddress(text);
    if (address !== undefined && contains(route, address)) return `${text}/${route.prefix}`;
  }
  return undefined;
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

/** Columns: interface, destination, gateway, flags, …, mask (the eighth), in the machine's byte order (little-endian). */
function routes4(text: string): Omit<Route, 'isOwn'>[] {
  const found: Omit<Route, 'isOwn'>[] = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.split('\t');
    const [base, mask] = [fields[1], fields[7]].map((field) => swapped(field?.trim() ?? ''));
    if (base === undefined || mask === undefined || mask === 0n) continue;
    const prefix = mask.toString(2).replaceAll('0', '').length;
    found.push({ device: fields[0]?.trim() ?? '', family: 4, base, prefix });
  }
  return found;
}

function swapped(hex: string): bigint | undefined {
  if (!/^[0-9A-F]{8}$/i.test(hex)) return undefined;
  return BigInt(`0x${(hex.match(/../g) ?? []).toReversed().join('')}`);
}

/** Columns: destination, prefix length, source, …, interface; host routes and link-local ones are nobody's subnet. */
function routes6(text: string): Route[] {
  const found: Route[] = [];
  for (const line of text.split('\n')) {
    const [, address, length] = /^([0-9a-f]{32}) ([0-9a-f]{2}) /.exec(line) ?? [];
    if (address === undefined || length === undefined) continue;
    const prefix = Number.parseInt(length, 16);
    if (prefix > 0 && prefix < 128 && !address.startsWith('fe80') && !address.startsWith('ff')) {
      const device = line.slice(line.lastIndexOf(' ') + 1).trim();
      found.push({ device, isOwn: false, family: 6, base: BigInt(`0x${address}`), prefix });
    }
  }
  return found;
}
