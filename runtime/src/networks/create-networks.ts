// Puts the room together, and its life: load, (containers restore), start, close.

import { isKind, messageOf } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import type { ContainerNetworks, MemberLookup, Networks } from '../spec/engine/networks.ts';
import type { EventSink } from '../spec/engine/system.ts';
import type { Host } from '../host/host.ts';
import type { NetworkKernel } from '../host/kernel.ts';
import type { Family, Subnet } from '../spec/address.ts';
import { Addresses } from './addresses.ts';
import { ownTables, usualMtu, type ApartNetwork, type UserLand } from './apart.ts';
import { Attachments } from './attachments.ts';
import { bridgeName, Bridges } from './bridges.ts';
import { Catalog } from './catalog.ts';
import { DnsZone, type DnsSockets } from './dns-zone.ts';
import { Firewall } from './firewall.ts';
import { firewallWarnings } from './firewall-warnings.ts';
import { HostPorts } from './host-ports.ts';
import { Membership } from './membership.ts';
import { Naming } from './naming.ts';
import { NetworkService } from './networks.ts';
import { defaultBridge, noBridge, predefined } from './predefined.ts';
import { Proxies } from './proxies.ts';
import { Publisher, type PortHolder } from './publisher.ts';
import { NetworkStore, type NetworkRecord } from './record.ts';
import { readRoutes } from './routes.ts';
import { defaultPools, pickSubnet, ulaPool, type PoolSpec } from './subnets.ts';
import { Wiring } from './wiring.ts';

export interface NetworksOptions {
  readonly host: Host;
  readonly kernel: NetworkKernel;
  readonly dnsSockets: DnsSockets;
  readonly portHolder: PortHolder;
  readonly members: MemberLookup;
  readonly events: EventSink;
  readonly logger: Logger;
  /** `<data-root>/networks` */
  readonly root: string;
  /** `<exec-root>/dns.sock`; notes about proxies lie beside it. */
  readonly dnsSocket: string;
  /** The default bridge, which also names the firewall table; `none` for no default network. */
  readonly bridge: string;
  /** Address of the default bridge in CIDR; absent: picked from the pools. */
  readonly bip?: string | undefined;
  /** The daemon's own resolver settings; empty lists leave it to the host. */
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOptions?: readonly string[];
  readonly pools?: readonly PoolSpec[];
  /** Held while a subnet is chosen and until its bridge has it, by one engine of this network namespace at a time. */
  readonly subnetTurn?: (() => Promise<Disposable>) | undefined;
  /** Holds a bridge that was the default one, so that no other engine takes it. @throws EngineError conflict where one has it */
  readonly holdBridge?: ((bridge: string) => Disposable) | undefined;
  /** Where the containers' network is not the daemon's own. */
  readonly apart?: ApartNetwork;
  /** Where all containers' networks are in user land. */
  readonly userLand?: UserLand;
}

export interface NetworkRoom {
  readonly networks: Networks;
  readonly containerNetworks: ContainerNetworks;
  /** Reads records and makes the predefined networks. Before anything else. */
  load(): Promise<void>;
  /**
   * After the containers that run have been restored: brings the name server up, and in the background bridges and
   * firewall; whoever joins a network waits for its bridge.
   */
  start(): Promise<void>;
  /** Settles when what `start` left to the background is done. */
  settled(): Promise<void>;
  /** Ends the name server; with no container left also takes bridges and firewall down. Shims and containers live on. */
  close(): Promise<void>;
  /** What about the host's firewall keeps containers from the outside; for info. */
  warnings(): Promise<readonly string[]>;
  /** Number of networks; for the store check. */
  readonly count: number;
}

export function createNetworks(options: NetworksOptions): NetworkRoom {
  return new Room(options);
}

class Room implements NetworkRoom {
  readonly networks: Networks;
  readonly containerNetworks: ContainerNetworks;
  readonly #options: NetworksOptions;
  readonly #store: NetworkStore;
  readonly #catalog = new Catalog();
  readonly #attachments = new Attachments();
  readonly #firewall: Firewall;
  readonly #bridges: Bridges;
  readonly #zone = new DnsZone();
  readonly #proxies: Proxies;
  /** Bridge of an earlier start that has another name now. */
  #formerBridge: string | undefined;
  /** What names the firewall table: of engines without a default bridge there may be several. */
  readonly #table: string;
  /** What named the tables that earlier starts may have left: bridges, or none. */
  #formers: readonly string[] = [];
  /** Of the former bridge, as long as containers run in it. */
  #heldBridge: Disposable | undefined;
  #dnsServer: AsyncDisposable | undefined;
  #raised: Promise<void> = Promise.resolve();

  constructor(options: NetworksOptions) {
    const { host, kernel, events, logger, members } = options;
    const random = (size: number) => host.random(size);
    this.#options = options;
    this.#store = new NetworkStore(host.files, options.root, logger);
    this.#table = options.bridge === noBridge ? tableWithoutBridge(options) : options.bridge;
    this.#firewall = new Firewall(kernel, this.#table, logger);
    this.#bridges = new Bridges(kernel, host.files, this.#firewall, options);
    this.#proxies = new Proxies(kernel, host.files, `${parentOf(options.dnsSocket)}/proxies`, logger);
    const catalog = this.#catalog;
    const attachments = this.#attachments;
    const addresses = new Addresses();
    const resolvers = {
      nameservers: options.dns ?? [],
      search: options.dnsSearch ?? [],
      options: options.dnsOptions ?? [],
    };
    const membership = new Membership({
      kernel,
      catalog,
      attachments,
      addresses,
      wiring: new Wiring(kernel, this.#bridges, addresses, random),
      publisher: new Publisher({
        kernel,
        logger,
        proxies: this.#proxies,
        files: host.files,
        firewall: this.#firewall,
        ports: new HostPorts(host.files, random),
        holder: options.portHolder,
      }),
      naming: new Naming(host, catalog, this.#zone, resolvers, options.apart),
      events,
      logger,
      dnsSocket: options.dnsSocket,
    });
    this.containerNetworks = membership;
    this.networks = new NetworkService({
      host,
      store: this.#store,
      catalog,
      attachments,
      addresses,
      bridges: this.#bridges,
      membership,
      members,
      events,
      logger,
      turn: async () => await options.subnetTurn?.(),
      pick: (family, taken) => this.#pick(family, taken),
      routed: () => this.#routed(),
    });
  }

  get count(): number {
    return this.#catalog.all().length;
  }

  async load(): Promise<void> {
    for (const record of await this.#store.load()) this.#catalog.set(record);
    const missing = (
      [
        ['host', 'host'],
        ['none', 'null'],
      ] as const
    ).filter(([name]) => this.#catalog.byName(name) === undefined);
    this.#formers = await this.#findFormers();
    const made = missing.map(([name, driver]) => predefined(this.#options.host, name, driver));
    await Promise.all([...made.map((record) => this.#keep(record)), this.#defaultNetwork()]);
  }

  async start(): Promise<void> {
    this.#dnsServer = await this.#options.dnsSockets.serve(this.#options.dnsSocket, (question) =>
      this.#zone.resolve(question),
    );
    await this.#proxies.sweep();
    for (const former of this.#formers) await this.#leave(former);
    await this.#noteTable();
    this.#raised = this.#raise();
  }

  async settled(): Promise<void> {
    await this.#raised;
  }

  async close(): Promise<void> {
    await this.#dnsServer?.[Symbol.asyncDispose]();
    this.#dnsServer = undefined;
    await this.#raised;
    if (!this.#attachments.isEmpty) return;
    for (const record of this.#catalog.all()) await this.#bridges.down(record);
    this.#heldBridge?.[Symbol.dispose]();
  }

  async warnings(): Promise<readonly string[]> {
    // Of another network than the host's.
    if (this.#options.apart !== undefined || this.#options.userLand !== undefined) return [];
    return firewallWarnings(this.#options.host.files, await this.#bridges.interfaces());
  }

  async #raise(): Promise<void> {
    try {
      await this.#bridges.up(this.#catalog.all());
    } catch (error) {
      // One bad network must not keep the others down: each is tried again when a container wants it.
      this.#options.logger.warn('networks did not come up', { reason: messageOf(error) });
    }
  }

  async #findFormers(): Promise<readonly string[]> {
    const { files } = this.#options.host;
    const known = this.#catalog.byName('bridge');
    const noted = (await files.stat(this.#tableNote)) === undefined ? '' : await files.readText(this.#tableNote);
    // Where containers ran in the bridge while there was to be none, both were used.
    const names = new Set([noted, known === undefined ? '' : bridgeName(known)]);
    return [...names].filter((name) => name !== '' && name !== this.#table);
  }

  /** It lies where nothing outlives the machine's start, as tables do not. */
  get #tableNote(): string {
    return `${parentOf(this.#options.dnsSocket)}/table`;
  }

  async #noteTable(): Promise<void> {
    await this.#options.host.files.writeAtomic(this.#tableNote, this.#table, { mode: 0o600, durable: false });
  }

  async #leave(former: string): Promise<void> {
    const { bridge, kernel } = this.#options;
    const held = this.#hold(former);
    if (held !== undefined) {
      if (this.#formerBridge !== former) await this.#bridges.shut(former);
      await this.#firewall.removeFormer(former);
      if (this.#formerBridge === former) await kernel.deleteLink(former);
    }
    const stays = bridge === noBridge && (await this.#staysWithout(former, held !== undefined));
    if (stays) this.#heldBridge = held;
    else held?.[Symbol.dispose]();
  }

  /** @returns undefined where it is another engine's by now */
  #hold(bridge: string): Disposable | undefined {
    const { holdBridge, logger } = this.#options;
    try {
      return holdBridge?.(bridge) ?? { [Symbol.dispose]: () => undefined };
    } catch (error) {
      if (!isKind(error, 'conflict')) throw error;
      logger.warn('another engine has the bridge of an earlier start: it is left as it is', { bridge });
      return undefined;
    }
  }

  /** The default network of an earlier start goes, unless containers run in it, as with dockerd. @param isOurs its bridge, too */
  async #staysWithout(bridge: string, isOurs: boolean): Promise<boolean> {
    const known = this.#catalog.byName('bridge');
    if (known === undefined || bridgeName(known) !== bridge) return false;
    if (this.#attachments.in(known.id).length > 0) {
      this.#options.logger.warn('there are running containers in the default network: it goes at a start without them');
      return true;
    }
    if (isOurs && !known.foreignBridge) await this.#options.kernel.deleteLink(bridge);
    await this.#store.remove(known.id);
    this.#catalog.delete(known.id);
    return false;
  }

  async #defaultNetwork(): Promise<void> {
    const { bridge, subnetTurn } = this.#options;
    if (bridge === noBridge) return;
    if (subnetTurn === undefined || (await this.#bridges.interfaces()).includes(bridge)) {
      await this.#defaultBridge();
      return;
    }
    using _turn = await subnetTurn();
    await this.#bridges.claim(await this.#defaultBridge());
  }

  async #defaultBridge(): Promise<NetworkRecord> {
    const { host, bridge, bip, apart } = this.#options;
    const known = this.#catalog.byName('bridge');
    const before = known === undefined || known.foreignBridge ? bridge : bridgeName(known);
    const former = before === bridge ? undefined : before;
    const record = await defaultBridge(host, known, {
      bridge,
      bip: bip ?? '',
      exists: (await this.#bridges.interfaces()).includes(bridge),
      mtu: apart?.mtu ?? usualMtu,
      tables: apart?.tables ?? ownTables,
      pick: async () => this.#pick(4, [...this.#catalog.subnets(), ...(await this.#routed())]),
      conflict: (ipam) => this.#bridges.conflict(bridge, ipam, former),
    });
    if (record === known) return known;
    this.#formerBridge = former;
    const [old, subnet] = [known, record].map((network) => network?.ipam[0]?.Subnet);
    if (old !== undefined && old !== subnet) {
      this.#options.logger.info('default network has another subnet', { before: old, after: subnet });
    }
    await this.#keep(record);
    return record;
  }

  /** Where nothing of ours may be put: what the host reaches, and what the containers' own network has. */
  #routed(): Promise<readonly Subnet[]> {
    const { host, apart } = this.#options;
    return readRoutes(host.files, [ownTables, ...(apart === undefined ? [] : [apart.tables])]);
  }

  #pick(family: Family, taken: readonly Subnet[]): Subnet {
    const configured = this.#options.pools ?? defaultPools;
    const pools = family === 4 ? configured : [ulaPool((size) => this.#options.host.random(size))];
    return pickSubnet(pools, family, taken);
  }

  async #keep(record: NetworkRecord): Promise<void> {
    await this.#store.save(record);
    this.#catalog.set(record);
  }
}

function tableWithoutBridge({ host, root }: Pick<NetworksOptions, 'host' | 'root'>): string {
  const hasher = host.codec.hasher('sha256');
  hasher.update(new TextEncoder().encode(root));
  return `none_${hasher.hex().slice(0, 12)}`;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
