// Containers in networks: joining at start, leaving at stop, connecting and disconnecting while they run, and taking in
// those that run since before this daemon. Operations on one container follow each other.

import { EngineError, isEngineError, messageOf } from '../spec/errors.ts';
import type { Logger } from '../spec/logger.ts';
import { KeyedQueue } from '../spec/queue.ts';
import type { EndpointSettings } from '../spec/api/networks.ts';
import type {
  ContainerNetworks,
  EndpointPlan,
  Joined,
  JoinedRecord,
  JoinRequest,
  NetworkMember,
} from '../spec/engine/networks.ts';
import type { EventSink } from '../spec/engine/system.ts';
import type { NetworkKernel } from '../host/kernel.ts';
import { parseAddress } from '../spec/address.ts';
import type { Addresses } from './addresses.ts';
import { joinedRecord, publishTarget, type Attachment, type Attachments } from './attachments.ts';
import { parseBridgeOptions } from './bridge-options.ts';
import type { Catalog } from './catalog.ts';
import { parseExtraHost } from './container-files.ts';
import { checkEndpoint, restingSettings, type Endpoint } from './endpoint.ts';
import type { Naming } from './naming.ts';
import { planEndpoints } from './plan.ts';
import { planPorts, shownPorts, type WantedPort } from './port-plan.ts';
import { nothingPublished, type Published, type Publisher } from './publisher.ts';
import type { NetworkRecord } from './record.ts';
import { defaultRoutes, wantedPorts } from './way-out.ts';
import type { Wiring } from './wiring.ts';

export interface MembershipParts {
  readonly kernel: Pick<NetworkKernel, 'setDefaultRoutes'>;
  readonly catalog: Catalog;
  readonly attachments: Attachments;
  readonly addresses: Addresses;
  readonly wiring: Wiring;
  readonly publisher: Publisher;
  readonly naming: Naming;
  readonly events: EventSink;
  readonly logger: Logger;
  readonly dnsSocket: string;
}

export class Membership implements ContainerNetworks {
  readonly dnsSocket: string;
  readonly #parts: MembershipParts;
  readonly #queue = new KeyedQueue();

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.dnsSocket = parts.dnsSocket;
  }

  async check(request: EndpointPlan): Promise<Readonly<Record<string, EndpointSettings>>> {
    planPorts({ portBindings: request.portBindings, exposedPorts: {}, publishAll: false });
    const { networks, absent } = planEndpoints(this.#parts.catalog, request);
    const planned = networks.map(({ network, asked }) => [network.name, restingSettings(asked)] as const);
    return { ...absent, ...Object.fromEntries(planned) };
  }

  async join(member: NetworkMember, request: JoinRequest): Promise<Joined> {
    try {
      return await this.#queue.run(member.id, () => this.#join(member, request));
    } catch (error) {
      if (!isEngineError(error)) throw error;
      throw new EngineError(error.kind, `failed to set up container networking: ${error.message}`, { cause: error });
    }
  }

  async leave(memberId: string): Promise<void> {
    await this.#queue.run(memberId, async () => {
      const attachment = this.#parts.attachments.get(memberId);
      if (attachment === undefined) return;
      this.#parts.attachments.delete(memberId);
      this.#parts.naming.forget(memberId);
      try {
        await this.#parts.publisher.withdraw(attachment.published);
      } catch (error) {
        this.#parts.logger.warn('published ports were not withdrawn', {
          container: memberId,
          reason: messageOf(error),
        });
      }
      for (const endpoint of attachment.endpoints.values()) {
        this.#parts.wiring.release(endpoint);
        this.#tell('disconnect', endpoint.network, memberId);
      }
    });
  }

  async restore(member: NetworkMember, request: JoinRequest, joined: JoinedRecord): Promise<void> {
    await this.#queue.run(member.id, async () => {
      const endpoints = new Map<string, Endpoint>();
      const absent: Record<string, EndpointSettings> = {};
      for (const [name, settings] of Object.entries(joined.endpoints)) {
        // It was started where there was no default network; there may be one by now, but it is not in that.
        if (name === 'bridge' && (settings.EndpointID ?? '') === '') {
          absent[name] = settings;
          continue;
        }
        const network = this.#parts.catalog.byId(settings.NetworkID ?? '') ?? this.#parts.catalog.byName(name);
        if (network === undefined) {
          this.#parts.logger.warn('running container is in a network that is gone', {
            container: member.id,
            network: name,
          });
          continue;
        }
        const device =
          joined.devices?.[name] ?? `${parseBridgeOptions(network.options).interfacePrefix}${endpoints.size}`;
        endpoints.set(network.id, this.#restored(network, settings, device));
      }
      const attachment: Attachment = {
        member,
        request,
        endpoints,
        absent,
        published: nothingPublished,
        ports: joined.ports,
      };
      const target = publishTarget(attachment);
      if (target !== undefined) {
        attachment.published = await this.#parts.publisher.restore(joined.ports, joined.proxyPid, target);
      }
      this.#parts.attachments.set(attachment);
      await this.#parts.naming.know(attachment);
    });
  }

  async rename(memberId: string, name: string): Promise<Readonly<Record<string, EndpointSettings>>> {
    return this.#queue.run(memberId, async () => {
      const attachment = this.#parts.attachments.get(memberId);
      if (attachment === undefined) return {};
      attachment.member = { ...attachment.member, name };
      await this.#parts.naming.know(attachment);
      return joinedRecord(attachment).endpoints;
    });
  }

  /**
   * Puts a running container into one more network.
   * @throws EngineError forbidden when it is in it already, and whatever hinders the endpoint; nothing is left then
   */
  async connect(memberId: string, network: NetworkRecord, asked: EndpointSettings): Promise<Joined> {
    return this.#queue.run(memberId, async () => {
      const attachment = this.#running(memberId);
      checkEndpoint(network, asked);
      if (attachment.endpoints.has(network.id)) {
        throw new EngineError(
          'forbidden',
          `endpoint with name ${attachment.member.name} already exists in network ${network.name}`,
        );
      }
      await using undo = new AsyncDisposableStack();
      const place = { netns: attachment.request.netns, isOnly: false };
      const endpoint = await this.#plug(network, asked, attachment.endpoints, place, undo);
      const next = new Map(attachment.endpoints).set(network.id, endpoint);
      await this.#reroute(attachment, next, undo);
      undo.move();
      this.#tell('connect', network, memberId);
      return this.#joined(attachment);
    });
  }

  /** @throws EngineError system `container … is not connected to network …` */
  async disconnect(memberId: string, network: NetworkRecord): Promise<Joined> {
    return this.#queue.run(memberId, async () => {
      const attachment = this.#running(memberId);
      const endpoint = attachment.endpoints.get(network.id);
      if (endpoint === undefined) {
        throw new EngineError('system', `container ${memberId} is not connected to network ${network.name}`);
      }
      await using undo = new AsyncDisposableStack();
      const next = new Map(attachment.endpoints);
      next.delete(network.id);
      await this.#reroute(attachment, next, undo);
      undo.move();
      await this.#parts.wiring.unplug(endpoint);
      this.#parts.wiring.release(endpoint);
      this.#tell('disconnect', network, memberId);
      return this.#joined(attachment);
    });
  }

  async #join(member: NetworkMember, request: JoinRequest): Promise<Joined> {
    const { networks: planned, absent } = planEndpoints(this.#parts.catalog, request);
    for (const entry of request.extraHosts) parseExtraHost(entry);
    const endpoints = new Map<string, Endpoint>();
    await using undo = new AsyncDisposableStack();
    for (const { network, asked } of planned) {
      const place = { netns: request.netns, isOnly: planned.length === 1 };
      endpoints.set(network.id, await this.#plug(network, asked, endpoints, place, undo));
    }
    const routes = defaultRoutes(endpoints);
    if (planned.length > 1 && routes.length > 0) await this.#parts.kernel.setDefaultRoutes(request.netns, routes);
    const attachment: Attachment = { member, request, endpoints, absent, published: nothingPublished, ports: {} };
    attachment.published = await this.#publish(attachment, wantedPorts(attachment));
    undo.defer(() => this.#parts.publisher.withdraw(attachment.published));
    const joined = await this.#joined(attachment);
    undo.move();
    this.#parts.attachments.set(attachment);
    for (const { network } of planned) this.#tell('connect', network, member.id);
    return joined;
  }

  /** The first and only endpoint of a container is its way out as well, for which the kernel need not be asked again. */
  async #plug(
    network: NetworkRecord,
    asked: EndpointSettings,
    others: ReadonlyMap<string, Endpoint>,
    { netns, isOnly }: { readonly netns: string; readonly isOnly: boolean },
    undo: AsyncDisposableStack,
  ): Promise<Endpoint> {
    const { wiring } = this.#parts;
    const devices = [...others.values()].map(({ device }) => device);
    const endpoint = wiring.reserve(network, asked, devices);
    undo.defer(() => wiring.release(endpoint));
    undo.defer(() => wiring.unplug(endpoint));
    const routes = isOnly ? defaultRoutes(new Map([[network.id, endpoint]])) : [];
    await wiring.plug(
      endpoint,
      netns,
      routes.map(({ gateway }) => gateway),
    );
    return endpoint;
  }

  /** Makes `next` the container's endpoints: its way out and its published ports follow. */
  async #reroute(attachment: Attachment, next: Map<string, Endpoint>, undo: AsyncDisposableStack): Promise<void> {
    const { netns } = attachment.request;
    const before = new Map(attachment.endpoints);
    const target = publishTarget({ ...attachment, endpoints: next });
    const moves = JSON.stringify(publishTarget(attachment)) !== JSON.stringify(target);
    const routes = defaultRoutes(next);
    if (JSON.stringify(defaultRoutes(before)) !== JSON.stringify(routes)) {
      undo.defer(() => this.#parts.kernel.setDefaultRoutes(netns, defaultRoutes(before)));
      await this.#parts.kernel.setDefaultRoutes(netns, routes);
    }
    replaceAll(attachment.endpoints, next);
    undo.defer(() => replaceAll(attachment.endpoints, before));
    if (!moves) return;
    const held = attachment.published.reserved.map((port) => ({ ...port, from: port.hostPort, to: port.hostPort }));
    const wanted = held.length > 0 ? held : wantedPorts(attachment);
    if (wanted.length === 0) return;
    await this.#parts.publisher.withdraw(attachment.published);
    attachment.published = nothingPublished;
    attachment.published = await this.#publish(attachment, wanted);
  }

  async #publish(attachment: Attachment, wanted: readonly WantedPort[]): Promise<Published> {
    const target = publishTarget(attachment);
    return target === undefined ? nothingPublished : this.#parts.publisher.publish(wanted, target);
  }

  async #joined(attachment: Attachment): Promise<Joined> {
    const isNowhere = attachment.endpoints.size === 0;
    const shown = isNowhere ? [] : shownPorts(attachment.request);
    attachment.ports = this.#parts.publisher.show(attachment.published, shown);
    const files = await this.#parts.naming.files(attachment);
    await this.#parts.naming.know(attachment);
    return { ...joinedRecord(attachment), ...files };
  }

  #restored(network: NetworkRecord, settings: EndpointSettings, device: string): Endpoint {
    const assigned = (text: string) => {
      const address = parseAddress(text);
      return address === undefined ? undefined : this.#parts.addresses.restore(network, address);
    };
    const isCabled = network.driver === 'bridge';
    return {
      id: settings.EndpointID ?? '',
      network,
      asked: settings,
      device: isCabled ? device : '',
      mac: settings.MacAddress ?? '',
      ipv4: assigned(settings.IPAddress ?? ''),
      ipv6: assigned(settings.GlobalIPv6Address ?? ''),
    };
  }

  #running(memberId: string): Attachment {
    const attachment = this.#parts.attachments.get(memberId);
    if (attachment === undefined) throw new EngineError('conflict', `container ${memberId} is not running`);
    return attachment;
  }

  #tell(action: string, network: NetworkRecord, container: string): void {
    const attributes = { container, name: network.name, type: network.driver };
    this.#parts.events.publish('network', action, { id: network.id, attributes });
  }
}

function replaceAll<K, V>(target: Map<K, V>, source: ReadonlyMap<K, V>): void {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}
