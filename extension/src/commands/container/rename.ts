// `rename`.

import { l10n } from '../../l10n.ts';
import { nameFault } from '../names.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const rename: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.rename',
  noun: containers,
  isForMany: false,
  question: () => l10n.t('Choose the container to rename'),
  async run({ ui, client }, [target]) {
    if (target === undefined) return;
    const name = await ui.input({ title: l10n.t('Rename {0}', target.name), value: target.name, validate: nameFault });
    if (name === undefined || name === target.name) return;
    await client.containers.rename(target.id, name);
  },
};
