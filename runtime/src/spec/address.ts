// Addresses and subnets of both families as numbers, since everything about them is arithmetic.

export type Family = 4 | 6;

export interface Address {
  readonly family: Family;
  readonly value: bigint;
}

export interface Subnet {
  readonly family: Family;
  /** The first address; host bits are zero. */
  readonly base: bigint;
  readonly prefix: number;
}

/** @returns undefined when `text` is not an address of either family; zones (`%eth0`) are not taken */
export function parseAddress(text: string): Address | undefined {
  const value = text.includes(':') ? parse6(text) : parse4(text);
  return value === undefined ? undefined : { family: text.includes(':') ? 6 : 4, value };
}

function parse4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parse6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => groups(half));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: halves.length === 2 ? missing : 0 }, () => 0n), ...(tail ?? [])];
  return all.reduce((value, group) => (value << 16n) | group, 0n);
}

function groups(half: string): bigint[] | undefined {
  if (half === '') return [];
  const found: bigint[] = [];
  const parts = half.split(':');
  for (const [index, part] of parts.entries()) {
    const mapped = index === parts.length - 1 && part.includes('.') ? parse4(part) : undefined;
    if (mapped !== undefined) found.push(mapped >> 16n, mapped & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) found.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return found;
}

export function formatAddress(address: Address): string {
  if (address.family === 4) return [24n, 16n, 8n, 0n].map((shift) => (address.value >> shift) & 0xffn).join('.');
  const parts = Array.from({ length: 8 }, (_, index) =>
    ((address.value >> BigInt(112 - index * 16)) & 0xffffn).toString(16),
  );
  // The longest run of zeros, the first of equals, is written `::` (RFC 5952).
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at += 1) {
    let length = 0;
    while (parts[at + length] === '0') length += 1;
    if (length > best.length) best = { at, length };
  }
  if (best.at < 0) return parts.join(':');
  return `${parts.slice(0, best.at).join(':')}::${parts.slice(best.at + best.length).join(':')}`;
}

export function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** Reads `10.0.0.0/8`; host bits are cut off, as Docker does. @returns undefined when it is no CIDR */
export function parseSubnet(text: string): Subnet | undefined {
  const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const parsed = parseAddress(address);
  const prefix = Number(length);
  if (parsed === undefined || length === '' || prefix > bitsOf(parsed.family)) return undefined;
  return subnetOf(parsed, prefix);
}

/** The subnet of `prefix` bits that holds `address`. */
export function subnetOf(address: Address, prefix: number): Subnet {
  const hostBits = BigInt(bitsOf(address.family) - prefix);
  return { family: address.family, base: (address.value >> hostBits) << hostBits, prefix };
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatAddress({ family: subnet.family, value: subnet.base })}/${subnet.prefix}`;
}

/** The last address of a subnet; for IPv4 its broadcast address. */
export function lastOf(subnet: Subnet): bigint {
  return subnet.base + (1n << BigInt(bitsOf(subnet.family) - subnet.prefix)) - 1n;
}

export function contains(subnet: Subnet, address: Address): boolean {
  return subnet.family === address.family && address.value >= subnet.base && address.value <= lastOf(subnet);
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.family === b.family && a.base <= lastOf(b) && b.base <= lastOf(a);
}

/** Docker's stable address for an interface: 02:42 and the IPv4 address. */
export function macOf(address: Address): string {
  return ['02', '42', ...[24n, 16n, 8n, 0n].map((shift) => hex2(Number((address.value >> shift) & 0xffn)))].join(':');
}

/** Linux' rule for names of interfaces: at most 15 bytes, no slash, no blank. */
export function isInterfaceName(name: string): boolean {
  return /^[\w.@-]{1,15}$/.test(name) && name !== '.' && name !== '..';
}

/** A locally administered unicast address out of six random bytes. */
export function randomMac(random: (size: number) => Uint8Array): string {
  const bytes = [...random(6)];
  bytes[0] = ((bytes[0] ?? 0) & 0xfe) | 0x02;
  return bytes.map(hex2).join(':');
}

/** @returns the address in lower case with colons, undefined when it is not an ethernet unicast address */
export function parseMac(text: string): string | undefined {
  const mac = text.toLowerCase().replaceAll('-', ':');
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac)) return undefined;
  return mac;
}

function hex2(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** The name that a reverse lookup asks for -> address; undefined for other names. */
export function parseReverseName(name: string): Address | undefined {
  const [, labels4] = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name) ?? [];
  if (labels4 !== undefined) return parseAddress(labels4.slice(0, -1).split('.').toReversed().join('.'));
  const [, labels6] = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name) ?? [];
  if (labels6 === undefined) return undefined;
  return { family: 6, value: BigInt(`0x${labels6.replaceAll('.', '').split('').toReversed().join('')}`) };
}
