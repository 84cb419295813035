// `stop`.

import { l10n } from '../../l10n.ts';
import { callVerb, live } from './simple.ts';

export const stop = callVerb({
  id: 'coracle.container.stop',
  question: () => l10n.t('Choose containers to stop'),
  title: () => l10n.t('Stopping containers'),
  failed: (names) => l10n.t('Could not stop {0}', names),
  states: live,
  call: ({ client }, id) => client.containers.stop(id),
});
