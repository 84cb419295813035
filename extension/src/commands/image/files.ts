// Opens the files of an image in the explorer.

import { fileUri } from '../../files/uri.ts';
import { l10n } from '../../l10n.ts';
import { images } from '../targets.ts';
import type { ImageTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';

export const openImageFiles: TargetVerb<ImageTarget> = {
  id: 'coracle.image.files',
  noun: images,
  isForMany: false,
  question: () => l10n.t('Choose the image whose files to open'),
  async run({ ui, engine }, [target]) {
    if (target === undefined) return;
    await ui.openFolder({ ...fileUri({ engine, noun: 'images', ref: target.id, path: '/' }), name: target.name });
  },
};
