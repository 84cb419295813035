// Decoders of the bodies about networks and volumes.

import type { EndpointSettings, IPAM, IPAMConfig, NetworkConnectRequest } from '../../spec/api/networks.ts';
import type { NetworkDisconnectRequest } from '../../spec/api/networks.ts';
import type { VolumeCreateRequest } from '../../spec/api/volumes.ts';
import { anything, array, boolean, integer, object, record, string } from '../../spec/decode.ts';
import { EngineError } from '../../spec/errors.ts';
import type { NetworkCreate } from '../../spec/engine/networks.ts';

const strings = array(string);
const stringMap = record(string, '');

export const endpointSettings = object<EndpointSettings>({
  IPAMConfig: object<NonNullable<EndpointSettings['IPAMConfig']>>({
    IPv4Address: string,
    IPv6Address: string,
    LinkLocalIPs: strings,
  }),
  Links: strings,
  MacAddress: string,
  Aliases: strings,
  DriverOpts: stringMap,
  GwPriority: integer,
  NetworkID: string,
  EndpointID: string,
  Gateway: string,
  IPAddress: string,
  IPPrefixLen: integer,
  IPv6Gateway: string,
  GlobalIPv6Address: string,
  GlobalIPv6PrefixLen: integer,
  DNSNames: strings,
});

const ipam = object<IPAM>({
  Driver: string,
  Config: array(
    object<IPAMConfig>({ Subnet: string, IPRange: string, Gateway: string, AuxiliaryAddresses: stringMap }),
  ),
  Options: stringMap,
});

export const networkCreateBody = object<Omit<NetworkCreate, 'Peers'>>({
  Name: string,
  CheckDuplicate: boolean,
  Scope: string,
  Driver: string,
  EnableIPv4: boolean,
  EnableIPv6: boolean,
  IPAM: ipam,
  Internal: boolean,
  Attachable: boolean,
  Ingress: boolean,
  ConfigFrom: object({ Network: string }),
  ConfigOnly: boolean,
  Options: stringMap,
  Labels: stringMap,
});

export const connectBody = object<NetworkConnectRequest>({ Container: string, EndpointConfig: endpointSettings });
export const disconnectBody = object<NetworkDisconnectRequest>({ Container: string, Force: boolean });

export const volumeCreateBody = object<VolumeCreateRequest>({
  Name: string,
  Driver: string,
  DriverOpts: stringMap,
  Labels: stringMap,
  ClusterVolumeSpec: (value, path) => {
    throw new EngineError(
      'unavailable',
      `${path}: This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.`,
      { cause: anything(value, path) },
    );
  },
});
