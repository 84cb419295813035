// What a container knows of names: the contents of its files, and what the embedded server answers it.

import type { Joined, JoinRequest } from '../spec/engine/networks.ts';
import type { Clock, Files, Host } from '../host/host.ts';
import { formatAddress } from '../spec/address.ts';
import { hostAddress, type ApartNetwork } from './apart.ts';
import type { Attachment } from './attachments.ts';
import type { Catalog } from './catalog.ts';
import {
  effectiveResolvers,
  hostResolvers,
  hostsFile,
  resolvConf,
  sharedHostsFile,
  type ResolverConfig,
} from './container-files.ts';
import type { DnsZone } from './dns-zone.ts';
import { dnsNames, isUserDefined, type Endpoint } from './endpoint.ts';
import { subnetsOf } from './record.ts';
import { textOf } from './text-of.ts';

/** How long the host's resolv.conf is taken for unchanged, so that a burst of starts reads it once. */
const hostConfigMs = 1000;

export class Naming {
  readonly #files: Pick<Files, 'readText'>;
  readonly #clock: Clock;
  readonly #catalog: Catalog;
  readonly #zone: DnsZone;
  readonly #daemon: ResolverConfig;
  readonly #apart: ApartNetwork | undefined;
  #host: { readonly config: Promise<ResolverConfig>; readonly readAt: number } | undefined;

  /** @param daemon what the daemon's own options say about resolvers */
  constructor(
    host: Pick<Host, 'files' | 'clock'>,
    catalog: Catalog,
    zone: DnsZone,
    daemon: ResolverConfig,
    apart?: ApartNetwork,
  ) {
    this.#apart = apart;
    this.#files = host.files;
    this.#clock = host.clock;
    this.#catalog = catalog;
    this.#zone = zone;
    this.#daemon = daemon;
  }

  async files(attachment: Attachment): Promise<Pick<Joined, 'hosts' | 'resolvConf' | 'needsDns'>> {
    const { member, request } = attachment;
    const endpoints = [...attachment.endpoints.values()];
    if (endpoints.some(({ network }) => network.driver === 'host')) return this.#sharedFiles(request);
    const addresses = endpoints
      .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6])
      .filter((assigned) => assigned !== undefined)
      .map(({ address }) => formatAddress(address));
    const needsDns = endpoints.some(({ network }) => isUserDefined(network));
    // The server answers for links on user-defined networks, for they follow addresses; it knows nothing of the default one.
    const links = request.mode === 'bridge' ? request.links : [];
    return {
      hosts: hostsFile(member, addresses, { extraHosts: request.extraHosts, links }, await this.#hostGateway()),
      resolvConf: resolvConf(await this.#containerResolvers(request), needsDns),
      needsDns,
    };
  }

  /** Lets the embedded server know the container as it is now. */
  async know(attachment: Attachment): Promise<void> {
    const { member, request } = attachment;
    const endpoints = [...attachment.endpoints.values()];
    const named = endpoints.filter(({ network }) => isUserDefined(network));
    if (named.length === 0) {
      this.forget(member.id);
      return;
    }
    const { nameservers } = await this.#resolvers(request);
    this.#zone.set(member.id, {
      entries: named.map(({ network, asked, ipv4, ipv6 }) => ({
        network,
        names: dnsNames(member, network, asked) ?? [],
        addresses: [ipv4, ipv6].filter((assigned) => assigned !== undefined).map(({ address }) => address),
      })),
      aliases: linkAliases(named, request),
      servers: nameservers,
      reachesOut: endpoints.some(({ network }) => !network.internal),
    });
  }

  forget(memberId: string): void {
    this.#zone.delete(memberId);
  }

  async #sharedFiles(request: JoinRequest): Promise<Pick<Joined, 'hosts' | 'resolvConf' | 'needsDns'>> {
    const hosts = sharedHostsFile(await textOf(this.#files, '/etc/hosts'), request, await this.#hostGateway());
    const isOwn =
      this.#apart !== undefined || [request.dns, request.dnsSearch, request.dnsOptions].some((list) => list.length > 0);
    const host = await textOf(this.#files, '/etc/resolv.conf');
    return {
      hosts,
      resolvConf: isOwn ? resolvConf(await this.#containerResolvers(request), false) : host,
      needsDns: false,
    };
  }

  #hostConfig(): Promise<ResolverConfig> {
    const now = this.#clock.now();
    if (this.#host === undefined || Math.abs(now - this.#host.readAt) > hostConfigMs) {
      this.#host = { config: hostResolvers(this.#files), readAt: now };
    }
    return this.#host.config;
  }

  /** As containers have to ask themselves: from a network apart the host's servers are reached through the one of its way out. */
  async #containerResolvers(request: JoinRequest): Promise<ResolverConfig> {
    const nameserver = this.#apart?.nameserver ?? '';
    if (nameserver === '') return this.#resolvers(request);
    return effectiveResolvers(request, this.#daemon, { ...(await this.#hostConfig()), nameservers: [nameserver] });
  }

  /** As the daemon asks for them. */
  async #resolvers(request: JoinRequest): Promise<ResolverConfig> {
    return effectiveResolvers(request, this.#daemon, await this.#hostConfig());
  }

  async #hostGateway(): Promise<readonly string[]> {
    if (this.#apart !== undefined) {
      const address = await hostAddress(this.#files);
      return address === undefined ? [] : [address];
    }
    const bridge = this.#catalog.byName('bridge');
    if (bridge === undefined) return [];
    return subnetsOf(bridge).flatMap(({ gateway }) => (gateway === undefined ? [] : [formatAddress(gateway)]));
  }
}

/** `db:database` of an endpoint's links, and legacy links: alias -> name. */
function linkAliases(endpoints: readonly Endpoint[], request: JoinRequest): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const { alias, name } of request.links) aliases.set(alias.toLowerCase(), name);
  for (const link of endpoints.flatMap(({ asked }) => asked.Links ?? [])) {
    const [name = '', alias = name] = link.split(':');
    aliases.set(alias.toLowerCase(), name);
  }
  return aliases;
}
