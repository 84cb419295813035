// `kill`: a signal of the user's choice.

import { l10n } from '../../l10n.ts';
import { onEach } from '../failures.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';
import { live } from './simple.ts';

const signals = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];

export const kill: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.kill',
  noun: containers,
  isForMany: true,
  question: () => l10n.t('Choose containers to send a signal to'),
  accepts: ({ state }) => live.includes(state),
  async run({ ui, client }, targets) {
    const items = signals.map((signal) => ({ label: signal, value: signal }));
    const signal = await ui.pick(items, { title: l10n.t('Choose the signal') });
    if (signal === undefined) return;
    const title = l10n.t('Sending {0}', signal);
    const failed = (names: string) => l10n.t('Could not send {0} to {1}', signal, names);
    await onEach(ui, targets, { title, failed }, ({ id }) => client.containers.kill(id, signal));
  },
};
