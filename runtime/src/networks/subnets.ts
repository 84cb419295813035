// Where a network without a subnet of its own gets one: Docker's default pools, leaving out what the host can already
// reach and what other networks have.

import { EngineError } from '../spec/errors.ts';
import type { Files } from '../host/host.ts';
import { textOf } from './text-of.ts';
import { contains, lastOf, overlaps, parseAddress, parseSubnet, type Family, type Subnet } from '../spec/address.ts';

export interface PoolSpec {
  readonly base: string;
  /** Prefix length of the subnets cut out of `base`. */
  readonly size: number;
}

/** What dockerd uses when nothing else is configured. */
export const defaultPools: readonly PoolSpec[] = [
  { base: '172.17.0.0/16', size: 16 },
  { base: '172.18.0.0/16', size: 16 },
  { base: '172.19.0.0/16', size: 16 },
  { base: '172.20.0.0/14', size: 16 },
  { base: '172.24.0.0/14', size: 16 },
  { base: '172.28.0.0/14', size: 16 },
  { base: '192.168.0.0/16', size: 20 },
];

/**
 * The first subnet of the pools that overlaps none of `taken`.
 * @throws EngineError invalidParameter `all predefined address pools have been fully subnetted`
 */
export function pickSubnet(pools: readonly PoolSpec[], family: Family, taken: readonly Subnet[]): Subnet {
  for (const pool of pools) {
    const base = parseSubnet(pool.base);
    if (base?.family !== family || pool.size < base.prefix) continue;
    const step = 1n << BigInt((family === 4 ? 32 : 128) - pool.size);
    const last = lastOf(base);
    for (let at = base.base; at <= last;) {
      const candidate: Subnet = { family, base: at, prefix: pool.size };
      const other = taken.find((subnet) => overlaps(subnet, candidate));
      if (other === undefined) return candidate;
      // Go on behind whatever is in the way, so that one big subnet does not cost a step per small one.
      const behind = lastOf(other) + 1n;
      at = behind > at + step ? ((behind + step - 1n) / step) * step : at + step;
    }
  }
  throw new EngineError('invalidParameter', 'all predefined address pools have been fully subnetted');
}

/** A unique local /64 pool out of five random bytes (RFC 4193). */
export function ulaPool(random: (size: number) => Uint8Array): PoolSpec {
  const hex = [...random(5)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { base: `fd${hex.slice(0, 2)}:${hex.slice(2, 6)}:${hex.slice(6, 10)}::/48`, size: 64 };
}

/**
 * The subnets that network namespaces have routes to, default routes left out.
 * @param tables `/proc/net`, or that of a process
 */
export async function routedSubnets(
  files: Pick<Files, 'readText'>,
  tables: readonly string[],
): Promise<readonly Subnet[]> {
  const found = tables.map(async (folder) => {
    const [four, six] = await Promise.all(['route', 'ipv6_route'].map((name) => textOf(files, `${folder}/${name}`)));
    return [...routes4(four ?? ''), ...routes6(six ?? '')];
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
  for (const [, text = ''] of table.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g)) {
    const address = parseAddress(text);
    if (address !== undefined && contains(route, address)) return `${text}/${route.prefix}`;
  }
  return undefined;
}

/** Columns: interface, destination, gateway, flags, …, mask (the eighth), in the machine's byte order (little-endian). */
function routes4(text: string): (Subnet & { readonly device: string })[] {
  const found: (Subnet & { readonly device: string })[] = [];
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

/** Columns: destination, prefix length, source, …; host routes and link-local ones are nobody's subnet. */
function routes6(text: string): Subnet[] {
  const found: Subnet[] = [];
  for (const line of text.split('\n')) {
    const [, address, length] = /^([0-9a-f]{32}) ([0-9a-f]{2}) /.exec(line) ?? [];
    if (address === undefined || length === undefined) continue;
    const prefix = Number.parseInt(length, 16);
    if (prefix > 0 && prefix < 128 && !address.startsWith('fe80') && !address.startsWith('ff')) {
      found.push({ family: 6, base: BigInt(`0x${address}`), prefix });
    }
  }
  return found;
}
