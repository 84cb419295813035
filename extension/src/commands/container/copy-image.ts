// Copies the name of the image.

import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { containers } from '../targets.ts';

export const copyContainerImage = copyVerb({
  id: 'coracle.container.copyImage',
  noun: containers,
  question: () => l10n.t('Choose containers whose images to copy'),
  of: ({ image }) => Promise.resolve(image),
});
