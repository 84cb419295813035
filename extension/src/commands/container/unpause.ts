// `unpause`.

import { l10n } from '../../l10n.ts';
import { callVerb } from './simple.ts';

export const unpause = callVerb({
  id: 'coracle.container.unpause',
  needsTrust: true,
  question: () => l10n.t('Choose containers to unpause'),
  title: () => l10n.t('Unpausing containers'),
  failed: (names) => l10n.t('Could not unpause {0}', names),
  states: ['paused'],
  call: ({ client }, id) => client.containers.unpause(id),
});
