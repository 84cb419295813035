// `rmi`: a tag, and with its last one the image. What a container stands on is only removed by force.

import { l10n } from '../../l10n.ts';
import { confirmTargets } from '../confirm.ts';
import { isApiError } from '../../../../runtime/src/client/errors.ts';
import { onEach } from '../failures.ts';
import type { Failure } from '../failures.ts';
import { images } from '../targets.ts';
import type { ImageTarget } from '../targets.ts';
import type { TargetVerb, VerbContext } from '../verb.ts';

export const remove: TargetVerb<ImageTarget> = {
  id: 'coracle.image.remove',
  noun: images,
  isForMany: true,
  question: () => l10n.t('Choose images to remove'),
  async run(context, targets) {
    if (!(await confirmTargets(context.ui, l10n.t('Remove these images?'), targets, l10n.t('Remove')))) return;
    await removeAll(context, targets, false);
  },
};

async function removeAll(context: VerbContext, targets: readonly ImageTarget[], force: boolean): Promise<void> {
  const options = {
    title: l10n.t('Removing images'),
    failed: (names: string) => l10n.t('Could not remove {0}', names),
    actions: (failures: readonly Failure<ImageTarget>[]) => (force ? [] : forceAction(context, failures)),
  };
  await onEach(context.ui, targets, options, async ({ id, name, isDangling }) => {
    // By name a tag goes alone; without a name there is only the image.
    await context.client.images.remove(isDangling ? id : name, { force });
  });
}

function forceAction(context: VerbContext, failures: readonly Failure<ImageTarget>[]) {
  const conflicts = failures.filter(({ error }) => isApiError(error, 409)).map(({ target }) => target);
  if (conflicts.length === 0) return [];
  const action = l10n.t('Remove by Force');
  const run = async () => {
    const note = l10n.t('Containers that use them stay, and cannot be made again from them.');
    if (!(await confirmTargets(context.ui, l10n.t('Remove these images by force?'), conflicts, action, note))) return;
    await removeAll(context, conflicts, true);
  };
  return [{ label: action, run }];
}
