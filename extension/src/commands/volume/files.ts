// Opens the files of a volume in the explorer.

import { fileUri } from '../../files/uri.ts';
import { l10n } from '../../l10n.ts';
import { volumes } from '../targets.ts';
import type { VolumeTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const openVolumeFiles: TargetVerb<VolumeTarget> = {
  id: 'coracle.volume.files',
  noun: volumes,
  isForMany: false,
  question: () => l10n.t('Choose the volume whose files to open'),
  async run({ ui, engine }, [target]) {
    if (target === undefined) return;
    await ui.openFolder({ ...fileUri({ engine, noun: 'volumes', ref: target.name, path: '/' }), name: target.name });
  },
};
