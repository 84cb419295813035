// What the processes of a container use of a network in user land.

import {
  NetworkFailure,
  type Connection,
  type Datagram,
  type DatagramPort,
  type GuestNetwork,
  type Listening,
  type SocketAddress,
} from '../../../../../wasm/src/sockets/contract.ts';
import { errno } from '../../../../../wasm/src/wasi/errno.ts';
import { parseAddress } from '../../../spec/address.ts';
import type { Fabric, Seeking } from './fabric.ts';
import type { HostSockets } from './host-sockets.ts';
import type { Names } from './names.ts';
import type { Accept, Namespace } from './namespace.ts';

export interface ContainerNetworkOptions {
  readonly containerId: string;
  /** The text of its /etc/hosts as it is now. */
  hosts(): Promise<string>;
  /** It asks for the host's gateway (`--add-host name:host-gateway`): what listens on the host's loopback is reached by it. */
  readonly allowsHost: boolean;
  /** Name servers that it was given; none: the engine's choice. */
  readonly dns: readonly string[];
}

/** Of a name that has more, the others are not tried. */
const mostAddresses = 8;

export class ContainerNetwork implements GuestNetwork {
  readonly #namespace: Namespace;
  readonly #fabric: Fabric;
  readonly #names: Names;
  readonly #options: ContainerNetworkOptions;

  constructor(namespace: Namespace, fabric: Fabric, names: Names, options: ContainerNetworkOptions) {
    this.#namespace = namespace;
    this.#fabric = fabric;
    this.#names = names;
    this.#options = options;
  }

  async connect(host: string, port: number, { signal }: { readonly signal: AbortSignal }): Promise<Connection> {
    return firstOf(await this.resolve(host, { signal }), host, async (text) => {
      const address = parseAddress(text);
      // Of a hosts file or a name server: what is no address reaches nothing.
      if (address === undefined) throw new NetworkFailure(errno.EHOSTUNREACH, `${text} is no address`);
      return this.#fabric.connect(this.#seeking, address, port, signal);
    });
  }

  async resolve(host: string, { signal }: { readonly signal: AbortSignal }): Promise<readonly string[]> {
    const bare = withoutBrackets(host);
    if (parseAddress(bare) !== undefined) return [bare];
    const { containerId, dns } = this.#options;
    return this.#names.addresses(
      bare,
      {
        containerId,
        hosts: () => this.#options.hosts(),
        servers: dns,
        reachesOut: this.#namespace.reachesOut,
      },
      signal,
    );
  }

  async listen(at: SocketAddress, accept: Accept): Promise<Listening> {
    return this.#namespace.listen(at, accept);
  }

  async datagrams(at: SocketAddress, take: (datagram: Datagram) => void): Promise<DatagramPort> {
    const socket = this.#namespace.bindDatagrams(at, take);
    return {
      local: { address: at.address || '0.0.0.0', port: socket.port },
      send: (datagram) => this.#fabric.send(this.#seeking, socket, datagram),
      [Symbol.dispose]: () => socket[Symbol.dispose](),
    };
  }

  get #seeking(): Seeking {
    return { namespace: this.#namespace, allowsHost: this.#options.allowsHost };
  }
}

/** The host's network, for who asks for it by name: all that the engine's own user reaches. */
export class HostNetwork implements GuestNetwork {
  readonly #sockets: HostSockets;

  constructor(sockets: HostSockets) {
    this.#sockets = sockets;
  }

  async connect(host: string, port: number, options: { readonly signal: AbortSignal }): Promise<Connection> {
    return firstOf(await this.resolve(host, options), host, (text) => this.#sockets.connect(text, port, options));
  }

  async resolve(host: string, options: { readonly signal: AbortSignal }): Promise<readonly string[]> {
    const bare = withoutBrackets(host);
    return parseAddress(bare) === undefined ? this.#sockets.lookup(bare, [], options) : [bare];
  }

  listen({ address, port }: SocketAddress, accept: Accept): Promise<Listening> {
    return this.#sockets.listen(address || '0.0.0.0', port, accept);
  }

  datagrams({ address, port }: SocketAddress, take: (datagram: Datagram) => void): Promise<DatagramPort> {
    return this.#sockets.datagrams(address || '0.0.0.0', port, take);
  }
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** One address after another, as long as they fail. @throws NetworkFailure the first one's */
async function firstOf(
  addresses: readonly string[],
  host: string,
  connect: (address: string) => Promise<Connection>,
): Promise<Connection> {
  let first: unknown;
  for (const address of addresses.slice(0, mostAddresses)) {
    try {
      return await connect(address);
    } catch (error) {
      first ??= error;
    }
  }
  throw first ?? new NetworkFailure(errno.ENOENT, `no address for ${host}`);
}
