// `network prune`: networks of the user's that no container is in.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { l10n } from '../../l10n.ts';
import { pruneNamed } from '../prune.ts';
import type { Prunable } from '../prune.ts';
import type { PlainVerb } from '../verb.ts';
import { predefined } from './remove.ts';

/** Networks that no container, running or not, is meant to be in. */
export async function unusedNetworks(client: EngineClient): Promise<Prunable[]> {
  const [found, containers] = await Promise.all([client.networks.list(), client.containers.list({ all: true })]);
  const used = new Set(containers.flatMap(({ NetworkSettings }) => Object.keys(NetworkSettings?.Networks ?? {})));
  return found
    .filter(({ Name }) => !predefined.includes(Name ?? '') && !used.has(Name ?? ''))
    .map(({ Id, Name }) => ({ name: Name ?? '', remove: () => client.networks.remove(Id ?? '') }));
}

export const pruneNetworks: PlainVerb = {
  id: 'coracle.network.prune',
  async run(context) {
    await pruneNamed(context, await unusedNetworks(context.client), {
      nothing: l10n.t('There are no unused networks.'),
      question: l10n.t('Remove all unused networks?'),
      title: l10n.t('Removing networks'),
      failed: (names) => l10n.t('Could not remove {0}', names),
      done: (count) => l10n.t('Networks removed: {0}', count),
    });
  },
};
