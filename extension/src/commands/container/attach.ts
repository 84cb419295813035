// `attach`: the terminal of the container's own process.

import { l10n } from '../../l10n.ts';
import { attachProgram } from '../../terminals/attach-program.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';
import { isRunning } from './simple.ts';

export const attach: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.attach',
  noun: containers,
  needsTrust: true,
  isForMany: true,
  question: () => l10n.t('Choose containers to attach to'),
  accepts: isRunning,
  async run({ ui, client }, targets) {
    for (const { id, name } of targets) {
      const info = await client.containers.inspect(id);
      ui.terminal({ name, icon: 'debug-console', program: attachProgram(client, info, { isStarted: false }) });
    }
  },
};
