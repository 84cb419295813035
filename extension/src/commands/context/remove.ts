// `context rm`: one that the user made.

import { l10n } from '../../l10n.ts';
import { confirmTargets } from '../confirm.ts';
import type { ContextVerb } from './host.ts';

export const removeContext: ContextVerb = {
  id: 'coracle.context.remove',
  question: () => l10n.t('Choose the context to remove'),
  accepts: ({ isStored }) => isStored,
  async run(host, target) {
    if (target === undefined) return;
    const note = l10n.t('The engine and its containers stay as they are.');
    if (!(await confirmTargets(host.ui, l10n.t('Remove these contexts?'), [target], l10n.t('Remove'), note))) return;
    host.store.remove(target.name);
    host.changed();
  },
};
