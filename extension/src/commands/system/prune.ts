// `system prune`: stopped containers, unused networks and images without a name, in one question.

import { l10n } from '../../l10n.ts';
import { stoppedContainers } from '../container/prune.ts';
import { unusedImages } from '../image/prune.ts';
import { unusedNetworks } from '../network/prune.ts';
import { pruneNamed } from '../prune.ts';
import type { Prunable } from '../prune.ts';
import type { PlainVerb } from '../verb.ts';

function named(things: readonly Prunable[], word: (name: string) => string): Prunable[] {
  return things.map((thing) => ({ name: word(thing.name), remove: () => thing.remove() }));
}

export const pruneSystem: PlainVerb = {
  id: 'coracle.system.prune',
  async run(context) {
    const { client } = context;
    const [containers, networks, images] = await Promise.all([
      stoppedContainers(client),
      unusedNetworks(client),
      unusedImages(client, false),
    ]);
    const things = [
      ...named(containers, (name) => l10n.t('container {0}', name)),
      ...named(networks, (name) => l10n.t('network {0}', name)),
      ...named(images, (name) => l10n.t('image {0}', name)),
    ];
    await pruneNamed(context, things, {
      nothing: l10n.t('There is nothing to remove.'),
      question: l10n.t('Remove stopped containers, unused networks and images without a name?'),
      title: l10n.t('Removing what is unused'),
      failed: (names) => l10n.t('Could not remove {0}', names),
      done: (count) => l10n.t('Removed: {0}', count),
    });
  },
};
