// `container prune`: those that do not run.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { l10n } from '../../l10n.ts';
import { pruneNamed } from '../prune.ts';
import type { Prunable } from '../prune.ts';
import { containerTarget } from '../targets.ts';
import type { PlainVerb } from '../verb.ts';
import { idle } from './simple.ts';

/** Stopped containers, each with the way to remove it. */
export async function stoppedContainers(client: EngineClient): Promise<Prunable[]> {
  const all = (await client.containers.list({ all: true })).map(containerTarget);
  return all
    .filter(({ state }) => idle.includes(state))
    .map(({ id, name }) => ({ name, remove: () => client.containers.remove(id) }));
}

export const pruneContainers: PlainVerb = {
  id: 'coracle.container.prune',
  async run(context) {
    await pruneNamed(context, await stoppedContainers(context.client), {
      nothing: l10n.t('There are no stopped containers.'),
      question: l10n.t('Remove all stopped containers?'),
      title: l10n.t('Removing containers'),
      failed: (names) => l10n.t('Could not remove {0}', names),
      done: (count) => l10n.t('Containers removed: {0}', count),
    });
  },
};
