// Which addresses of which network are given out.

import { EngineError } from '../spec/errors.ts';
import { contains, formatAddress, type Address, type Family, type Subnet } from '../spec/address.ts';
import { AddressPool } from './pool.ts';
import { subnetsOf, type NetworkRecord } from './record.ts';

/** An address inside a network, with what a container needs beside it. */
export interface Assigned {
  readonly address: Address;
  readonly subnet: Subnet;
  /** Undefined on networks that lead nowhere. */
  readonly gateway: Address | undefined;
}

export class Addresses {
  readonly #pools = new Map<string, readonly AddressPool[]>();

  /**
   * Gives `wanted`, or the lowest free address of the family.
   * @throws EngineError invalidParameter when no subnet contains it, forbidden when it is taken, system when none is left
   */
  assign(record: NetworkRecord, family: Family, wanted: Address | undefined): Assigned {
    const pools = this.#poolsOf(record).filter((pool) => pool.subnet.family === family);
    if (wanted !== undefined) {
      const pool = pools.find(({ subnet }) => contains(subnet, wanted));
      if (pool === undefined) {
        throw new EngineError('invalidParameter', `no configured subnet contains IP address ${formatAddress(wanted)}`);
      }
      pool.claim(wanted);
      return this.#assigned(record, wanted, pool.subnet);
    }
    for (const pool of pools) {
      const address = pool.take();
      if (address !== undefined) return this.#assigned(record, address, pool.subnet);
    }
    throw new EngineError(
      'system',
      `no available IPv${family} addresses on this network's address pools: ${record.name} (${record.id})`,
    );
  }

  /** Takes in an address that a running container has since before this daemon. */
  restore(record: NetworkRecord, address: Address): Assigned | undefined {
    const pool = this.#poolsOf(record).find(({ subnet }) => contains(subnet, address));
    if (pool === undefined) return undefined;
    if (!pool.has(address)) pool.claim(address);
    return this.#assigned(record, address, pool.subnet);
  }

  release(record: NetworkRecord, address: Address): void {
    for (const pool of this.#pools.get(record.id) ?? []) pool.release(address);
  }

  /** The network is gone, or its subnets have changed. */
  forget(networkId: string): void {
    this.#pools.delete(networkId);
  }

  #assigned(record: NetworkRecord, address: Address, subnet: Subnet): Assigned {
    const gateway = subnetsOf(record).find((entry) => entry.subnet.base === subnet.base)?.gateway;
    return { address, subnet, gateway: record.internal ? undefined : gateway };
  }

  #poolsOf(record: NetworkRecord): readonly AddressPool[] {
    const known = this.#pools.get(record.id);
    if (known !== undefined) return known;
    const pools = subnetsOf(record).map(
      ({ subnet, range, gateway, auxiliary }) =>
        new AddressPool(subnet, range, gateway === undefined ? auxiliary : [gateway, ...auxiliary]),
    );
    this.#pools.set(record.id, pools);
    return pools;
  }
}
