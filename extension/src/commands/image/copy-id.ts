// Copies the full id.

import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { images } from '../targets.ts';

export const copyImageId = copyVerb({
  id: 'coracle.image.copyId',
  noun: images,
  question: () => l10n.t('Choose images whose ids to copy'),
  of: ({ id }) => Promise.resolve(id),
});
