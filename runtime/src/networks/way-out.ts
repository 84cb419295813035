// How a container's traffic leaves, and where traffic to its published ports comes in.

import type { DefaultRoute } from '../host/kernel.ts';
import { formatAddress, type Family } from '../spec/address.ts';
import type { Attachment } from './attachments.ts';
import { parseBridgeOptions } from './bridge-options.ts';
import { gatewayEndpoint, type Endpoint } from './endpoint.ts';
import { planPorts, type WantedPort } from './port-plan.ts';

/** Ports wanted, at the network's own host address where the binding names none. */
export function wantedPorts(attachment: Attachment): readonly WantedPort[] {
  const main = gatewayEndpoint(attachment.endpoints.values(), 4);
  const binding = main === undefined ? '' : parseBridgeOptions(main.network.options).hostBinding;
  const fallback = binding === '0.0.0.0' ? '' : binding;
  return planPorts(attachment.request).map((port) => (port.hostIp === '' ? { ...port, hostIp: fallback } : port));
}

/** One default route a family, through the endpoint that its traffic leaves by. */
export function defaultRoutes(endpoints: ReadonlyMap<string, Endpoint>): readonly DefaultRoute[] {
  const families: readonly Family[] = [4, 6];
  return families.flatMap((family) => {
    const endpoint = gatewayEndpoint(endpoints.values(), family);
    const gateway = family === 4 ? endpoint?.ipv4?.gateway : endpoint?.ipv6?.gateway;
    return endpoint === undefined || gateway === undefined
      ? []
      : [{ gateway: formatAddress(gateway), device: endpoint.device }];
  });
}
