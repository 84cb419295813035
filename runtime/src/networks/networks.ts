// Networks for the API: made, listed, inspected, removed; containers connected and disconnected.

import { EngineError, isKind, messageOf } from '../spec/errors.ts';
import { checkFilterKeys, matchesLabels, type Filters } from '../spec/filters.ts';
import { randomId, shortId, type NetworkId } from '../spec/ids.ts';
import type { Logger } from '../spec/logger.ts';
import { Serial } from '../spec/queue.ts';
import type { EndpointSettings, Network, NetworkConnectRequest, NetworkInspect } from '../spec/api/networks.ts';
import type { MemberLookup, NetworkCreate, Networks } from '../spec/engine/networks.ts';
import type { EventSink } from '../spec/engine/system.ts';
import type { Host } from '../host/host.ts';
import type { Subnet } from '../spec/address.ts';
import type { Addresses } from './addresses.ts';
import type { Attachments } from './attachments.ts';
import { bridgeName, type Bridges } from './bridges.ts';
import { parseBridgeOptions } from './bridge-options.ts';
import type { Catalog } from './catalog.ts';
import { draftNetwork, type SubnetPicker } from './create-request.ts';
import { checkEndpoint, isUserDefined, restingSettings } from './endpoint.ts';
import type { Membership } from './membership.ts';
import { conflict } from './plan.ts';
import { isPredefined, type NetworkRecord, type NetworkStore } from './record.ts';
import { networkFilter, showEndpoints, showNetwork } from './show.ts';
import { untilMs } from './until.ts';

export interface NetworkServiceParts {
  readonly host: Host;
  readonly store: NetworkStore;
  readonly catalog: Catalog;
  readonly attachments: Attachments;
  readonly addresses: Addresses;
  readonly bridges: Bridges;
  readonly membership: Membership;
  readonly members: MemberLookup;
  readonly events: EventSink;
  readonly logger: Logger;
  /** Given back once a network's bridge has its subnet: other engines of this network namespace wait to choose theirs. */
  readonly turn: () => Promise<Disposable | undefined>;
  /** Chooses a subnet, given those that must be left alone. */
  readonly pick: SubnetPicker;
  /** Subnets that the host, or the network where the bridges are, has routes to. */
  readonly routed: () => Promise<readonly Subnet[]>;
}

export class NetworkService implements Networks {
  readonly #parts: NetworkServiceParts;
  readonly #serial = new Serial();

  constructor(parts: NetworkServiceParts) {
    this.#parts = parts;
  }

  async create(request: NetworkCreate): ReturnType<Networks['create']> {
    return this.#serial.run(async () => {
      using _turn = await this.#parts.turn();
      const record = await this.#draft(request);
      await this.#parts.store.save(record);
      this.#parts.catalog.set(record);
      try {
        await this.#parts.bridges.up([record]);
      } catch (error) {
        await this.#discard(record);
        throw error;
      }
      this.#tell('create', record);
      return { Id: record.id, Warning: '' };
    });
  }

  async list(filters: Filters): Promise<readonly Network[]> {
    const matches = await networkFilter(filters, (record) => this.#isUsed(record));
    return this.#parts.catalog
      .all()
      .filter((record) => matches(record))
      .map((record) => showNetwork(record));
  }

  async inspect(ref: string, options: { readonly verbose: boolean; readonly scope?: string }): Promise<NetworkInspect> {
    const record = this.#parts.catalog.find(ref);
    if (!['', 'local'].includes(options.scope ?? '')) throw new EngineError('notFound', `network ${ref} not found`);
    return showNetwork(record, showEndpoints(record.id, this.#parts.attachments));
  }

  async remove(ref: string): Promise<void> {
    await this.#serial.run(async () => {
      const record = this.#parts.catalog.find(ref);
      if (isPredefined(record)) {
        throw new EngineError('forbidden', `${record.name} is a pre-defined network and cannot be removed`);
      }
      const active = this.#parts.attachments.in(record.id);
      if (active.length > 0) {
        const list = active.map(({ member, endpoint }) => `name:"${member.name}" id:"${shortId(endpoint.id)}"`);
        throw new EngineError(
          'forbidden',
          `error while removing network: network ${record.name} has active endpoints (${list.join(', ')})`,
        );
      }
      await this.#remove(record);
    });
  }

  async prune(filters: Filters): ReturnType<Networks['prune']> {
    checkFilterKeys(filters, ['label', 'label!', 'until']);
    const before = untilMs(filters, this.#parts.host.clock.now());
    return this.#serial.run(async () => {
      const doomed = this.#parts.catalog
        .all()
        .filter(
          (record) =>
            isUserDefined(record) &&
            !this.#isUsed(record) &&
            Date.parse(record.created) < before &&
            matchesLabels(filters, record.labels) &&
            !(filters.has('label!') && matchesLabels(filters, record.labels, 'label!')),
        );
      for (const record of doomed) await this.#remove(record);
      this.#parts.events.publish('network', 'prune', { id: '', attributes: { reclaimed: '0' } });
      return { NetworksDeleted: doomed.length === 0 ? null : doomed.map(({ name }) => name) };
    });
  }

  async connect(ref: string, request: NetworkConnectRequest): Promise<void> {
    const network = this.#parts.catalog.find(ref);
    const asked = request.EndpointConfig ?? {};
    const member = await this.#parts.members.resolve(request.Container ?? '');
    const endpoints = await this.#parts.members.endpoints(member.id);
    this.#checkCompatible(member.mode, Object.keys(endpoints), network);
    checkEndpoint(network, asked);
    // The record keeps what was asked for; addresses of this run are in `joined`.
    const settings = { ...restingSettings(asked), NetworkID: network.id };
    const next: Readonly<Record<string, EndpointSettings>> = { ...endpoints, [network.name]: settings };
    if (member.state === 'running') {
      const joined = await this.#parts.membership.connect(member.id, network, asked);
      await this.#parts.members.endpointsChanged(member.id, { endpoints: next, joined });
    } else {
      await this.#parts.members.endpointsChanged(member.id, { endpoints: next });
    }
  }

  async disconnect(ref: string, request: { readonly container: string; readonly force: boolean }): Promise<void> {
    const network = this.#find(ref, request.force);
    const member = await this.#parts.members.resolve(request.container);
    if (member.mode === 'host' && network?.driver === 'host') throw new EngineError('invalidParameter', conflict.host);
    const name = network?.name ?? ref;
    const { [name]: gone, ...rest } = await this.#parts.members.endpoints(member.id);
    if (member.state === 'running' && network !== undefined) {
      const joined = await this.#parts.membership.disconnect(member.id, network);
      await this.#parts.members.endpointsChanged(member.id, { endpoints: rest, joined });
      return;
    }
    if (gone === undefined) {
      throw new EngineError('system', `container ${member.id} is not connected to the network ${name}`);
    }
    await this.#parts.members.endpointsChanged(member.id, { endpoints: rest });
    if (network !== undefined) this.#tell('disconnect', network, { container: member.id });
  }

  /** With force a network that is gone can still be taken out of a container's settings. */
  #find(ref: string, force: boolean): NetworkRecord | undefined {
    try {
      return this.#parts.catalog.find(ref);
    } catch (error) {
      if (force && isKind(error, 'notFound')) return undefined;
      throw error;
    }
  }

  #checkCompatible(mode: string, names: readonly string[], network: NetworkRecord): void {
    if (mode.startsWith('container:')) throw new EngineError('invalidParameter', conflict.shared);
    if ((mode === 'host') !== (network.driver === 'host')) throw new EngineError('invalidParameter', conflict.host);
    for (const name of names) {
      const other = this.#parts.catalog.byName(name);
      if (other === undefined || other.id === network.id) continue;
      if (other.driver === 'host') throw new EngineError('invalidParameter', conflict.shared);
      if (other.driver === 'null' || network.driver === 'null')
        throw new EngineError('invalidParameter', conflict.none);
    }
  }

  async #draft(request: NetworkCreate): Promise<NetworkRecord> {
    const { host, catalog, pick } = this.#parts;
    const routed = await this.#parts.routed();
    const draft = draftNetwork(request, catalog.subnets(), (family, taken) => pick(family, [...taken, ...routed]));
    if (catalog.byName(draft.name) !== undefined) {
      throw new EngineError('conflict', `network with name ${draft.name} already exists`);
    }
    const { name } = parseBridgeOptions(draft.options);
    const other = catalog.all().find((record) => record.driver === 'bridge' && bridgeName(record) === name);
    if (other !== undefined) {
      throw new EngineError(
        'forbidden',
        `cannot create network ${draft.name} (${name ?? ''}): conflicts with network ${other.id} (${other.name}): networks have same bridge name`,
      );
    }
    const foreignBridge = name !== undefined && (await this.#parts.bridges.interfaces()).includes(name);
    const id = randomId((size) => host.random(size)) as NetworkId;
    return { ...draft, id, created: new Date(host.clock.now()).toISOString(), foreignBridge };
  }

  async #remove(record: NetworkRecord): Promise<void> {
    await this.#parts.bridges.down(record);
    await this.#forget(record);
    this.#tell('destroy', record);
  }

  /** What a failed creation has left; its own failure must not hide the first. */
  async #discard(record: NetworkRecord): Promise<void> {
    try {
      await this.#parts.bridges.discard(record);
    } catch (error) {
      this.#parts.logger.warn('bridge of a failed network was not removed', {
        network: record.name,
        reason: messageOf(error),
      });
    }
    await this.#forget(record);
  }

  async #forget(record: NetworkRecord): Promise<void> {
    await this.#parts.store.remove(record.id);
    this.#parts.catalog.delete(record.id);
    this.#parts.addresses.forget(record.id);
  }

  #isUsed(record: NetworkRecord): boolean {
    return this.#parts.attachments.in(record.id).length > 0 || this.#parts.members.usersOf(record).length > 0;
  }

  #tell(action: string, record: NetworkRecord, more: Readonly<Record<string, string>> = {}): void {
    this.#parts.events.publish('network', action, {
      id: record.id,
      attributes: { name: record.name, type: record.driver, ...more },
    });
  }
}
