// Which running container is in which networks, and what is published for it.

import type { PortMap } from '../spec/api/containers.ts';
import type { EndpointSettings } from '../spec/api/networks.ts';
import type { JoinRequest, JoinedRecord, NetworkMember } from '../spec/engine/networks.ts';
import { formatAddress } from '../spec/address.ts';
import { gatewayEndpoint, liveSettings, type Endpoint } from './endpoint.ts';
import type { Published, PublishTarget } from './publisher.ts';

export interface Attachment {
  member: NetworkMember;
  readonly request: JoinRequest;
  /** Network id -> endpoint, in the order of joining. */
  readonly endpoints: Map<string, Endpoint>;
  /** What it wants to be in and cannot: the default network of an engine that has none. */
  readonly absent: Readonly<Record<string, EndpointSettings>>;
  published: Published;
  /** NetworkSettings.Ports. */
  ports: PortMap;
}

export class Attachments {
  readonly #byMember = new Map<string, Attachment>();

  set(attachment: Attachment): void {
    this.#byMember.set(attachment.member.id, attachment);
  }

  get(memberId: string): Attachment | undefined {
    return this.#byMember.get(memberId);
  }

  delete(memberId: string): void {
    this.#byMember.delete(memberId);
  }

  get isEmpty(): boolean {
    return this.#byMember.size === 0;
  }

  /** Endpoints in a network, by the name of their container. */
  in(networkId: string): readonly { readonly member: NetworkMember; readonly endpoint: Endpoint }[] {
    return [...this.#byMember.values()].flatMap(({ member, endpoints }) => {
      const endpoint = endpoints.get(networkId);
      return endpoint === undefined ? [] : [{ member, endpoint }];
    });
  }
}

/** What the containers room keeps in its record. */
export function joinedRecord(attachment: Attachment): Required<JoinedRecord> {
  const endpoints: Record<string, EndpointSettings> = { ...attachment.absent };
  const devices: Record<string, string> = {};
  for (const endpoint of attachment.endpoints.values()) {
    endpoints[endpoint.network.name] = liveSettings(endpoint, attachment.member);
    devices[endpoint.network.name] = endpoint.device;
  }
  const { ports, published, request } = attachment;
  return { endpoints, devices, ports, proxyPid: published.proxyPid, links: request.links };
}

/** Where published ports lead to: the addresses of the endpoints that the container's traffic leaves by. */
export function publishTarget(attachment: Pick<Attachment, 'member' | 'endpoints'>): PublishTarget | undefined {
  const four = gatewayEndpoint(attachment.endpoints.values(), 4);
  const six = gatewayEndpoint(attachment.endpoints.values(), 6);
  const main = four ?? six;
  if (main === undefined) return undefined;
  return {
    containerName: attachment.member.name,
    endpointId: main.id,
    ipv4: four?.ipv4 === undefined ? '' : formatAddress(four.ipv4.address),
    ipv6: six?.ipv6 === undefined ? '' : formatAddress(six.ipv6.address),
  };
}
