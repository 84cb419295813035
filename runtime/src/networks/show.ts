// Networks as the API shows them, and which of them a client's filters let through.

import { EngineError } from '../spec/errors.ts';
import { booleanFilter, checkFilterKeys, matchesLabels, type Filters } from '../spec/filters.ts';
import { nameFilter } from '../spec/patterns.ts';
import type { EndpointResource, NetworkInspect } from '../spec/api/networks.ts';
import type { Attachments } from './attachments.ts';
import { withPrefix } from './endpoint.ts';
import { isPredefined, type NetworkRecord } from './record.ts';

/** In Docker's field order. Lists show no containers. */
export function showNetwork(
  record: NetworkRecord,
  containers: Readonly<Record<string, EndpointResource>> = {},
): NetworkInspect & { readonly Containers: Readonly<Record<string, EndpointResource>> } {
  const { id, name, created, driver, enableIPv4, enableIPv6, internal, attachable, options, labels } = record;
  return {
    Name: name,
    Id: id,
    Created: created,
    Scope: 'local',
    Driver: driver,
    EnableIPv4: enableIPv4,
    EnableIPv6: enableIPv6,
    IPAM: { Driver: 'default', Options: record.ipamOptions, Config: driver === 'bridge' ? record.ipam : null },
    Internal: internal,
    Attachable: attachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: containers,
    Options: options,
    Labels: labels,
  };
}

/** The `Containers` of inspect: container id -> its endpoint. */
export function showEndpoints(networkId: string, attachments: Attachments): Readonly<Record<string, EndpointResource>> {
  return Object.fromEntries(
    attachments.in(networkId).map(({ member, endpoint }) => [
      member.id,
      {
        Name: member.name,
        EndpointID: endpoint.id,
        MacAddress: endpoint.mac,
        IPv4Address: withPrefix(endpoint.ipv4),
        IPv6Address: withPrefix(endpoint.ipv6),
      },
    ]),
  );
}

/**
 * @param isUsed whether any container is in the network
 * @throws EngineError invalidParameter for an unknown filter or a bad value
 */
export async function networkFilter(
  filters: Filters,
  isUsed: (record: NetworkRecord) => boolean,
): Promise<(record: NetworkRecord) => boolean> {
  checkFilterKeys(filters, ['driver', 'id', 'label', 'name', 'scope', 'type', 'dangling']);
  for (const type of filters.get('type') ?? []) {
    if (!['custom', 'builtin'].includes(type))
      throw new EngineError('invalidParameter', `invalid filter 'type=${type}'`);
  }
  const dangling = booleanFilter(filters, 'dangling');
  const isAmong = (key: string, test: (wanted: string) => boolean) => {
    const wanted = filters.get(key) ?? [];
    return wanted.length === 0 || wanted.some((value) => test(value));
  };
  const matchesId = await nameFilter(filters.get('id') ?? []);
  const matchesName = await nameFilter(filters.get('name') ?? []);
  return (record) =>
    isAmong('driver', (driver) => driver === record.driver) &&
    matchesId(record.id) &&
    matchesName(record.name) &&
    isAmong('scope', (scope) => scope === 'local') &&
    isAmong('type', (type) => (type === 'builtin') === isPredefined(record)) &&
    matchesLabels(filters, record.labels) &&
    (dangling === undefined || dangling === !(isPredefined(record) || isUsed(record)));
}
