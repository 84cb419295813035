// Copies the address in its networks, IPv4 before IPv6.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { containers } from '../targets.ts';

export const copyContainerAddress = copyVerb({
  id: 'coracle.container.copyAddress',
  noun: containers,
  question: () => l10n.t('Choose containers whose addresses to copy'),
  of: ({ id }, { client }) => addressOf(client, id),
});

/** The first address that the container has, undefined while it has none. */
async function addressOf(client: EngineClient, id: string): Promise<string | undefined> {
  const { NetworkSettings } = await client.containers.inspect(id);
  const endpoints = Object.values(NetworkSettings?.Networks ?? {});
  return (
    endpoints.map(({ IPAddress }) => IPAddress).find(isGiven) ??
    endpoints.map(({ GlobalIPv6Address }) => GlobalIPv6Address).find(isGiven) ??
    undefined
  );
}

function isGiven(address: string | null | undefined): boolean {
  return (address ?? '') !== '';
}
