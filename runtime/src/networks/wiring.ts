// One end of one container in one bridge network: its addresses and its cable.

import type { EndpointSettings } from '../spec/api/networks.ts';
import { randomId } from '../spec/ids.ts';
import type { NetworkKernel, VethRequest } from '../host/kernel.ts';
import { macOf, parseAddress, parseMac, randomMac } from '../spec/address.ts';
import type { Addresses, Assigned } from './addresses.ts';
import { parseBridgeOptions } from './bridge-options.ts';
import { bridgeName, type Bridges } from './bridges.ts';
import { askedDevice, endpointSysctls, hostDevice, linkLocalAddresses, withPrefix, type Endpoint } from './endpoint.ts';
import type { NetworkRecord } from './record.ts';

export type WiringKernel = Pick<NetworkKernel, 'attachVeth' | 'deleteLink' | 'sysctl'>;

export class Wiring {
  readonly #kernel: WiringKernel;
  readonly #bridges: Bridges;
  readonly #addresses: Addresses;
  readonly #random: (size: number) => Uint8Array;

  constructor(kernel: WiringKernel, bridges: Bridges, addresses: Addresses, random: (size: number) => Uint8Array) {
    this.#kernel = kernel;
    this.#bridges = bridges;
    this.#addresses = addresses;
    this.#random = random;
  }

  /**
   * Takes addresses; nothing of the kernel is touched.
   * @param devices interface names that the container has already
   * @throws EngineError when an address is taken, foreign to the network, or none is left
   */
  reserve(network: NetworkRecord, asked: EndpointSettings, devices: readonly string[]): Endpoint {
    const id = randomId(this.#random);
    if (network.driver !== 'bridge') {
      return { id, network, asked, device: '', mac: '', ipv4: undefined, ipv6: undefined };
    }
    const ipv4 = network.enableIPv4
      ? this.#addresses.assign(network, 4, parseAddress(asked.IPAMConfig?.IPv4Address ?? ''))
      : undefined;
    let ipv6: Assigned | undefined;
    try {
      if (network.enableIPv6) {
        ipv6 = this.#addresses.assign(network, 6, parseAddress(asked.IPAMConfig?.IPv6Address ?? ''));
      }
    } catch (error) {
      if (ipv4 !== undefined) this.#addresses.release(network, ipv4.address);
      throw error;
    }
    const fallback = ipv4 === undefined ? randomMac(this.#random) : macOf(ipv4.address);
    const mac = parseMac(asked.MacAddress ?? '') ?? fallback;
    const device = askedDevice(asked) ?? freeDevice(parseBridgeOptions(network.options).interfacePrefix, devices);
    return { id, network, asked, device, mac, ipv4, ipv6 };
  }

  release(endpoint: Endpoint): void {
    for (const assigned of [endpoint.ipv4, endpoint.ipv6]) {
      if (assigned !== undefined) this.#addresses.release(endpoint.network, assigned.address);
    }
  }

  /**
   * Brings the bridge up if it is not, and lays the cable into the namespace.
   * @param gateways default routes through it; the namespace must have none
   */
  async plug(endpoint: Endpoint, netns: string, gateways: readonly string[] = []): Promise<void> {
    const { network, device, mac, asked } = endpoint;
    if (network.driver !== 'bridge') return;
    await this.#bridges.up([network]);
    const mtu = this.#bridges.mtu(network);
    const request: VethRequest = {
      netns,
      bridge: bridgeName(network),
      hostName: this.#hostDevice(endpoint),
      containerName: device,
      mac,
      addresses: [withPrefix(endpoint.ipv4), withPrefix(endpoint.ipv6), ...linkLocalAddresses(asked)].filter(
        (text) => text !== '',
      ),
      gateways,
      ...(mtu === undefined ? {} : { mtu }),
      isIsolated: !parseBridgeOptions(network.options).icc,
    };
    try {
      await this.#kernel.attachVeth(request);
    } catch (error) {
      if (!(await this.#bridges.renew(network))) throw error;
      await this.#kernel.attachVeth(request);
    }
    const settings = endpointSysctls(asked, device);
    if (Object.keys(settings).length > 0) await this.#kernel.sysctl(settings, netns);
  }

  async unplug(endpoint: Endpoint): Promise<void> {
    if (endpoint.network.driver === 'bridge') await this.#kernel.deleteLink(this.#hostDevice(endpoint));
  }

  #hostDevice(endpoint: Endpoint): string {
    return hostDevice(endpoint.id, parseBridgeOptions(endpoint.network.options).icc);
  }
}

function freeDevice(prefix: string, taken: readonly string[]): string {
  for (let index = 0; ; index += 1) if (!taken.includes(`${prefix}${index}`)) return `${prefix}${index}`;
}
