// `start`.

import { l10n } from '../../l10n.ts';
import { callVerb, idle } from './simple.ts';

export const start = callVerb({
  id: 'coracle.container.start',
  needsTrust: true,
  question: () => l10n.t('Choose containers to start'),
  title: () => l10n.t('Starting containers'),
  failed: (names) => l10n.t('Could not start {0}', names),
  states: idle,
  call: ({ client }, id) => client.containers.start(id),
});
