// `network rm`.

import { l10n } from '../../l10n.ts';
import { confirmTargets } from '../confirm.ts';
import { onEach } from '../failures.ts';
import { networks } from '../targets.ts';
import type { NetworkTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

/** Networks that every engine has and that cannot go. */
export const predefined: readonly string[] = ['bridge', 'host', 'none', 'podman'];

export const remove: TargetVerb<NetworkTarget> = {
  id: 'coracle.network.remove',
  noun: networks,
  isForMany: true,
  question: () => l10n.t('Choose networks to remove'),
  accepts: ({ name }) => !predefined.includes(name),
  async run({ ui, client }, targets) {
    if (!(await confirmTargets(ui, l10n.t('Remove these networks?'), targets, l10n.t('Remove')))) return;
    const options = {
      title: l10n.t('Removing networks'),
      failed: (names: string) => l10n.t('Could not remove {0}', names),
    };
    await onEach(ui, targets, options, ({ id }) => client.networks.remove(id));
  },
};
