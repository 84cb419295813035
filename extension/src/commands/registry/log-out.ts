// `logout`: the log-in is forgotten where it is kept.

import { l10n } from '../../l10n.ts';
import type { RegistryVerb } from './host.ts';

export const logOutOfRegistry: RegistryVerb<'registry'> = {
  id: 'coracle.registry.logOut',
  kinds: ['registry'],
  async run(host, [target]) {
    if (target === undefined) return;
    const { ui, logIns } = host;
    const { domain, label } = target.registry;
    const keeper = await logIns.keeperOf(domain);
    if (keeper === undefined) {
      ui.info(l10n.t('{0} has its log-in from who provides it.', label));
      return;
    }
    const action = l10n.t('Log Out');
    const detail =
      keeper === 'docker' ? l10n.t("docker's clients and the command line have this log-in, too, and lose it.") : '';
    if (!(await ui.confirm({ message: l10n.t('Log out of {0}?', label), detail, action }))) return;
    await logIns.remove(domain);
    await host.changed();
  },
};
