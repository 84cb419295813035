// Copies the name with its tag.

import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { images } from '../targets.ts';

export const copyImageName = copyVerb({
  id: 'coracle.image.copyName',
  noun: images,
  question: () => l10n.t('Choose images whose names to copy'),
  of: ({ name }) => Promise.resolve(name),
});
