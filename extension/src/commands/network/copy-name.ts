// Copies the name.

import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { networks } from '../targets.ts';

export const copyNetworkName = copyVerb({
  id: 'coracle.network.copyName',
  noun: networks,
  question: () => l10n.t('Choose networks whose names to copy'),
  of: ({ name }) => Promise.resolve(name),
});
