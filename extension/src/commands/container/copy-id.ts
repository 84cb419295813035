// Copies the full id.

import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { containers } from '../targets.ts';

export const copyContainerId = copyVerb({
  id: 'coracle.container.copyId',
  noun: containers,
  question: () => l10n.t('Choose containers whose ids to copy'),
  of: ({ id }) => Promise.resolve(id),
});
