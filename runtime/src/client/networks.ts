// The Engine API's calls about networks and volumes.

import type { EndpointSettings, IPAM, Network, NetworkCreateResponse, NetworkSummary } from '../spec/api/networks.ts';
import type { Volume, VolumeCreateRequest, VolumeListResponse } from '../spec/api/volumes.ts';
import type { Http } from './http.ts';
import { encodeFilters } from './query.ts';
import type { FilterQuery } from './query.ts';

export interface NetworkCreateBody {
  readonly Name: string;
  readonly Driver?: string;
  readonly Scope?: string;
  readonly EnableIPv4?: boolean;
  readonly EnableIPv6?: boolean;
  readonly Internal?: boolean;
  readonly Attachable?: boolean;
  readonly IPAM?: IPAM;
  readonly Options?: Readonly<Record<string, string>>;
  readonly Labels?: Readonly<Record<string, string>>;
  /** Asked for by engines before API 1.44 to refuse a second network of the same name. */
  readonly CheckDuplicate?: boolean;
}

const networkPart = (name: string): string => `/networks/${encodeURIComponent(name)}`;
const volumePart = (name: string): string => `/volumes/${encodeURIComponent(name)}`;

export class NetworksClient {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async list(filters?: FilterQuery, signal?: AbortSignal): Promise<NetworkSummary[]> {
    return await this.#http.json('GET', '/networks', { query: { filters: encodeFilters(filters) }, signal });
  }

  async inspect(name: string): Promise<Network> {
    return JSON.parse(await this.inspectText(name)) as Network;
  }

  async inspectText(name: string, options: { verbose?: boolean; scope?: string } = {}): Promise<string> {
    return await this.#http.text('GET', networkPart(name), { query: options });
  }

  async create(body: NetworkCreateBody): Promise<NetworkCreateResponse> {
    return await this.#http.json('POST', '/networks/create', { body });
  }

  async remove(name: string): Promise<void> {
    await this.#http.text('DELETE', networkPart(name));
  }

  async connect(name: string, container: string, endpoint: EndpointSettings): Promise<void> {
    const body = { Container: container, EndpointConfig: endpoint };
    await this.#http.text('POST', `${networkPart(name)}/connect`, { body });
  }

  async disconnect(name: string, container: string, force: boolean): Promise<void> {
    await this.#http.text('POST', `${networkPart(name)}/disconnect`, { body: { Container: container, Force: force } });
  }

  async prune(filters?: FilterQuery): Promise<{ NetworksDeleted?: readonly string[] | null }> {
    return await this.#http.json('POST', '/networks/prune', { query: { filters: encodeFilters(filters) } });
  }
}

export class VolumesClient {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async list(filters?: FilterQuery, signal?: AbortSignal): Promise<VolumeListResponse> {
    return await this.#http.json('GET', '/volumes', { query: { filters: encodeFilters(filters) }, signal });
  }

  async inspectText(name: string): Promise<string> {
    return await this.#http.text('GET', volumePart(name));
  }

  async create(body: VolumeCreateRequest): Promise<Volume> {
    return await this.#http.json('POST', '/volumes/create', { body });
  }

  async remove(name: string, force: boolean): Promise<void> {
    await this.#http.text('DELETE', volumePart(name), { query: { force: force ? true : undefined } });
  }

  async prune(filters?: FilterQuery): Promise<{ VolumesDeleted?: readonly string[] | null; SpaceReclaimed?: number }> {
    return await this.#http.json('POST', '/volumes/prune', { query: { filters: encodeFilters(filters) } });
  }
}
