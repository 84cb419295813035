// `context inspect`: where a context leads, as read-only JSON.

import { l10n } from '../../l10n.ts';
import { fileName } from '../document.ts';
import type { ContextVerb } from './host.ts';

export const inspectContext: ContextVerb = {
  id: 'coracle.context.inspect',
  question: () => l10n.t('Choose the context to inspect'),
  async run({ ui, store }, target) {
    if (target === undefined) return;
    await ui.document({
      name: `${fileName(target.name)}.json`,
      key: `context/${target.name}`,
      load() {
        const { ca, cert, key, skipTlsVerify } = store.find(target.name) ?? {};
        const document = {
          Name: target.name,
          Metadata: { Description: target.description },
          Endpoints: { docker: { Host: target.host, SkipTLSVerify: skipTlsVerify === true } },
          TLSMaterial: { ca, cert, key },
          ...(target.isStored ? { Storage: { Path: store.path } } : {}),
        };
        return Promise.resolve(`${JSON.stringify(document, undefined, 2)}\n`);
      },
    });
  },
};
