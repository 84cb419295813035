// Pulls what a tag or digest stands for into the engine in use, and runs it.

import { l10n } from '../../l10n.ts';
import { referenceOf } from '../../registries/targets.ts';
import { pullImage } from '../image/pull.ts';
import { fillAndRun } from '../image/run.ts';
import type { RegistryVerb } from './host.ts';

export const pullFromRegistry: RegistryVerb<'tag' | 'manifest'> = {
  id: 'coracle.registry.pull',
  kinds: ['tag', 'manifest'],
  needsTrust: true,
  async run(host, targets) {
    const context = await host.context();
    if (context === undefined) return;
    for (const target of targets) {
      const name = referenceOf(target);
      if (!(await pullImage(context, name))) return;
      host.ui.info(l10n.t('{0} is here.', name));
    }
  },
};

export const runFromRegistry: RegistryVerb<'tag' | 'manifest'> = {
  id: 'coracle.registry.run',
  kinds: ['tag', 'manifest'],
  needsTrust: true,
  async run(host, [target]) {
    const context = await host.context();
    if (target !== undefined && context !== undefined) await fillAndRun(context, referenceOf(target));
  },
};
