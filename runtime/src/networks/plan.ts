// Which networks a container is to be in, from its mode and its endpoint settings.

import { EngineError } from '../spec/errors.ts';
import type { EndpointSettings } from '../spec/api/networks.ts';
import type { EndpointPlan } from '../spec/engine/networks.ts';
import type { Catalog } from './catalog.ts';
import { checkEndpoint } from './endpoint.ts';
import type { NetworkRecord } from './record.ts';

export interface PlannedEndpoint {
  readonly network: NetworkRecord;
  readonly asked: EndpointSettings;
}

/** Docker's sentences about networks that do not go together. */
export const conflict = {
  shared: 'container sharing network namespace with another container or host cannot be connected to any other network',
  host: 'container cannot be disconnected from host network or connected to host network',
  none: 'container cannot be connected to multiple networks with one of the networks in private (none) mode',
} as const;

/**
 * The mode's network first, then the others by name. Settings given replace the mode's network, as with moby.
 * @throws EngineError notFound `network x not found`, invalidParameter when they do not go together or ask for what cannot be
 */
export function planEndpoints(
  catalog: Catalog,
  request: Pick<EndpointPlan, 'mode' | 'endpoints'>,
): readonly PlannedEndpoint[] {
  const main = catalog.find(request.mode === '' ? 'default' : request.mode);
  const entries = Object.entries(request.endpoints);
  const asked = entries.length === 0 ? [[main.name, {}] as const] : entries;
  const planned = new Map<string, PlannedEndpoint>();
  for (const [name, settings] of asked) {
    const network = catalog.find(name);
    checkEndpoint(network, settings ?? {});
    planned.set(network.id, { network, asked: settings ?? {} });
  }
  const all = [...planned.values()];
  if (all.length > 1) {
    if (all.some(({ network }) => network.driver === 'host'))
      throw new EngineError('invalidParameter', conflict.shared);
    if (all.some(({ network }) => network.driver === 'null')) throw new EngineError('invalidParameter', conflict.none);
  }
  const rank = ({ network }: PlannedEndpoint) => (network.id === main.id ? 0 : 1);
  return all.toSorted((a, b) => rank(a) - rank(b) || (a.network.name < b.network.name ? -1 : 1));
}
