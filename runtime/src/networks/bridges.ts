// Bridges of networks: made when first needed, with their addresses, kernel settings and firewall rules.

import { EngineError } from '../spec/errors.ts';
import type { Files } from '../host/host.ts';
import type { NetworkKernel } from '../host/kernel.ts';
import { formatAddress, formatSubnet } from '../spec/address.ts';
import { ownTables, type ApartNetwork, type UserLand } from './apart.ts';
import { parseBridgeOptions } from './bridge-options.ts';
import type { Firewall } from './firewall.ts';
import type { FilteredNetwork } from './firewall-rules.ts';
import { subnetsOf, type NetworkRecord, type NetworkSubnet } from './record.ts';
import { inTheWay, readRoutes, type Route } from './routes.ts';

export type BridgeKernel = Pick<NetworkKernel, 'createBridge' | 'deleteLink' | 'sysctl'>;

/** The bridge's name: the one asked for, or Docker's `br-` and twelve digits of the id. */
export function bridgeName(record: Pick<NetworkRecord, 'id' | 'options'>): string {
  return parseBridgeOptions(record.options).name ?? `br-${record.id.slice(0, 12)}`;
}

export class Bridges {
  readonly #kernel: BridgeKernel;
  readonly #files: Files;
  readonly #firewall: Firewall;
  readonly #apart: ApartNetwork | undefined;
  readonly #userLand: UserLand | undefined;
  /** Network id -> settles when its bridge is up. */
  readonly #up = new Map<string, Promise<void>>();
  /** Kernel settings of the host already made. */
  readonly #host = new Set<string>();

  constructor(
    kernel: BridgeKernel,
    files: Files,
    firewall: Firewall,
    where: { readonly apart?: ApartNetwork; readonly userLand?: UserLand } = {},
  ) {
    this.#kernel = kernel;
    this.#files = files;
    this.#firewall = firewall;
    this.#apart = where.apart;
    this.#userLand = where.userLand;
  }

  /**
   * Brings networks up, all with one change of the firewall. Idempotent; a failure is tried again at the next call.
   * @throws the first failure, after the other networks are up
   */
  async up(records: readonly NetworkRecord[]): Promise<void> {
    const missing = records.filter((record) => record.driver === 'bridge' && !this.#up.has(record.id));
    if (missing.length > 0) this.#begin(missing);
    const settled = await Promise.allSettled(records.map(async (record) => await this.#up.get(record.id)));
    const failure = settled.find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** One network that cannot come up must not keep back those that come with it. */
  #begin(records: readonly NetworkRecord[]): void {
    const work = this.#bringUp(records);
    for (const { id } of records) {
      const own = work.then((failures) => {
        if (failures.has(id)) throw failures.get(id);
      });
      this.#up.set(id, own);
      own.catch(() => {
        if (this.#up.get(id) === own) this.#up.delete(id);
      });
    }
  }

  /** Makes the bridge alone, so that others see its addresses. What fails here fails again in `up`, which tells. */
  async claim(record: NetworkRecord): Promise<void> {
    await this.#makeBridges([record]);
  }

  /** Idempotent. */
  async down(record: NetworkRecord): Promise<void> {
    const work = this.#up.get(record.id);
    if (work === undefined) return;
    await work;
    await this.discard(record);
  }

  /** Removes what a bring-up that failed may have left. */
  async discard(record: NetworkRecord): Promise<void> {
    this.#up.delete(record.id);
    if (record.foreignBridge) await this.shut(bridgeName(record));
    await this.#firewall.dismiss(record.id);
    if (!record.foreignBridge) await this.#kernel.deleteLink(bridgeName(record));
  }

  /**
   * Before the rules of a bridge go that stays: whoever is in it would reach what listens on the host's 127.0.0.1 alone. Idempotent, and
   * nothing happens to one that is not there.
   */
  async shut(bridge: string): Promise<void> {
    if (!(await this.interfaces()).includes(bridge)) return;
    await this.#kernel.sysctl({ [localRouting(bridge)]: '0' });
  }

  /** Makes a bridge again that somebody removed. @returns false when it is still there, so that is not what was wrong */
  async renew(record: NetworkRecord): Promise<boolean> {
    if ((await this.interfaces()).includes(bridgeName(record))) return false;
    this.#up.delete(record.id);
    await this.up([record]);
    return true;
  }

  /** Of a network's links; undefined leaves it to the kernel. */
  mtu(record: NetworkRecord): number | undefined {
    return parseBridgeOptions(record.options).mtu ?? this.#apart?.mtu;
  }

  /**
   * Why a bridge cannot have these subnets.
   * @param former a bridge that will be gone by then
   * @returns undefined where nothing is in the way
   */
  async conflict(bridge: string, ipam: NetworkRecord['ipam'], former?: string): Promise<string | undefined> {
    const routes = await this.#routes();
    const others = routes.filter(({ device }) => device !== former);
    return conflictWith(others, bridge, subnetsOf({ ipam }));
  }

  /** Those where the bridges are. A table of many thousand takes the engine's thread a while. */
  async #routes(): Promise<readonly Route[]> {
    if (this.#userLand !== undefined) return [];
    return await readRoutes(this.#files, [this.#apart?.tables ?? ownTables]);
  }

  /** Names of the interfaces in the network namespace where the bridges are. */
  async interfaces(): Promise<readonly string[]> {
    if (this.#userLand !== undefined) return this.#userLand.interfaces();
    const text = await this.#files.readText(`${this.#apart?.tables ?? ownTables}/dev`);
    return text
      .split('\n')
      .slice(2)
      .map((line) => line.slice(0, Math.max(line.indexOf(':'), 0)).trim())
      .filter((name) => name !== '');
  }

  /** @returns network id -> why it is not up */
  async #bringUp(records: readonly NetworkRecord[]): Promise<ReadonlyMap<string, unknown>> {
    const failures = await this.#makeBridges(records);
    const good = records.filter(({ id }) => !failures.has(id));
    if (good.length === 0) return failures;
    await this.#firewall.admit(new Map(good.map((record) => [record.id, filtered(record)])));
    // What makes it a way in and out comes after the rules for that.
    for (const record of good) {
      try {
        await this.#open(record);
      } catch (error) {
        failures.set(record.id, error);
      }
    }
    return failures;
  }

  /** @returns network id -> why it has no bridge */
  async #makeBridges(records: readonly NetworkRecord[]): Promise<Map<string, unknown>> {
    const hasIPv6 = await this.#hasIPv6();
    const failures = new Map<string, unknown>();
    // Read once: networks of ours are not in each other's way.
    const routes = await this.#routes();
    for (const record of records) {
      try {
        if (record.enableIPv6 && !hasIPv6) throw new EngineError('system', 'the kernel has no IPv6');
        const reason = conflictWith(routes, bridgeName(record), addressesOf(record));
        if (reason !== undefined) {
          throw new EngineError('forbidden', `network ${record.name}: ${reason}: it needs another subnet`);
        }
        await this.#createBridge(record);
      } catch (error) {
        failures.set(record.id, error);
      }
    }
    return failures;
  }

  async #hasIPv6(): Promise<boolean> {
    return this.#userLand !== undefined || (await this.#files.stat('/proc/sys/net/ipv6')) !== undefined;
  }

  async #createBridge(record: NetworkRecord): Promise<void> {
    const name = bridgeName(record);
    const mtu = this.mtu(record);
    const addresses = addressesOf(record).map(
      ({ gateway, subnet }) => `${gateway === undefined ? '' : formatAddress(gateway)}/${subnet.prefix}`,
    );
    await this.#kernel.createBridge({ name, addresses, ...(mtu === undefined ? {} : { mtu }) });
  }

  async #open(record: NetworkRecord): Promise<void> {
    const name = bridgeName(record);
    const settings: Record<string, string> = { [localRouting(name)]: '1' };
    if (await this.#hasIPv6()) settings[`net/ipv6/conf/${name}/accept_ra`] = '0';
    if (!record.internal && record.enableIPv4) this.#once('net/ipv4/ip_forward', settings);
    if (!record.internal && record.enableIPv6) this.#once('net/ipv6/conf/all/forwarding', settings);
    await this.#kernel.sysctl(settings);
  }

  #once(setting: string, settings: Record<string, string>): void {
    if (this.#host.has(setting)) return;
    this.#host.add(setting);
    settings[setting] = '1';
  }
}

/** Whether what comes to a bridge for 127.0.0.1 is let in. It makes ports that are published there reachable. */
function localRouting(bridge: string): string {
  return `net/ipv4/conf/${bridge}/route_localnet`;
}

/** What a bridge gets: without an address in it, it has no route to a subnet, and is in nobody's way. */
function addressesOf(record: NetworkRecord): readonly NetworkSubnet[] {
  const { inhibit4 } = parseBridgeOptions(record.options);
  return subnetsOf(record).filter(({ gateway, family }) => gateway !== undefined && !(family === 4 && inhibit4));
}

function conflictWith(
  routes: readonly Route[],
  bridge: string,
  subnets: readonly Pick<NetworkSubnet, 'subnet'>[],
): string | undefined {
  for (const { subnet } of subnets) {
    const route = inTheWay(subnet, routes, bridge);
    if (route === undefined) continue;
    return `${formatSubnet(subnet)} overlaps with ${formatSubnet(route)}, which the host reaches by ${route.device}`;
  }
  return undefined;
}

function filtered(record: NetworkRecord): FilteredNetwork {
  const { icc, masquerade, source4, source6 } = parseBridgeOptions(record.options);
  return {
    bridge: bridgeName(record),
    subnets: subnetsOf(record).map(({ subnet }) => subnet),
    internal: record.internal,
    icc,
    masquerade,
    source4,
    source6,
  };
}
