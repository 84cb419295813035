// Copies the name.

import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { volumes } from '../targets.ts';

export const copyVolumeName = copyVerb({
  id: 'coracle.volume.copyName',
  noun: volumes,
  question: () => l10n.t('Choose volumes whose names to copy'),
  of: ({ name }) => Promise.resolve(name),
});
