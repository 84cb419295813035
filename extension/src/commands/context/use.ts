// `context use`.

import { l10n } from '../../l10n.ts';
import type { ContextVerb } from './host.ts';

export const useContext: ContextVerb = {
  id: 'coracle.context.use',
  question: () => l10n.t('Choose the engine to use'),
  async run(host, target) {
    if (target !== undefined) await host.use(target.name);
  },
};
