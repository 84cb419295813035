// `pull`, with its progress, and for those who need an image that is not here.

import { splitReference, tagged } from '../../../../runtime/src/text/names.ts';
import { l10n } from '../../l10n.ts';
import { messageOf } from '../../../../runtime/src/spec/errors.ts';
import { images } from '../targets.ts';
import type { ImageTarget } from '../targets.ts';
import type { PlainVerb, TargetVerb, VerbContext } from '../verb.ts';
import { referenceFault } from '../names.ts';
import { followLayers } from './layer-progress.ts';
import { authFor } from '../../registries/auth-for.ts';

/**
 * Pulls one image; the user may cancel it.
 * @returns false when it was cancelled
 * @throws Error in the engine's words
 */
export async function pullImage({ ui, client, logIns }: VerbContext, name: string): Promise<boolean> {
  const { repository, tag, digest } = splitReference(name);
  return await ui.progress(l10n.t('Pulling {0}', tagged(name)), async ({ report, signal }) => {
    try {
      const options = { tag: digest || tag || 'latest', signal, ...(await authFor(logIns, name)) };
      await followLayers(await client.images.pull(repository, options), report);
    } catch (error) {
      if (signal.aborted) return false;
      throw new Error(l10n.t('Could not pull {0}: {1}', tagged(name), messageOf(error)), { cause: error });
    }
    return true;
  });
}

export const pull: PlainVerb = {
  id: 'coracle.image.pull',
  needsTrust: true,
  async run(context) {
    const { ui } = context;
    const name = await ui.input({
      title: l10n.t('Pull Image'),
      prompt: l10n.t('Name of the image, with a tag or without'),
      placeholder: 'alpine:latest',
      validate: referenceFault,
    });
    if (name === undefined) return;
    if (await pullImage(context, name)) ui.info(l10n.t('{0} is here.', tagged(name)));
  },
};

/** Pulls a chosen image again. */
export const pullAgain: TargetVerb<ImageTarget> = {
  id: 'coracle.image.pullAgain',
  noun: images,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the image to pull again'),
  accepts: ({ isDangling }) => !isDangling,
  async run(context, [target]) {
    if (target === undefined) return;
    if (await pullImage(context, target.name)) context.ui.info(l10n.t('{0} is here.', target.name));
  },
};
