// `container inspect`: the engine's document, as read-only JSON.

import { l10n } from '../../l10n.ts';
import { showJson } from '../document.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const inspectContainer: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.inspect',
  noun: containers,
  isForMany: true,
  question: () => l10n.t('Choose containers to inspect'),
  async run({ ui, client }, targets) {
    await showJson(
      ui,
      targets,
      (target) => `container/${target.id}`,
      (target) => client.containers.inspectText(target.id),
    );
  },
};
