// Removes a tag from a registry, or a manifest. What else stands for the same manifest is told before, since some registries know no
// other way than to remove all of it.

import { messageOf } from '../../../../runtime/src/spec/errors.ts';
import { l10n } from '../../l10n.ts';
import type { Look } from '../../registries/look.ts';
import { referenceOf, type RegistryTarget } from '../../registries/targets.ts';
import { nameSome } from '../../ui/plain.ts';
import type { RegistryHost, RegistryVerb } from './host.ts';

type Target = Extract<RegistryTarget, { readonly kind: 'tag' | 'manifest' }>;

/** Tags that are compared: each is a request. */
const mostCompared = 200;
const atOnce = 8;
const mostNames = 20;
/** What registries answer that do not remove tags, or nothing at all. */
const refusals = new Set([400, 404, 405, 501]);

export const removeFromRegistry: RegistryVerb<'tag' | 'manifest'> = {
  id: 'coracle.registry.remove',
  kinds: ['tag', 'manifest'],
  async run(host, [target]) {
    if (target === undefined) return;
    try {
      if (await removed(host, target)) await host.changed();
    } catch (error) {
      // Turning away is no error.
      if (error instanceof Error && error.name === 'AbortError') return;
      throw new Error(l10n.t('Could not remove {0}: {1}', referenceOf(target), messageOf(error)), { cause: error });
    }
  },
};

async function removed(host: RegistryHost, target: Target): Promise<boolean> {
  const { ui } = host;
  const { repository } = target;
  const look = await (await host.registries()).look(target.registry);
  const shared = await ui.progress(l10n.t('Comparing tags of {0}', repository), ({ signal }) =>
    sharedTags(look, target, signal),
  );
  if (shared === undefined) throw new Error(l10n.t('the registry does not have it any more'));
  const { digest, others, isAll } = shared;
  const action = l10n.t('Remove');
  const message = l10n.t('Remove {0} from {1}?', referenceOf(target), target.registry.label);
  const detail = [digest, noteOf(target, others), restOf(shared)].filter((text) => text !== '').join('\n\n');
  if (!(await ui.confirm({ message, detail, action }))) return false;
  if (target.kind === 'manifest' || !(await removeTag(look, repository, target.tag))) {
    const mayBeOthers = others.length > 0 || !isAll;
    if (target.kind === 'tag' && mayBeOthers && !(await confirmAll(host, target, shared))) return false;
    await look.remove(repository, digest);
  }
  return true;
}

function noteOf(target: Target, others: readonly string[]): string {
  if (others.length === 0) return '';
  const names = nameSome(others, mostNames, (count) => l10n.t('and {0} more', count));
  return target.kind === 'tag'
    ? l10n.t('The same manifest is tagged {0}, too. Those tags stay.', names)
    : l10n.t('It is tagged {0}. Those tags go with it.', names);
}

/** A repository may have more tags than are compared. */
function restOf({ isAll }: Shared): string {
  return isAll ? '' : l10n.t('Only {0} tags were compared; others may stand for it, too.', mostCompared);
}

async function confirmAll({ ui }: RegistryHost, target: Target, shared: Shared): Promise<boolean> {
  const names = nameSome(shared.others, mostNames, (count) => l10n.t('and {0} more', count));
  const known = names === '' ? '' : l10n.t('With the manifest go its other tags as well: {0}.', names);
  return await ui.confirm({
    message: l10n.t('{0} removes no tag alone.', target.registry.label),
    detail: [known, restOf(shared)].filter((text) => text !== '').join('\n\n'),
    action: l10n.t('Remove All of Them'),
  });
}

/** @returns false where the registry removes no tags */
async function removeTag(look: Look, repository: string, tag: string): Promise<boolean> {
  const { statusOf } = await import('../../registries/faults.ts');
  try {
    await look.remove(repository, tag);
    return true;
  } catch (error) {
    if (refusals.has(statusOf(error) ?? 0)) return false;
    throw error;
  }
}

interface Shared {
  readonly digest: string;
  /** Other tags of the same manifest, as far as they were compared. */
  readonly others: readonly string[];
  /** Whether there are no others. */
  readonly isAll: boolean;
}

/** @returns undefined when there is no such tag */
async function sharedTags(look: Look, target: Target, signal: AbortSignal): Promise<Shared | undefined> {
  const { repository } = target;
  const own = target.kind === 'tag' ? target.tag : '';
  const digest = target.kind === 'tag' ? await look.digestOf(repository, target.tag, { signal }) : target.digest;
  if (digest === undefined) return undefined;
  const queue: string[] = [];
  let from: string | undefined;
  do {
    const { names, next } = await look.tags(repository, from, { signal });
    queue.push(...names.filter((tag) => tag !== own));
    from = next;
  } while (from !== undefined && queue.length < mostCompared);
  const isAll = from === undefined && queue.length <= mostCompared;
  queue.length = Math.min(queue.length, mostCompared);
  const others: string[] = [];
  const compare = async () => {
    for (let tag = queue.shift(); tag !== undefined; tag = queue.shift()) {
      if ((await look.digestOf(repository, tag, { signal })) === digest) others.push(tag);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, compare));
  return { digest, others: others.toSorted(), isAll };
}
