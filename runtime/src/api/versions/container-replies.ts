// Shapes of replies about containers for older clients, one step per API version.

import type { ContainerConfig, ContainerInspectResponse } from '../../spec/api/containers.ts';
import type { EndpointSettings } from '../../spec/api/networks.ts';
import { shortId } from '../../spec/ids.ts';

type Inspect = ContainerInspectResponse;

/** Before 1.45 the aliases on user-defined networks held what is now in DNSNames. */
function below45(reply: Inspect): Inspect {
  const networks = reply.NetworkSettings?.Networks;
  if (!networks) return reply;
  const own = [shortId(reply.Id ?? ''), reply.Config?.Hostname ?? ''].filter((name) => name !== '');
  const changed = Object.entries(networks).map(([name, endpoint]): [string, EndpointSettings] => {
    if (['bridge', 'host', 'none', 'default'].includes(name)) return [name, endpoint];
    return [name, { ...endpoint, Aliases: [...new Set([...(endpoint.Aliases ?? []), ...own])] }];
  });
  return { ...reply, NetworkSettings: { ...reply.NetworkSettings, Networks: Object.fromEntries(changed) } };
}

/** Before 1.44 the MAC address was part of Config. */
function below44(reply: Inspect): Inspect {
  const networks = reply.NetworkSettings?.Networks ?? {};
  const mode = reply.HostConfig?.NetworkMode ?? '';
  const name = mode === 'default' || mode === '' ? 'bridge' : mode;
  const MacAddress = Object.hasOwn(networks, name) ? (networks[name]?.MacAddress ?? '') : '';
  if (MacAddress === '' || !reply.Config) return reply;
  const config: ContainerConfig & { readonly MacAddress: string } = { ...reply.Config, MacAddress };
  return { ...reply, Config: config };
}

const steps: readonly (readonly [version: number, step: (reply: Inspect) => Inspect])[] = [
  [45, below45],
  [44, below44],
];

/** The reply of GET /containers/{id}/json as a client of `version` knows it. */
export function downgradeInspect(reply: Inspect, version: number): Inspect {
  return steps.reduce((value, [from, step]) => (version < from ? step(value) : value), reply);
}

/** Media type of attach, exec and logs: only from 1.42 on does it tell framed from raw. */
export function streamType(tty: boolean, version: number): string {
  return !tty && version >= 42 ? 'application/vnd.docker.multiplexed-stream' : 'application/vnd.docker.raw-stream';
}
