// `volume rm`.

import { l10n } from '../../l10n.ts';
import { confirmTargets } from '../confirm.ts';
import { onEach } from '../failures.ts';
import { volumes } from '../targets.ts';
import type { VolumeTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const remove: TargetVerb<VolumeTarget> = {
  id: 'coracle.volume.remove',
  noun: volumes,
  isForMany: true,
  question: () => l10n.t('Choose volumes to remove'),
  async run({ ui, client }, targets) {
    const note = l10n.t('Their files are lost.');
    if (!(await confirmTargets(ui, l10n.t('Remove these volumes?'), targets, l10n.t('Remove'), note))) return;
    const options = {
      title: l10n.t('Removing volumes'),
      failed: (names: string) => l10n.t('Could not remove {0}', names),
    };
    await onEach(ui, targets, options, ({ name }) => client.volumes.remove(name, false));
  },
};
