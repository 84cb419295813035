// Bridges and who is on them. There is no packet in it: who wants to reach an address is told what is there, and a connection is made in
// memory, or by the host's sockets.

import {
  NetworkFailure,
  type Connection,
  type Datagram,
  type DatagramPort,
  type SocketAddress,
} from '../../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../../wasm/src/wasi/errno.ts';
import {
  contains,
  formatAddress,
  parseAddress,
  subnetOf,
  type Address,
  type Family,
  type Subnet,
} from '../../../spec/address.ts';
import { EngineError } from '../../../spec/errors.ts';
import type { BridgeRequest, PortForward, VethRequest } from '../../kernel.ts';
import type { DatagramSocket } from './datagram-socket.ts';
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
  published(address: Address, port: number, protocol: Protocol): Target | undefined;
}

type Protocol = PortForward['protocol'];

/** How something gets from a container to an address: to another container or to itself, or through the host's sockets. */
type Way =
  | { readonly device: Device; readonly from: string; readonly to: Target; readonly isPublished: boolean }
  | { readonly device: Device; readonly outside: string };

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
    const way = this.#way(seeking, plain(wanted), port, 'tcp');
    if ('to' in way) return meet(way.device, way.to, { address: way.from, port: seeking.namespace.freePort() });
    const { device, outside } = way;
    checkRoom(device);
    return device.carry(await this.#sockets.connect(outside, port, { signal }));
  }

  /** Sends a datagram; one that nobody takes is lost. @throws NetworkFailure where it cannot go */
  async send(seeking: Seeking, socket: DatagramSocket, { bytes, peer }: Datagram): Promise<void> {
    const answer = socket.answerTo(peer);
    if (answer !== undefined) return answer(bytes);
    const wanted = parseAddress(peer.address);
    if (wanted === undefined) throw new NetworkFailure(errno.EINVAL, `${peer.address} is no address`);
    const to = plain(wanted);
    const way = this.#way(seeking, to, peer.port, 'udp');
    way.device.count('tx', bytes.length);
    if ('to' in way) {
      const { namespace, device, address, port } = way.to;
      const taker = namespace.datagramSocket(address, port);
      device.count('rx', bytes.length);
      const back = (answered: Uint8Array) => socket.deliver({ bytes: answered, peer });
      taker?.deliver({ bytes, peer: { address: way.from, port: socket.port } }, way.isPublished ? back : undefined);
      return;
    }
    const sent = { bytes, peer: { address: way.outside, port: peer.port } };
    await socket.sendOutside(sent, peer, to.family, () => this.#openOutside(way.device, socket, to.family));
  }

  async #openOutside(device: Device, socket: DatagramSocket, family: Family): Promise<DatagramPort> {
    checkRoom(device);
    const port = await this.#sockets.datagrams(family === 4 ? '0.0.0.0' : '::', 0, (datagram) => {
      if (socket.deliverFromOutside(datagram)) device.count('rx', datagram.bytes.length);
    });
    return device.carryPort(port);
  }

  /** @throws NetworkFailure */
  #way(seeking: Seeking, address: Address, port: number, protocol: Protocol): Way {
    const { namespace } = seeking;
    if (isOwn(address) || namespace.owner(address) !== undefined) return inside(namespace, address, port);
    for (const [link, device] of namespace.devices) {
      const subnet = device.addresses.find((own) => contains(own.subnet, address))?.subnet;
      if (subnet !== undefined) return this.#neighbour(seeking, link, address, port, protocol);
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
    return { device, outside: formatAddress(address) };
  }

  /** @throws NetworkFailure */
  #neighbour(
    { namespace, allowsHost }: Seeking,
    link: string,
    address: Address,
    port: number,
    protocol: Protocol,
  ): Way {
    const bridge = [...this.#bridges.values()].find(({ members }) => members.has(link));
    const device = bridge?.members.get(link)?.device;
    if (bridge === undefined || device === undefined) throw unreachable(address, 'its network is gone');
    const from = namespace.source(device, address.family);
    if (bridge.gateways.some((gateway) => gateway.address.value === address.value)) {
      const target = namespace.reachesOut ? this.#options.published(address, port, protocol) : undefined;
      if (target !== undefined) return { device, from, to: target, isPublished: true };
      if (!allowsHost)
        throw refused(address, port, 'the host is reached where --add-host name:host-gateway asks for it');
      return { device, outside: '127.0.0.1' };
    }
    const found = [...bridge.members.values()].find((member) => member.device.has(address));
    if (device.isIsolated || found?.device.isIsolated === true)
      throw unreachable(address, 'the network isolates its members');
    if (found !== undefined) return { device, from, to: { ...found, address, port }, isPublished: false };
    if (!this.#options.hasNativeMembers) throw unreachable(address, 'nobody has that address');
    return { device, outside: formatAddress(address) };
  }

  /** @throws NetworkFailure ENETUNREACH */
  get #sockets(): HostSockets {
    const { sockets } = this.#options;
    if (sockets === undefined) throw new NetworkFailure(errno.ENETUNREACH, 'there is no way out of a browser');
    return sockets;
  }
}

/** To its own loopback and addresses. */
function inside(namespace: Namespace, address: Address, port: number): Way {
  const { family } = address;
  const device = namespace.loopback;
  const own: Address = address.value === 0n ? { family, value: loopback[family] } : address;
  return {
    device,
    from: formatAddress(own),
    to: { device, namespace, address: own, port },
    isPublished: false,
  };
}

/** @throws NetworkFailure ENOBUFS */
function checkRoom(device: Device): void {
  if (device.connections >= mostOutside) throw new NetworkFailure(errno.ENOBUFS, 'too many connections');
}

/** A connection in memory to whoever listens there. @throws NetworkFailure ECONNREFUSED */
function meet(device: Device, { address, port, ...other }: Target, from: SocketAddress): Connection {
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
