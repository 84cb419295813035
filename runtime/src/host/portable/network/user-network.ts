// A network in user land: what the networks room asks of a kernel, done with connections instead of packets. Its containers see addresses,
// names and each other as they would on bridges; what leaves it does so through the host's sockets.

import type { GuestNetwork } from '../../../../../wasm/src/sockets/contract.ts';
import { parseAddress } from '../../../spec/address.ts';
import { EngineError } from '../../../spec/errors.ts';
import type { BridgeRequest, DefaultRoute, NetworkKernel, PortForward, VethRequest } from '../../kernel.ts';
import type { DeviceCounters } from './device.ts';
import { Fabric } from './fabric.ts';
import { ContainerNetwork, HostNetwork, type ContainerNetworkOptions } from './guest-network.ts';
import type { HostSockets } from './host-sockets.ts';
import { Names, type ResolveName } from './names.ts';
import { Namespace } from './namespace.ts';
import { PublishedPorts } from './published-ports.ts';

/** Before the id of its container: no path of a namespace of the kernel's looks like that. */
const prefix = 'user:';

export interface UserNetworkOptions {
  /** Absent: nothing leaves it. */
  readonly sockets?: HostSockets | undefined;
  /** There are containers on the kernel's bridges of the same names, which the host reaches by their addresses. */
  readonly hasNativeMembers?: boolean;
}

/** The sockets behind the engine's names; `networks/dns-zone.ts` has the meaning. */
interface NameSockets<Resolve extends ResolveName> {
  serve(path: string, resolve: Resolve): Promise<AsyncDisposable>;
}

export class UserNetwork implements NetworkKernel {
  readonly #namespaces = new Map<string, Namespace>();
  readonly #fabric: Fabric;
  readonly #names: Names;
  readonly #published: PublishedPorts;
  readonly #sockets: HostSockets | undefined;

  constructor({ sockets, hasNativeMembers = false }: UserNetworkOptions) {
    this.#sockets = sockets;
    this.#fabric = new Fabric({
      sockets,
      hasNativeMembers,
      published: (address, port, protocol) => this.#published.behind(address, port, protocol),
    });
    this.#names = new Names(sockets);
    this.#published = new PublishedPorts(sockets, (address) => this.#fabric.at(address));
  }

  /** A namespace with a loopback of its own. @returns its name, which stands where a path does for the kernel's */
  create(id: string): string {
    const name = `${prefix}${id}`;
    this.remove(name);
    this.#namespaces.set(name, new Namespace());
    return name;
  }

  /** Cuts whatever goes through it. Absent is no error. */
  remove(name: string): void {
    const namespace = this.#namespaces.get(name);
    for (const link of namespace?.devices.keys() ?? []) this.#fabric.remove(link);
    namespace?.down();
    this.#namespaces.delete(name);
  }

  isNamespace(name: string): boolean {
    return name.startsWith(prefix);
  }

  /**
   * The network of a container as its processes use it; several may share one.
   * @param name of a namespace, or `host`: the host's own network, without a policy
   * @throws EngineError notFound
   */
  open(name: string, options: Omit<ContainerNetworkOptions, 'containerId'>): GuestNetwork {
    if (name === 'host') {
      if (this.#sockets === undefined)
        throw new EngineError('invalidParameter', 'there is no host network in a browser');
      return new HostNetwork(this.#sockets);
    }
    const containerId = name.slice(prefix.length);
    return new ContainerNetwork(this.#namespace(name), this.#fabric, this.#names, { ...options, containerId });
  }

  /** By interface. @throws EngineError notFound */
  counters(name: string): Readonly<Record<string, Readonly<DeviceCounters>>> {
    const devices = [...this.#namespace(name).devices.values()];
    return Object.fromEntries(devices.map((device) => [device.name, { ...device.counters }]));
  }

  /** Names are asked of this process directly; `others` serves those who ask from elsewhere. */
  names<Resolve extends ResolveName>(others?: NameSockets<Resolve>): NameSockets<Resolve> {
    return {
      serve: async (path, resolve) => {
        this.#names.resolve = resolve;
        const served = await others?.serve(path, resolve);
        return {
          [Symbol.asyncDispose]: async () => {
            this.#names.resolve = undefined;
            await served?.[Symbol.asyncDispose]();
          },
        };
      },
    };
  }

  inUserLand(address: string): boolean {
    const parsed = parseAddress(address);
    return parsed !== undefined && this.#fabric.at(parsed) !== undefined;
  }

  interfaces(): readonly string[] {
    return this.#fabric.bridges();
  }

  createBridge(request: BridgeRequest): Promise<void> {
    this.#fabric.setBridge(request);
    return Promise.resolve();
  }

  deleteLink(name: string): Promise<void> {
    this.#fabric.remove(name);
    return Promise.resolve();
  }

  async attachVeth(request: VethRequest): Promise<void> {
    const namespace = this.#namespace(request.netns);
    this.#fabric.attach(namespace, request);
    const { gateways = [], containerName } = request;
    if (gateways.length > 0) namespace.setRoutes(gateways.map((gateway) => ({ gateway, device: containerName })));
  }

  async setDefaultRoutes(netns: string, gateways: readonly DefaultRoute[]): Promise<void> {
    this.#namespace(netns).setRoutes(gateways);
  }

  /** @throws EngineError notImplemented for a namespace: there is no kernel behind it */
  async sysctl(values: Readonly<Record<string, string>>, netns?: string): Promise<void> {
    const [name] = Object.keys(values);
    if (netns === undefined || name === undefined) return;
    throw new EngineError(
      'notImplemented',
      `sysctl ${name.replaceAll('/', '.')} cannot be set: the container's network is not the kernel's`,
    );
  }

  /** Nothing goes from one bridge to another here, so there is nothing to filter. */
  nft(): Promise<void> {
    return Promise.resolve();
  }

  /** Each ends with its container's own socket. */
  endFlows(): Promise<void> {
    return Promise.resolve();
  }

  startProxy(forwards: readonly PortForward[]): Promise<{ readonly pid: number }> {
    return this.#published.open(forwards);
  }

  stopProxy(pid: number): Promise<void> {
    return this.#published.close(pid);
  }

  /** Whether a proxy is one of these. */
  hasProxy(pid: number): boolean {
    return this.#published.has(pid);
  }

  #namespace(name: string): Namespace {
    const namespace = this.#namespaces.get(name);
    if (namespace === undefined) throw new EngineError('notFound', `no network namespace ${name}`);
    return namespace;
  }
}
