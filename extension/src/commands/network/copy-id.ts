// Copies the full id.

import { l10n } from '../../l10n.ts';
import { copyVerb } from '../copy.ts';
import { networks } from '../targets.ts';

export const copyNetworkId = copyVerb({
  id: 'coracle.network.copyId',
  noun: networks,
  question: () => l10n.t('Choose networks whose ids to copy'),
  of: ({ id }) => Promise.resolve(id),
});
