// `stats`: what containers use, live.

import { l10n } from '../../l10n.ts';
import { StatsProgram } from '../../terminals/stats-program.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';
import { live } from './simple.ts';

export const stats: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.stats',
  noun: containers,
  isForMany: true,
  question: () => l10n.t('Choose containers whose use to show'),
  accepts: ({ state }) => live.includes(state),
  async run({ ui, client }, targets) {
    const name = l10n.t('Stats: {0}', targets.map((target) => target.name).join(', '));
    ui.terminal({ name, icon: 'graph', program: new StatsProgram(client, targets) });
    await Promise.resolve();
  },
};
