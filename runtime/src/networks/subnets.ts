// Where a network without a subnet of its own gets one: Docker's default pools, leaving out what the host can already
// reach and what other networks have.

import { EngineError } from '../spec/errors.ts';
import { lastOf, overlaps, parseSubnet, type Family, type Subnet } from '../spec/address.ts';

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
