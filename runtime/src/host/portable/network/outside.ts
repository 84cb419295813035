// What a container may reach through the sockets of its host: the world and the host's neighbours, as with bridges; nothing that only the
// host itself is meant to reach. https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6 sibling name the ranges.

import { contains, parseSubnet, type Address, type Subnet } from '../../../spec/address.ts';

interface Closed {
  readonly subnet: Subnet;
  readonly name: string;
}

const closed: readonly Closed[] = [
  ['0.0.0.0/8', 'this host'],
  ['127.0.0.0/8', 'loopback'],
  // The metadata of clouds among them.
  ['169.254.0.0/16', 'link-local'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  // Metadata of clouds that have it elsewhere: Alibaba, Azure, Oracle; Amazon and Google by IPv6.
  ['100.100.100.200/32', 'metadata'],
  ['168.63.129.16/32', 'metadata'],
  ['192.0.0.192/32', 'metadata'],
  ['fd00:ec2::/64', 'metadata'],
  ['fd20:ce::254/128', 'metadata'],
  // Loopback, unspecified, and IPv4 in a form that nobody uses.
  ['::/96', 'loopback'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
  // Teredo: tunnels that say themselves where they lead.
  ['2001::/32', 'tunnel'],
].map(([text, name]) => ({ subnet: subnet(text ?? ''), name: name ?? '' }));

/** Ranges of IPv6 that stand for IPv4 addresses, and by how many bits those lie above the end. */
const embeddings = [
  { subnet: subnet('::ffff:0:0/96'), shift: 0n },
  { subnet: subnet('::ffff:0:0:0/96'), shift: 0n },
  { subnet: subnet('64:ff9b::/96'), shift: 0n },
  { subnet: subnet('64:ff9b:1::/48'), shift: 0n },
  { subnet: subnet('2002::/16'), shift: 80n },
] as const;

const mapped = subnet('::ffff:0:0/96');

/** `::ffff:10.0.0.1` is 10.0.0.1. */
export function plain(address: Address): Address {
  return contains(mapped, address) ? { family: 4, value: address.value & 0xffff_ffffn } : address;
}

/** Why an address must not be reached through the host's sockets, in a word; undefined when it may. */
export function closedRange(address: Address): string | undefined {
  const embedded = embeddings.find((embedding) => contains(embedding.subnet, address));
  if (embedded !== undefined) {
    return closedRange({ family: 4, value: (address.value >> embedded.shift) & 0xffff_ffffn });
  }
  return closed.find((entry) => contains(entry.subnet, address))?.name;
}

const loopbacks = [subnet('127.0.0.0/8'), subnet('::1/128')];

/** Who connects to no address in particular means itself. */
export function isOwn(address: Address): boolean {
  return address.value === 0n || loopbacks.some((range) => contains(range, address));
}

function subnet(text: string): Subnet {
  const parsed = parseSubnet(text);
  if (parsed === undefined) throw new TypeError(`not a subnet: ${text}`);
  return parsed;
}
