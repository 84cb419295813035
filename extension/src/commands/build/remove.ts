// Removes the records of builds. Images and the cache stay.

import { l10n } from '../../l10n.ts';
import { confirmTargets } from '../confirm.ts';
import { onEach } from '../failures.ts';
import { builds } from '../targets.ts';
import type { BuildTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const removeBuild: TargetVerb<BuildTarget> = {
  id: 'coracle.build.remove',
  noun: builds,
  isForMany: true,
  question: () => l10n.t('Choose builds to remove'),
  accepts: ({ state }) => state !== 'running',
  async run({ ui, client, builds: { builder } }, targets) {
    const note = l10n.t('Their records go; images and the build cache stay.');
    if (!(await confirmTargets(ui, l10n.t('Remove these builds?'), targets, l10n.t('Remove'), note))) return;
    const options = {
      title: l10n.t('Removing builds'),
      failed: (names: string) => l10n.t('Could not remove {0}', names),
    };
    await onEach(ui, targets, options, ({ id }) => builder.remove(client, id));
  },
};
