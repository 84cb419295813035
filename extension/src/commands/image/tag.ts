// `tag`.

import { splitReference } from '../../../../runtime/src/text/names.ts';
import { l10n } from '../../l10n.ts';
import { images } from '../targets.ts';
import type { ImageTarget } from '../targets.ts';
import type { TargetVerb } from '../verb.ts';
import { tagFault } from '../names.ts';

export const tag: TargetVerb<ImageTarget> = {
  id: 'coracle.image.tag',
  noun: images,
  isForMany: false,
  question: () => l10n.t('Choose the image to tag'),
  async run({ ui, client }, [target]) {
    if (target === undefined) return;
    const title = l10n.t('Tag {0}', target.name);
    const value = target.isDangling ? '' : target.name;
    const name = await ui.input({ title, prompt: l10n.t('The new name, with its tag'), value, validate: tagFault });
    if (name === undefined) return;
    const { repository, tag: wanted } = splitReference(name);
    await client.images.tag(target.id, repository, wanted || 'latest');
  },
};
