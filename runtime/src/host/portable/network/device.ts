// An interface of a container as far as it is one here: addresses, counters, and the connections that go through it.

import { NetworkFailure, type Connection, type DatagramPort } from '../../../../../wasm/src/sockets/contract.ts';
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
  readonly #ports = new Set<DatagramPort>();
  #isUp = true;

  constructor(name: string, addresses: readonly DeviceAddress[], isIsolated = false) {
    this.name = name;
    this.addresses = addresses;
    this.isIsolated = isIsolated;
  }

  /** With ports for datagrams. */
  get connections(): number {
    return this.#connections.size + this.#ports.size;
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

  /** A port of the host's that is closed with the device. */
  carryPort(port: DatagramPort): DatagramPort {
    const carried: DatagramPort = {
      local: port.local,
      send: (datagram) => port.send(datagram),
      [Symbol.dispose]: () => {
        this.#ports.delete(carried);
        port[Symbol.dispose]();
      },
    };
    if (this.#isUp) this.#ports.add(carried);
    else port[Symbol.dispose]();
    return carried;
  }

  /** A datagram has gone or come. */
  count(direction: 'rx' | 'tx', bytes: number): void {
    this.counters[`${direction}Bytes`] += bytes;
    this.counters[`${direction}Packets`] += 1;
  }

  /** Cuts all that goes through it, now and later. */
  down(): void {
    this.#isUp = false;
    for (const connection of this.#connections) connection.close();
    for (const port of this.#ports) port[Symbol.dispose]();
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
