// `restart`.

import { l10n } from '../../l10n.ts';
import { callVerb, idle, live } from './simple.ts';

export const restart = callVerb({
  id: 'coracle.container.restart',
  needsTrust: true,
  question: () => l10n.t('Choose containers to restart'),
  title: () => l10n.t('Restarting containers'),
  failed: (names) => l10n.t('Could not restart {0}', names),
  states: [...live, ...idle],
  call: ({ client }, id) => client.containers.restart(id),
});
