// Bridges and who is on them. There is no packet in it: who wants to reach an address is told what is there, and a connection is made in
// memory, or by the host's sockets.

import { NetworkFailure, type Connection, type SocketAddress } from '../../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../../wasm/src/wasi/errno.ts';
import { contains, formatAddress, parseAddress, subnetOf, type Address, type Subnet } from '../../../spec/address.ts';
import { EngineError } from '../../../spec/errors.ts';
import type { BridgeRequest, VethRequest } from '../../kernel.ts';
import { Device, type DeviceAddress } from './device.ts';
import type { HostSockets } from './host-sockets.ts';
import type { Namespace } from './namespace.ts';
import { closedRange, isOwn, plain } from './outside.ts';
import { makePair } from './pair.ts';
import type { Member, Target } from './published-ports.ts';

interface Bridge {
  readonly gateways: readonly DeviceAddress[];
  /** By the name of the link. */
  readonly members: Map<string, Member>;
}

export interface Seeking {
  readonly namespace: Namespace;
  /** It may reach what listens on the host, at the gateways of its networks. */
  readonly allowsHost: boolean;
}

export interface FabricOptions {
  /** Absent: nothing leaves it. */
  readonly sockets?: HostSockets | undefined;
  /** Addresses on bridges that are nobody's here are containers of the kernel's, which the host reaches. */
  readonly hasNativeMembers: boolean;
  /** Who is behind a published port, see PublishedPorts. */
  published(address: Address, port: number): Target | undefined;
}

/** Connections of one container through the host's sockets at once. */
const mostOutside = 4096;

const loopback = { 4: 0x7f00_0001n, 6: 1n } as const;

export class Fabric {
  readonly #bridges = new Map<string, Bridge>();
  readonly #options: FabricOptions;

  constructor(options: FabricOptions) {
    this.#options = options;
  }

  bridges(): readonly string[] {
    return [...this.#bridges.keys()];
  }

  /** Its members stay when it is there. */
  setBridge({ name, addresses }: BridgeRequest): void {
    const members: Bridge['members'] = this.#bridges.get(name)?.members ?? new Map();
    this.#bridges.set(name, { gateways: addresses.map((text) => parseDeviceAddress(text)), members });
  }

  /** @throws EngineError notFound */
  attach(namespace: Namespace, { bridge: name, hostName, containerName, addresses, isIsolated }: VethRequest): void {
    const bridge = this.#bridges.get(name);
    if (bridge === undefined) throw new EngineError('notFound', `no bridge ${name}`);
    const device = new Device(
      containerName,
      addresses.map((text) => parseDeviceAddress(text)),
      isIsolated ?? false,
    );
    bridge.members.set(hostName, { device, namespace });
    namespace.devices.set(hostName, device);
  }

  /** A bridge, or one end of a cable. Not there is no error. */
  remove(link: string): void {
    const bridge = this.#bridges.get(link);
    if (bridge !== undefined) {
      for (const name of bridge.members.keys()) this.remove(name);
      this.#bridges.delete(link);
      return;
    }
    for (const { members } of this.#bridges.values()) {
      const member = members.get(link);
      if (member === undefined) continue;
      members.delete(link);
      member.namespace.devices.delete(link);
      member.device.down();
    }
  }

  /** Who has an address. */
  at(address: Address): Member | undefined {
    for (const { members } of this.#bridges.values()) {
      const found = [...members.values()].find(({ device }) => device.has(address));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** @throws NetworkFailure */
  async connect(seeking: Seeking, wanted: Address, port: number, signal: AbortSignal): Promise<Connection> {
    const { namespace } = seeking;
    const address = plain(wanted);
    if (isOwn(address) || namespace.owner(address) !== undefined) return this.#inside(namespace, address, port);
    for (const [link, device] of namespace.devices) {
      const subnet = device.addresses.find((own) => contains(own.subnet, address))?.subnet;
      if (subnet !== undefined) return this.#neighbour(seeking, link, address, port, signal);
    }
    const isElsewhere = [...this.#bridges.values()].some(({ gateways }) =>
      gateways.some(({ subnet }) => contains(subnet, address)),
    );
    if (isElsewhere) throw unreachable(address, 'it is in a network that the container is not in');
    const device = namespace.wayOut(address.family);
    if (device === undefined) throw new NetworkFailure(errno.ENETUNREACH, `no way to ${formatAddress(address)}`);
    const range = closedRange(address);
    if (range !== undefined) {
      throw new NetworkFailure(errno.EACCES, `containers must not reach ${range} addresses: ${formatAddress(address)}`);
    }
    return this.#outside(device, formatAddress(address), port, signal);
  }

  /** Its own loopback and addresses. */
  #inside(namespace: Namespace, address: Address, port: number): Connection {
    const { family } = address;
    const device = namespace.loopback;
    const own: Address = address.value === 0n ? { family, value: loopback[family] } : address;
    const from = { address: formatAddress(own), port: namespace.source(device, family).port };
    return meet(device, { device, namespace }, { address: own, port }, from);
  }

  async #neighbour(
    { namespace, allowsHost }: Seeking,
    link: string,
    address: Address,
    port: number,
    signal: AbortSignal,
  ): Promise<Connection> {
    const bridge = [...this.#bridges.values()].find(({ members }) => members.has(link));
    const device = bridge?.members.get(link)?.device;
    if (bridge === undefined || device === undefined) throw unreachable(address, 'its network is gone');
    if (bridge.gateways.some((gateway) => gateway.address.value === address.value)) {
      const target = namespace.reachesOut ? this.#options.published(address, port) : undefined;
      if (target !== undefined) return meet(device, target, target, namespace.source(device, address.family));
      if (!allowsHost)
        throw refused(address, port, 'the host is reached where --add-host name:host-gateway asks for it');
      return this.#outside(device, '127.0.0.1', port, signal);
    }
    const found = [...bridge.members.values()].find((member) => member.device.has(address));
    if (device.isIsolated || found?.device.isIsolated === true)
      throw unreachable(address, 'the network isolates its members');
    if (found !== undefined) {
      return meet(device, found, { address, port }, namespace.source(device, address.family));
    }
    if (!this.#options.hasNativeMembers) throw unreachable(address, 'nobody has that address');
    return this.#outside(device, formatAddress(address), port, signal);
  }

  async #outside(device: Device, address: string, port: number, signal: AbortSignal): Promise<Connection> {
    const { sockets } = this.#options;
    if (sockets === undefined) throw new NetworkFailure(errno.ENETUNREACH, 'there is no way out of a browser');
    if (device.connections >= mostOutside) throw new NetworkFailure(errno.ENOBUFS, 'too many connections');
    return device.carry(await sockets.connect(address, port, { signal }));
  }
}

/** A connection in memory to whoever listens there. @throws NetworkFailure ECONNREFUSED */
function meet(
  device: Device,
  other: Member,
  { address, port }: Pick<Target, 'address' | 'port'>,
  from: SocketAddress,
): Connection {
  const to = { address: formatAddress(address), port };
  const accept = other.namespace.listener(address, port);
  if (accept === undefined) {
    throw new NetworkFailure(errno.ECONNREFUSED, `nobody listens at ${to.address} port ${port}`);
  }
  const [near, far] = makePair(from, to);
  accept(other.device.carry(far));
  return device.carry(near);
}

function unreachable(address: Address, why: string): NetworkFailure {
  return new NetworkFailure(errno.EHOSTUNREACH, `${formatAddress(address)} cannot be reached: ${why}`);
}

function refused(address: Address, port: number, why: string): NetworkFailure {
  return new NetworkFailure(errno.ECONNREFUSED, `${formatAddress(address)} port ${port}: ${why}`);
}

/** `172.17.0.2/16` */
function parseDeviceAddress(text: string): { readonly address: Address; readonly subnet: Subnet } {
  const [host = '', prefix = ''] = text.split('/');
  const address = parseAddress(host);
  if (address === undefined || prefix === '')
    throw new EngineError('invalidParameter', `no address with its prefix: ${text}`);
  return { address, subnet: subnetOf(address, Number(prefix)) };
}
