// `history`: the layers of an image and the instructions that made them, as a text.

import { layOut } from '../../../../runtime/src/text/table.ts';
import { humanDuration } from '../../../../runtime/src/spec/duration.ts';
import { humanSize } from '../../../../runtime/src/text/units.ts';
import type { ImageHistoryResponseItem } from '../../../../runtime/src/spec/api/images.ts';
import { l10n } from '../../l10n.ts';
import { fileName } from '../document.ts';
import { images } from '../targets.ts';
import type { ImageTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export function historyText(layers: readonly ImageHistoryResponseItem[], nowMs: number): string {
  const rows = layers.map(({ Created, Size, CreatedBy, Comment }) => {
    const age = (Created ?? 0) > 0 ? l10n.t('{0} ago', humanDuration(nowMs - (Created ?? 0) * 1000)) : '';
    const made = `${CreatedBy ?? ''}${(Comment ?? '') === '' ? '' : `  # ${Comment}`}`.replaceAll(/\s+/g, ' ');
    return [age, humanSize(Size ?? 0, 3), made].join('\t');
  });
  return layOut([[l10n.t('CREATED'), l10n.t('SIZE'), l10n.t('CREATED BY')].join('\t'), ...rows]);
}

export const history: TargetVerb<ImageTarget> = {
  id: 'coracle.image.history',
  noun: images,
  isForMany: false,
  question: () => l10n.t('Choose the image whose layers to show'),
  async run({ ui, client }, [target]) {
    if (target === undefined) return;
    await ui.document({
      name: `${fileName(target.name)}.history.txt`,
      key: `history/${target.id}`,
      load: async () => historyText(await client.images.history(target.id), Date.now()),
    });
  },
};
