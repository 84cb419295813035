// Copies the name.

import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { containers } from '../targets.ts';

export const copyContainerName = copyVerb({
  id: 'coracle.container.copyName',
  noun: containers,
  question: () => l10n.t('Choose containers whose names to copy'),
  of: ({ name }) => Promise.resolve(name),
});
