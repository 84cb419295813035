// `rm`: containers that run are said to be removed by force, in the same question.

import { l10n } from '../../l10n.ts';
import { confirmTargets } from '../confirm.ts';
import { onEach } from '../failures.ts';
import { containers } from '../targets.ts';
import type { ContainerTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';
import { live } from './simple.ts';

export const remove: TargetVerb<ContainerTarget> = {
  id: 'coracle.container.remove',
  noun: containers,
  isForMany: true,
  question: () => l10n.t('Choose containers to remove'),
  async run({ ui, client }, targets) {
    const running = targets.filter(({ state }) => live.includes(state));
    const [message, action, note] =
      running.length === 0
        ? [l10n.t('Remove these containers?'), l10n.t('Remove'), l10n.t('What they wrote outside of volumes is lost.')]
        : [
            l10n.t('Stop and remove these containers?'),
            l10n.t('Stop and Remove'),
            running.length === targets.length
              ? l10n.t('Whatever runs is killed. What containers wrote outside of volumes is lost.')
              : l10n.t(
                  'Running: {0}. They are killed. What containers wrote outside of volumes is lost.',
                  running.map(({ name }) => name).join(', '),
                ),
          ];
    if (!(await confirmTargets(ui, message, targets, action, note))) return;
    const options = {
      title: l10n.t('Removing containers'),
      failed: (names: string) => l10n.t('Could not remove {0}', names),
    };
    await onEach(ui, targets, options, (target) =>
      client.containers.remove(target.id, { force: live.includes(target.state) }),
    );
  },
};
