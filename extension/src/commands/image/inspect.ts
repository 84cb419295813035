// `image inspect`: the engine's document, as read-only JSON.

import { l10n } from '../../l10n.ts';
import { showJson } from '../document.ts';
import { images } from '../targets.ts';
import type { ImageTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const inspectImage: TargetVerb<ImageTarget> = {
  id: 'coracle.image.inspect',
  noun: images,
  isForMany: true,
  question: () => l10n.t('Choose images to inspect'),
  async run({ ui, client }, targets) {
    await showJson(
      ui,
      targets,
      (target) => `image/${target.id}`,
      (target) => client.images.inspectText(target.id),
    );
  },
};
