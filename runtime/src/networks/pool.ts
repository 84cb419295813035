// The addresses of one subnet: who has which, and the lowest that is free. Kept in memory only; what runs is told again
// after a restart.

import { EngineError } from '../spec/errors.ts';
import { contains, lastOf, type Address, type Subnet } from '../spec/address.ts';

export class AddressPool {
  readonly subnet: Subnet;
  /** Where free addresses are looked for; the subnet or a part of it. */
  readonly #range: Subnet;
  readonly #taken = new Set<bigint>();
  /** No address below this one is free in the range. */
  #lowest: bigint;

  constructor(subnet: Subnet, range: Subnet, reserved: readonly Address[]) {
    this.subnet = subnet;
    this.#range = range;
    this.#lowest = range.base;
    // The network's own address; for IPv4 the broadcast address too. In subnets of one or two addresses all can be used.
    const bits = (subnet.family === 4 ? 32 : 128) - subnet.prefix;
    if (bits > 1) this.#taken.add(subnet.base);
    if (bits > 1 && subnet.family === 4) this.#taken.add(lastOf(subnet));
    for (const address of reserved) this.#taken.add(address.value);
  }

  /** @returns the lowest free address, undefined when there is none */
  take(): Address | undefined {
    const last = lastOf(this.#range);
    for (let value = this.#lowest; value <= last; value += 1n) {
      if (this.#taken.has(value)) continue;
      this.#taken.add(value);
      this.#lowest = value + 1n;
      return { family: this.subnet.family, value };
    }
    return undefined;
  }

  /** @throws EngineError forbidden `Address already in use` */
  claim(address: Address): void {
    if (this.#taken.has(address.value)) throw new EngineError('forbidden', 'Address already in use');
    this.#taken.add(address.value);
  }

  release(address: Address): void {
    if (!contains(this.subnet, address)) return;
    this.#taken.delete(address.value);
    if (address.value < this.#lowest && contains(this.#range, address)) this.#lowest = address.value;
  }

  has(address: Address): boolean {
    return this.#taken.has(address.value);
  }
}
