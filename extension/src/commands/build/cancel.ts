// Ends builds that run.

import { l10n } from '../../l10n.ts';
import { onEach } from '../failures.ts';
import { builds } from '../targets.ts';
import type { BuildTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const cancelBuild: TargetVerb<BuildTarget> = {
  id: 'coracle.build.cancel',
  noun: builds,
  isForMany: true,
  question: () => l10n.t('Choose builds to cancel'),
  accepts: ({ state }) => state === 'running' || state === '',
  async run({ ui, client, builds: { builder } }, targets) {
    const options = {
      title: l10n.t('Cancelling builds'),
      failed: (names: string) => l10n.t('Could not cancel {0}', names),
    };
    await onEach(ui, targets, options, async ({ id }) => {
      if (!builder.cancel(id)) await client.builds.cancel(id);
    });
  },
};
