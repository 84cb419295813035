// A container in the words of the networks room.

import type { Joined, JoinedRecord, JoinRequest, NetworkMember } from '../spec/engine/networks.ts';
import type { Container } from './container.ts';

export function memberOf(container: Container): NetworkMember {
  const { id, name, config } = container.record;
  return { id, name, hostname: config.Hostname ?? '', domainname: config.Domainname ?? '' };
}

/** The mode of its network: `none` when the configuration disables it, `bridge` for `default`. */
export function networkModeOf(container: Container): string {
  const { config, hostConfig } = container.record;
  if (config.NetworkDisabled === true) return 'none';
  const mode = hostConfig.NetworkMode ?? 'default';
  return mode === 'default' ? 'bridge' : mode;
}

/** @param netns path of the pinned namespace, empty for the host's network */
export function joinRequest(container: Container, netns: string, links: JoinRequest['links']): JoinRequest {
  const { config, hostConfig, endpoints } = container.record;
  return {
    mode: networkModeOf(container),
    endpoints,
    portBindings: hostConfig.PortBindings ?? {},
    netns,
    exposedPorts: config.ExposedPorts ?? {},
    publishAll: hostConfig.PublishAllPorts ?? false,
    dns: hostConfig.Dns ?? [],
    dnsSearch: hostConfig.DnsSearch ?? [],
    dnsOptions: hostConfig.DnsOptions ?? [],
    extraHosts: hostConfig.ExtraHosts ?? [],
    links: links.map(({ name, alias, ip }) => ({ name, alias, ip })),
  };
}

/** What of a join goes into the container's record: all but the contents of its files. */
export function recordOf(joined: Joined): JoinedRecord {
  const { endpoints, ports, proxyPid, devices, links } = joined;
  return {
    endpoints,
    ports,
    proxyPid,
    ...(devices === undefined ? {} : { devices }),
    ...(links === undefined ? {} : { links }),
  };
}
