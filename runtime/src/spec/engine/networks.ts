// What the engine offers about networks, as the API calls it, and what the containers room asks of them. `networks/`
// implements both.

import type { EndpointSettings, Network, NetworkConnectRequest, NetworkInspect } from '../api/networks.ts';
import type { PortMap } from '../api/containers.ts';
import type { Filters } from '../filters.ts';

export interface Networks {
  /** Body of POST /networks/create, decoded as JSON but not checked. `checkDuplicate`: before API 1.44 names may repeat unless asked. */
  create(request: NetworkCreate): Promise<{ readonly Id: string; readonly Warning: string }>;
  list(filters: Filters): Promise<readonly Network[]>;
  inspect(ref: string, options: { readonly verbose: boolean; readonly scope?: string }): Promise<NetworkInspect>;
  remove(ref: string): Promise<void>;
  prune(filters: Filters): Promise<{ readonly NetworksDeleted: readonly string[] | null }>;
  connect(ref: string, request: NetworkConnectRequest): Promise<void>;
  disconnect(ref: string, request: { readonly container: string; readonly force: boolean }): Promise<void>;
}

export interface NetworkCreate extends Omit<Network, 'Id' | 'Created'> {
  readonly Name: string;
  readonly CheckDuplicate?: boolean | null;
}

/** What a container is to the networks room. */
export interface NetworkMember {
  readonly id: string;
  /** Without slash. */
  readonly name: string;
  readonly hostname: string;
  readonly domainname: string;
}

/** What the containers room asks of networks; the engine passes `networks` in. */
export interface ContainerNetworks {
  /**
   * At create: checks that each network exists, addresses fit, ports parse.
   * @returns the endpoints to keep in the container's record (network name as requested -> settings, empty ones filled in)
   * @throws notFound `network x not found`, invalidParameter …
   */
  check(request: EndpointPlan): Promise<Readonly<Record<string, EndpointSettings>>>;
  /** At start, into a pinned namespace: interfaces, addresses, routes, published ports. All or nothing. */
  join(member: NetworkMember, request: JoinRequest): Promise<Joined>;
  /** At stop: releases addresses and ports; the namespace may be gone already. Idempotent. */
  leave(memberId: string): Promise<void>;
  /** After a restart of the daemon, for containers that still run: takes addresses and ports in again. */
  restore(member: NetworkMember, request: JoinRequest, joined: JoinedRecord): Promise<void>;
  /** Names for DNS follow a rename. @returns the endpoints as inspect shows them now; empty when it does not run */
  rename(memberId: string, name: string): Promise<Readonly<Record<string, EndpointSettings>>>;
  /** The unix socket that shims relay DNS to. */
  readonly dnsSocket: string;
}

export interface EndpointPlan {
  /** `bridge`, `none`, `host`, `default`, a network's name or id. Not `container:…`. */
  readonly mode: string;
  readonly endpoints: Readonly<Record<string, EndpointSettings>>;
  readonly portBindings: PortMap;
}

export interface JoinRequest extends EndpointPlan {
  readonly netns: string;
  /** `80/tcp` -> {}. */
  readonly exposedPorts: Readonly<Record<string, unknown>>;
  readonly publishAll: boolean;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** `host:ip`; `host-gateway` is resolved by networks. */
  readonly extraHosts: readonly string[];
  /** `container:alias` (legacy links), resolved by the containers room to name, alias, addresses. */
  readonly links: readonly { readonly name: string; readonly alias: string; readonly ip: string }[];
}

/** JSON, kept in the container's record while it runs. */
export interface JoinedRecord {
  /** Endpoint settings as inspect shows them: IPAddress, MacAddress, Gateway, NetworkID, EndpointID, Aliases, DNSNames … */
  readonly endpoints: Readonly<Record<string, EndpointSettings>>;
  /** Network name -> interface inside the container; kept with the rest, so that a later daemon finds it. */
  readonly devices?: Readonly<Record<string, string>>;
  /** NetworkSettings.Ports. */
  readonly ports: PortMap;
  /** The process that holds published ports, 0 for none. */
  readonly proxyPid: number;
  /** Legacy links as they were resolved at the start; kept, since a later daemon cannot resolve them again when the other
   * container has stopped or has another name. */
  readonly links?: JoinRequest['links'];
}

export interface Joined extends JoinedRecord {
  /** Contents of the container's files. */
  readonly hosts: string;
  readonly resolvConf: string;
  /** True when a user-defined network needs 127.0.0.11 in the namespace. */
  readonly needsDns: boolean;
}

/** What networks asks of containers, for connect and disconnect; the engine passes it in. */
export interface MemberLookup {
  /** @throws notFound `No such container: x` */
  resolve(
    ref: string,
  ): Promise<
    NetworkMember & { readonly state: 'running' | 'stopped'; readonly netns: string | undefined; readonly mode: string }
  >;
  /** Writes changed endpoints into the container's record and, when running, its hosts and resolv.conf and DNS relay. */
  endpointsChanged(
    id: string,
    change: { readonly endpoints: Readonly<Record<string, EndpointSettings>>; readonly joined?: Joined },
  ): Promise<void>;
  /** Endpoint settings kept for a container that does not run (network name -> settings). */
  endpoints(id: string): Promise<Readonly<Record<string, EndpointSettings>>>;
  /** Ids of containers, running or not, whose record names this network: for `remove` and `prune`. */
  usersOf(network: { readonly id: string; readonly name: string }): readonly string[];
}
