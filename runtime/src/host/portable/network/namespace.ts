// The network of one container, or of several that share it: its interfaces, its routes, and who listens.

import {
  NetworkFailure,
  type Connection,
  type Listening,
  type SocketAddress,
} from '../../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../../wasm/src/wasi/errno.ts';
import { formatAddress, parseAddress, type Address, type Family } from '../../../spec/address.ts';
import type { DefaultRoute } from '../../kernel.ts';
import { DatagramSocket, type Take } from './datagram-socket.ts';
import { Device } from './device.ts';
import { isOwn, plain } from './outside.ts';

/** Ports that are given to who asks for none, as Linux does. */
const ephemeral = { first: 32_768, last: 60_999 } as const;

export type Accept = (connection: Connection) => void;

interface Listener {
  readonly accept: Accept;
  /** The only one that it listens at; undefined: all. */
  readonly address: Address | undefined;
}

export class Namespace {
  readonly loopback = new Device('lo', []);
  /** By the name of its other end on the host's side. */
  readonly devices = new Map<string, Device>();
  #routes: readonly DefaultRoute[] = [];
  readonly #listeners = new Map<number, Listener>();
  readonly #datagramSockets = new Map<number, DatagramSocket>();
  #nextPort: number = ephemeral.first;

  setRoutes(routes: readonly DefaultRoute[]): void {
    this.#routes = routes;
  }

  /** The device that traffic to the outside leaves by. */
  wayOut(family: Family): Device | undefined {
    const route = this.#routes.find(({ gateway }) => parseAddress(gateway)?.family === family);
    return [...this.devices.values()].find(({ name }) => name === route?.device);
  }

  get reachesOut(): boolean {
    return this.wayOut(4) !== undefined || this.wayOut(6) !== undefined;
  }

  all(): readonly Device[] {
    return [this.loopback, ...this.devices.values()];
  }

  /** @throws NetworkFailure EADDRINUSE, EADDRNOTAVAIL */
  listen({ address: text, port }: SocketAddress, accept: Accept): Listening {
    const address = this.#boundTo(text);
    const chosen = port === 0 ? this.freePort() : port;
    if (this.#listeners.has(chosen)) throw new NetworkFailure(errno.EADDRINUSE, `port ${chosen} is in use`);
    const listener = { accept, address };
    this.#listeners.set(chosen, listener);
    return {
      port: chosen,
      [Symbol.dispose]: () => {
        if (this.#listeners.get(chosen) === listener) this.#listeners.delete(chosen);
      },
    };
  }

  /** Who takes connections to an address and a port. */
  listener(to: Address, port: number): Accept | undefined {
    const listener = this.#listeners.get(port);
    return listener?.address === undefined || isSame(listener.address, to) ? listener?.accept : undefined;
  }

  /** @throws NetworkFailure EADDRINUSE, EADDRNOTAVAIL */
  bindDatagrams({ address: text, port }: SocketAddress, take: Take): DatagramSocket {
    const address = this.#boundTo(text);
    const sockets = this.#datagramSockets;
    const chosen = port === 0 ? this.#freeOf(sockets) : port;
    if (sockets.has(chosen)) throw new NetworkFailure(errno.EADDRINUSE, `port ${chosen}/udp is in use`);
    const socket = new DatagramSocket(chosen, address, take, () => sockets.delete(chosen));
    sockets.set(chosen, socket);
    return socket;
  }

  /** Who takes datagrams to an address and a port. */
  datagramSocket(to: Address, port: number): DatagramSocket | undefined {
    const socket = this.#datagramSockets.get(port);
    return socket?.address === undefined || isSame(socket.address, to) ? socket : undefined;
  }

  /** Its own address at a device. */
  source(device: Device, family: Family): string {
    const own = device.addresses.find(({ address }) => address.family === family)?.address;
    const loopback = family === 4 ? '127.0.0.1' : '::1';
    return own === undefined ? loopback : formatAddress(own);
  }

  owner(address: Address): Device | undefined {
    return [...this.devices.values()].find((device) => device.has(address));
  }

  /** Everything that goes through it is cut. */
  down(): void {
    this.#listeners.clear();
    for (const socket of this.#datagramSockets.values()) socket[Symbol.dispose]();
    for (const device of this.all()) device.down();
    this.devices.clear();
  }

  #boundTo(text: string): Address | undefined {
    if (text === '') return undefined;
    const parsed = parseAddress(text);
    const address = parsed === undefined ? undefined : plain(parsed);
    if (address?.value === 0n) return undefined;
    if (address === undefined || (!isOwn(address) && this.owner(address) === undefined)) {
      throw new NetworkFailure(errno.EADDRNOTAVAIL, `${text} is no address of the container`);
    }
    return address;
  }

  /** Where a connection comes from. @throws NetworkFailure EADDRNOTAVAIL */
  freePort(): number {
    return this.#freeOf(this.#listeners);
  }

  #freeOf(taken: ReadonlyMap<number, unknown>): number {
    for (let tries = ephemeral.first; tries <= ephemeral.last; tries += 1) {
      const port = this.#nextPort;
      this.#nextPort = port === ephemeral.last ? ephemeral.first : port + 1;
      if (!taken.has(port)) return port;
    }
    throw new NetworkFailure(errno.EADDRNOTAVAIL, 'all ports are in use');
  }
}

function isSame(one: Address, other: Address): boolean {
  return one.family === other.family && one.value === other.value;
}
