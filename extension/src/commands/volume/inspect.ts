// `volume inspect`: the engine's document, as read-only JSON.

import { l10n } from '../../l10n.ts';
import { showJson } from '../document.ts';
import { volumes } from '../targets.ts';
import type { VolumeTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const inspectVolume: TargetVerb<VolumeTarget> = {
  id: 'coracle.volume.inspect',
  noun: volumes,
  isForMany: true,
  question: () => l10n.t('Choose volumes to inspect'),
  async run({ ui, client }, targets) {
    await showJson(
      ui,
      targets,
      (target) => `volume/${target.name}`,
      (target) => client.volumes.inspectText(target.name),
    );
  },
};
