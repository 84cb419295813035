// `builder prune`: what is kept for builds to come.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import { l10n } from '../../l10n.ts';
import type { PlainVerb } from '../verb.ts';

export const pruneBuildCache: PlainVerb = {
  id: 'coracle.build.prune',
  async run({ ui, client }) {
    const size = await cacheSize(client);
    if (size === 0) {
      ui.info(l10n.t('The build cache is empty.'));
      return;
    }
    const question = {
      message: l10n.t('Remove the build cache?'),
      detail: l10n.t(
        'Up to {0} are freed; what images need stays. The next builds run all their steps again.',
        humanSize(size, 3),
      ),
      action: l10n.t('Remove'),
    };
    if (!(await ui.confirm(question))) return;
    const { SpaceReclaimed = 0 } = await ui.progress(l10n.t('Removing the build cache'), () =>
      client.images.pruneBuilds(undefined, { all: true }),
    );
    ui.info(l10n.t('Build cache removed: {0}', humanSize(SpaceReclaimed, 3)));
  },
};

/** Bytes, as the engine counts them. */
async function cacheSize(client: EngineClient): Promise<number> {
  const { BuildCache } = await client.system.diskUsage();
  return (BuildCache ?? []).reduce((sum, { Size }) => sum + (Size ?? 0), 0);
}
