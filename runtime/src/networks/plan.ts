// Which networks a container is to be in, from its mode and its endpoint settings.

import { EngineError } from '../spec/errors.ts';
import type { EndpointSettings } from '../spec/api/networks.ts';
import type { EndpointPlan } from '../spec/engine/networks.ts';
import type { Catalog } from './catalog.ts';
import { checkEndpoint, restingSettings } from './endpoint.ts';
import type { NetworkRecord } from './record.ts';

export interface PlannedEndpoint {
  readonly network: NetworkRecord;
  readonly asked: EndpointSettings;
}

export interface Plan {
  readonly networks: readonly PlannedEndpoint[];
  /** Asked for the default network where the engine has none: shown, and nothing else. */
  readonly absent: Readonly<Record<string, EndpointSettings>>;
}

/** Docker's sentences about networks that do not go together. */
export const conflict = {
  shared: 'container sharing network namespace with another container or host cannot be connected to any other network',
  host: 'container cannot be disconnected from host network or connected to host network',
  none: 'container cannot be connected to multiple networks with one of the networks in private (none) mode',
} as const;

/**
 * The mode's network first, then the others by name. Settings given replace the mode's network, as with moby. An engine without a
 * default network leaves whoever wants that without one.
 * @throws EngineError notFound `network x not found`, invalidParameter when they do not go together or ask for what cannot be
 */
export function planEndpoints(catalog: Catalog, request: Pick<EndpointPlan, 'mode' | 'endpoints'>): Plan {
  const isAbsent = (name: string) => ['', 'default', 'bridge'].includes(name) && catalog.byName('bridge') === undefined;
  const main = isAbsent(request.mode) ? undefined : catalog.find(request.mode === '' ? 'default' : request.mode);
  const entries = Object.entries(request.endpoints);
  const asked = entries.length === 0 ? [[main?.name ?? 'bridge', {}] as const] : entries;
  const planned = new Map<string, PlannedEndpoint>();
  const absent: Record<string, EndpointSettings> = {};
  for (const [name, settings] of asked) {
    if (isAbsent(name)) {
      absent['bridge'] = restingSettings(settings ?? {});
      continue;
    }
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
  const rank = ({ network }: PlannedEndpoint) => (network.id === main?.id ? 0 : 1);
  const networks = all.toSorted((a, b) => rank(a) - rank(b) || (a.network.name < b.network.name ? -1 : 1));
  return { networks, absent };
}
