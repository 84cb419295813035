// `network inspect`: the engine's document, as read-only JSON.

import { l10n } from '../../l10n.ts';
import { showJson } from '../document.ts';
import { networks } from '../targets.ts';
import type { NetworkTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const inspectNetwork: TargetVerb<NetworkTarget> = {
  id: 'coracle.network.inspect',
  noun: networks,
  isForMany: true,
  question: () => l10n.t('Choose networks to inspect'),
  async run({ ui, client }, targets) {
    await showJson(
      ui,
      targets,
      (target) => `network/${target.id}`,
      (target) => client.networks.inspectText(target.id),
    );
  },
};
