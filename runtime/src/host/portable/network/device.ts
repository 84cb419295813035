// An interface of a container as far as it is one here: addresses, counters, and the connections that go through it.

import { NetworkFailure, type Connection } from '../../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../../wasm/src/wasi/errno.ts';
import type { Address, Subnet } from '../../../spec/address.ts';

/** As packets are counted that there are not: of an Ethernet's size, without headers. */
const packetBytes = 1448;

export interface DeviceCounters {
  rxBytes: number;
  rxPackets: number;
  txBytes: number;
  txPackets: number;
}

export interface DeviceAddress {
  readonly address: Address;
  readonly subnet: Subnet;
}

export class Device {
  /** Inside, e.g. eth0. */
  readonly name: string;
  readonly addresses: readonly DeviceAddress[];
  /** Nobody else on its bridge is reached, nor reaches it. */
  readonly isIsolated: boolean;
  readonly counters: DeviceCounters = { rxBytes: 0, rxPackets: 0, txBytes: 0, txPackets: 0 };
  readonly #connections = new Set<Connection>();
  #isUp = true;

  constructor(name: string, addresses: readonly DeviceAddress[], isIsolated = false) {
    this.name = name;
    this.addresses = addresses;
    this.isIsolated = isIsolated;
  }

  get connections(): number {
    return this.#connections.size;
  }

  has(address: Address): boolean {
    return this.addresses.some((own) => own.address.family === address.family && own.address.value === address.value);
  }

  /** Its own end of a connection, counted, and cut when the device goes down. */
  carry(connection: Connection): Connection {
    const { counters } = this;
    const connections = this.#connections;
    const received = () => this.#received(connection);
    const carried: Connection = {
      local: connection.local,
      peer: connection.peer,
      get input() {
        return received();
      },
      write: async (chunk) => {
        counters.txBytes += chunk.length;
        counters.txPackets += Math.ceil(chunk.length / packetBytes);
        await connection.write(chunk);
      },
      end: () => connection.end(),
      close: () => {
        connections.delete(carried);
        connection.close();
      },
    };
    if (this.#isUp) connections.add(carried);
    else connection.close();
    return carried;
  }

  /** Cuts all that goes through it, now and later. */
  down(): void {
    this.#isUp = false;
    for (const connection of this.#connections) connection.close();
  }

  async *#received({ input }: Connection): AsyncGenerator<Uint8Array> {
    for await (const chunk of input) {
      this.counters.rxBytes += chunk.length;
      this.counters.rxPackets += Math.ceil(chunk.length / packetBytes);
      yield chunk;
    }
    // That was no end of the other side's.
    if (!this.#isUp) throw new NetworkFailure(errno.ECONNRESET, `${this.name} is down`);
  }
}
