// `pause`.

import { l10n } from '../../l10n.ts';
import { callVerb } from './simple.ts';

export const pause = callVerb({
  id: 'coracle.container.pause',
  question: () => l10n.t('Choose containers to pause'),
  title: () => l10n.t('Pausing containers'),
  failed: (names) => l10n.t('Could not pause {0}', names),
  states: ['running'],
  call: ({ client }, id) => client.containers.pause(id),
});
