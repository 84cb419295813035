// Opens the files of a container in the explorer.

import { fileUri } from '../../files/uri.ts';
import { l10n } from '../../l10n.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const openContainerFiles: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.files',
  noun: containers,
  isForMany: false,
  question: () => l10n.t('Choose the container whose files to open'),
  async run({ ui, engine }, [target]) {
    if (target === undefined) return;
    await ui.openFolder({ ...fileUri({ engine, noun: 'containers', ref: target.id, path: '/' }), name: target.name });
  },
};
