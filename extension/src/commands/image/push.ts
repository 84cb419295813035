// `push`: under the name that the image has, or under another that it gets for it.

import { fullReference, parseReference, withDefaultTag } from '../../../../runtime/src/spec/reference.ts';
import { splitReference, tagged } from '../../../../runtime/src/text/names.ts';
import { messageOf } from '../../../../runtime/src/spec/errors.ts';
import { l10n } from '../../l10n.ts';
import type { PickItem } from '../../ui/ui.ts';
import { tagFault } from '../names.ts';
import { images } from '../targets.ts';
import type { ImageTarget } from '../targets.ts';
import type { TargetVerb, VerbContext } from '../verb.ts';
import { followLayers } from './layer-progress.ts';
import { authFor } from '../../registries/auth-for.ts';

/** So many registries are offered. */
const mostOffered = 20;

export const push: TargetVerb<ImageTarget> = {
  id: 'coracle.image.push',
  noun: images,
  needsTrust: true,
  isForMany: false,
  question: () => l10n.t('Choose the image to push'),
  async run(context, [target]) {
    if (target === undefined) return;
    const name = await askName(context, target);
    if (name === undefined) return;
    if (name !== target.name) await tagAs(context, target, name);
    if (await pushImage(context, name)) context.ui.info(l10n.t('{0} is in its registry.', tagged(name)));
  },
};

/** @returns the name to push under; undefined when the user turned away */
async function askName({ ui, logIns }: VerbContext, target: ImageTarget): Promise<string | undefined> {
  const title = l10n.t('Push {0}', target.name);
  const own: PickItem<string>[] = target.isDangling
    ? []
    : [{ label: fullName(target.name), description: l10n.t('the name that it has'), icon: 'cloud-upload', value: '' }];
  const domains = (await logIns.domains()).slice(0, mostOffered);
  const others = domains.map((domain) => ({ label: domain, description: l10n.t('under another name'), value: domain }));
  const any = { label: l10n.t('Another name...'), icon: 'tag', value: '.' };
  const chosen = await ui.pick([...own, ...others, any], { title, placeholder: l10n.t('Where to') });
  if (chosen === undefined) return undefined;
  if (chosen === '') return target.name;
  return await ui.input({
    title: l10n.t('Push {0} Under Another Name', target.name),
    prompt: l10n.t('The name to push under: registry, repository and tag'),
    placeholder: 'registry.example.com/team/web:1',
    value: chosen === '.' ? (target.isDangling ? '' : target.name) : proposal(target, chosen),
    validate: tagFault,
  });
}

/** The same repository and tag in another registry. */
function proposal({ name, isDangling }: ImageTarget, domain: string): string {
  if (isDangling) return `${domain}/`;
  const { path, tag = 'latest' } = parseReference(name);
  return `${domain}/${path.replace(/^library\//, '')}:${tag}`;
}

async function tagAs({ client }: VerbContext, target: ImageTarget, name: string): Promise<void> {
  const { repository, tag } = splitReference(name);
  await client.images.tag(target.id, repository, tag || 'latest');
}

/**
 * Pushes one image; the user may cancel it.
 * @returns false when it was cancelled
 * @throws Error in the engine's words
 */
async function pushImage({ ui, client, logIns }: VerbContext, name: string): Promise<boolean> {
  const { repository, tag } = splitReference(name);
  return await ui.progress(l10n.t('Pushing {0}', tagged(name)), async ({ report, signal }) => {
    try {
      const options = { tag: tag || 'latest', signal, ...(await authFor(logIns, name)) };
      await followLayers(await client.images.push(repository, options), report);
    } catch (error) {
      if (signal.aborted) return false;
      throw new Error(l10n.t('Could not push {0}: {1}', tagged(name), messageOf(error)), { cause: error });
    }
    return true;
  });
}

/** With its registry: what is called `web` would go to Docker Hub. */
function fullName(name: string): string {
  return fullReference(withDefaultTag(parseReference(name)));
}
