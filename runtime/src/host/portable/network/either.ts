// Networks of an engine that has containers of both kinds: those of the kernel, and some whose network is in user land. Bridges are in both;
// whatever concerns one container goes to where that is.

import type { BridgeRequest, DefaultRoute, NetworkKernel, PortForward, VethRequest } from '../../kernel.ts';
import type { UserNetwork } from './user-network.ts';

export class EitherNetwork implements NetworkKernel {
  readonly #native: NetworkKernel;
  readonly #user: UserNetwork;

  constructor(native: NetworkKernel, user: UserNetwork) {
    this.#native = native;
    this.#user = user;
  }

  inUserLand(address: string): boolean {
    return this.#user.inUserLand(address);
  }

  async createBridge(request: BridgeRequest): Promise<void> {
    await this.#native.createBridge(request);
    await this.#user.createBridge(request);
  }

  async deleteLink(name: string): Promise<void> {
    await this.#user.deleteLink(name);
    await this.#native.deleteLink(name);
  }

  attachVeth(request: VethRequest): Promise<void> {
    return this.#of(request.netns).attachVeth(request);
  }

  setDefaultRoutes(netns: string, gateways: readonly DefaultRoute[]): Promise<void> {
    return this.#of(netns).setDefaultRoutes(netns, gateways);
  }

  sysctl(values: Readonly<Record<string, string>>, netns?: string): Promise<void> {
    return this.#of(netns).sysctl(values, netns);
  }

  nft(script: string, netns?: string): Promise<void> {
    return this.#native.nft(script, netns);
  }

  endFlows(address: string): Promise<void> {
    return this.#native.endFlows(address);
  }

  startProxy(forwards: readonly PortForward[]): Promise<{ readonly pid: number }> {
    const isUsers = forwards.some(({ containerIp }) => this.#user.inUserLand(containerIp));
    return (isUsers ? this.#user : this.#native).startProxy(forwards);
  }

  stopProxy(pid: number): Promise<void> {
    return (this.#user.hasProxy(pid) ? this.#user : this.#native).stopProxy(pid);
  }

  #of(netns: string | undefined): NetworkKernel {
    return netns !== undefined && this.#user.isNamespace(netns) ? this.#user : this.#native;
  }
}
