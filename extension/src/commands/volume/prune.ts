// `volume prune`: volumes that no container uses; anonymous ones, or all.

import type { EngineClient } from '../../../../runtime/src/client/client.ts';
import { l10n } from '../../l10n.ts';
import { pruneNamed } from '../prune.ts';
import type { Prunable } from '../prune.ts';
import type { PlainVerb } from '../verb.ts';

/** The label that engines put on volumes nobody named. */
const anonymousLabel = 'com.docker.volume.anonymous';

/** Volumes that no container uses; only anonymous ones unless `all`. */
export async function unusedVolumes(client: EngineClient, all: boolean): Promise<Prunable[]> {
  const { Volumes } = await client.volumes.list({ dangling: ['true'] });
  return (Volumes ?? [])
    .filter(({ Labels }) => all || Object.hasOwn(Labels ?? {}, anonymousLabel))
    .map(({ Name }) => ({ name: Name ?? '', remove: () => client.volumes.remove(Name ?? '', false) }));
}

export const pruneVolumes: PlainVerb = {
  id: 'coracle.volume.prune',
  async run(context) {
    const items = [
      { label: l10n.t('Anonymous volumes'), value: false },
      { label: l10n.t('All volumes that no container uses'), value: true },
    ];
    const all = await context.ui.pick(items, { title: l10n.t('Choose what to remove') });
    if (all === undefined) return;
    await pruneNamed(context, await unusedVolumes(context.client, all), {
      nothing: l10n.t('There are no unused volumes.'),
      question: l10n.t('Remove these volumes and their files?'),
      title: l10n.t('Removing volumes'),
      failed: (names) => l10n.t('Could not remove {0}', names),
      done: (count) => l10n.t('Volumes removed: {0}', count),
    });
  },
};
