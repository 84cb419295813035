// `image prune`: images without a name that nothing uses, or all that no container uses.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import { l10n } from '../../l10n.ts';
import { pruneNamed } from '../prune.ts';
import type { Prunable } from '../prune.ts';
import { imageTargets } from '../targets.ts';
import type { PlainVerb } from '../verb.ts';

/** Images that no container uses: those without a name, or with `all` the named ones too. */
export async function unusedImages(client: EngineClient, all: boolean): Promise<Prunable[]> {
  const [found, containers] = await Promise.all([client.images.list(), client.containers.list({ all: true })]);
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  return found
    .filter(({ Id }) => !used.has(Id))
    .flatMap(imageTargets)
    .filter(({ isDangling }) => all || isDangling)
    .map(({ id, name, size, isDangling }) => ({
      name: `${name} (${humanSize(size, 3)})`,
      async remove() {
        await client.images.remove(isDangling ? id : name, {});
      },
    }));
}

export const pruneImages: PlainVerb = {
  id: 'coracle.image.prune',
  async run(context) {
    const items = [
      { label: l10n.t('Images without a name'), value: false },
      { label: l10n.t('All images that no container uses'), value: true },
    ];
    const all = await context.ui.pick(items, { title: l10n.t('Choose what to remove') });
    if (all === undefined) return;
    await pruneNamed(context, await unusedImages(context.client, all), {
      nothing: l10n.t('There are no unused images.'),
      question: all ? l10n.t('Remove all unused images?') : l10n.t('Remove all images without a name?'),
      title: l10n.t('Removing images'),
      failed: (names) => l10n.t('Could not remove {0}', names),
      done: (count) => l10n.t('Images removed: {0}', count),
    });
  },
};
