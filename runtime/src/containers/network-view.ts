// A container's network as Docker's replies show it: every field present, addresses only while it runs.

import type { NetworkSettings, PortMap, PortSummary } from '../spec/api/containers.ts';
import type { EndpointSettings } from '../spec/api/networks.ts';
import type { ContainerRecord } from './record.ts';

/** All fields of an endpoint in Docker's order, Go's zero values where nothing is known. */
export function showEndpoint(endpoint: EndpointSettings): EndpointSettings {
  return {
    IPAMConfig: endpoint.IPAMConfig ?? null,
    Links: endpoint.Links ?? null,
    Aliases: endpoint.Aliases ?? null,
    MacAddress: endpoint.MacAddress ?? '',
    DriverOpts: endpoint.DriverOpts ?? null,
    GwPriority: endpoint.GwPriority ?? 0,
    NetworkID: endpoint.NetworkID ?? '',
    EndpointID: endpoint.EndpointID ?? '',
    Gateway: endpoint.Gateway ?? '',
    IPAddress: endpoint.IPAddress ?? '',
    IPPrefixLen: endpoint.IPPrefixLen ?? 0,
    IPv6Gateway: endpoint.IPv6Gateway ?? '',
    GlobalIPv6Address: endpoint.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: endpoint.GlobalIPv6PrefixLen ?? 0,
    DNSNames: endpoint.DNSNames ?? null,
  };
}

export function showEndpoints(record: ContainerRecord): Readonly<Record<string, EndpointSettings>> {
  const endpoints = record.joined?.endpoints ?? record.endpoints;
  return Object.fromEntries(Object.entries(endpoints).map(([name, endpoint]) => [name, showEndpoint(endpoint)]));
}

/** NetworkSettings of inspect, with the fields of the default bridge repeated at the top as they always were. */
export function showNetworkSettings(record: ContainerRecord): NetworkSettings {
  const networks = showEndpoints(record);
  const bridge = record.joined === undefined || !Object.hasOwn(networks, 'bridge') ? undefined : networks['bridge'];
  const legacy = {
    Bridge: '',
    SandboxID: record.joined === undefined ? '' : record.id,
    SandboxKey: record.netns ?? '',
    Ports: record.joined?.ports ?? {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge?.EndpointID ?? '',
    Gateway: bridge?.Gateway ?? '',
    GlobalIPv6Address: bridge?.GlobalIPv6Address ?? '',
    GlobalIPv6PrefixLen: bridge?.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge?.IPAddress ?? '',
    IPPrefixLen: bridge?.IPPrefixLen ?? 0,
    IPv6Gateway: bridge?.IPv6Gateway ?? '',
    MacAddress: bridge?.MacAddress ?? '',
    Networks: networks,
  };
  return legacy;
}

/** The Ports column: published ports with their address, exposed ones without. Empty while it does not run. */
export function showPorts(ports: PortMap | undefined): readonly PortSummary[] {
  return Object.entries(ports ?? {}).flatMap(([spec, bindings]): PortSummary[] => {
    const [port = '', protocol = 'tcp'] = spec.split('/');
    const inside = { PrivatePort: Number(port), Type: protocol };
    if (bindings === null || bindings.length === 0) return [inside];
    return bindings.map((binding) => ({
      IP: binding.HostIp ?? '',
      PrivatePort: Number(port),
      PublicPort: Number(binding.HostPort ?? 0),
      Type: protocol,
    }));
  });
}
