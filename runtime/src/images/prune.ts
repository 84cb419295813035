// `POST /images/prune`: images without a name, or all that no container uses.

import type { ImageDeleteResponseItem } from '../spec/api/images.ts';
import type { ChainId } from '../spec/digest.ts';
import { isKind } from '../spec/errors.ts';
import { type Filters, booleanFilter, checkFilterKeys, matchesLabels } from '../spec/filters.ts';
import type { ImagesContext } from './images-context.ts';
import { untilFilter } from './list.ts';
import { removeImage } from './remove.ts';
import type { ImageRecord } from './store/catalog.ts';

/** @throws EngineError invalidParameter for unknown filters */
export async function pruneImages(
  context: ImagesContext,
  filters: Filters,
): Promise<{ readonly ImagesDeleted: readonly ImageDeleteResponseItem[] | null; readonly SpaceReclaimed: number }> {
  checkFilterKeys(filters, ['dangling', 'label', 'label!', 'until']);
  const danglingOnly = booleanFilter(filters, 'dangling') ?? true;
  const until = untilFilter(context, filters);
  const { catalog, interrupted, layers } = context.store;
  await interrupted.drop();
  const sizes = new Map(layers.all().map((layer) => [layer.chainId, layer.size]));
  const deleted: ImageDeleteResponseItem[] = [];
  for (const image of catalog.allVisible()) {
    if (until !== undefined && !(Date.parse(image.created ?? '') <= until)) continue;
    if (!matchesLabels(filters, image.labels) || hasUnwanted(filters, image)) continue;
    for (const target of targets(context, image, danglingOnly)) deleted.push(...(await removeQuietly(context, target)));
  }
  const reclaimed = deleted.reduce((sum, item) => sum + (sizes.get((item.Deleted ?? '') as ChainId) ?? 0), 0);
  context.deps.events.publish('image', 'prune', { id: '', attributes: { reclaimed: String(reclaimed) } });
  return { ImagesDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed };
}

/** What has to be removed for the image to go; nothing when it stays. */
function targets(context: ImagesContext, image: ImageRecord, danglingOnly: boolean): readonly string[] {
  const references = context.store.catalog.referencesOf(image.id);
  if (references.length === 0) {
    return context.store.catalog.childrenOf(image.id).length > 0 ? [] : [image.id];
  }
  const hasTag = references.some((reference) => !reference.includes('@'));
  return danglingOnly && hasTag ? [] : references;
}

function hasUnwanted(filters: Filters, image: ImageRecord): boolean {
  return (filters.get('label!') ?? []).some((value) => matchesLabels(new Map([['label', [value]]]), image.labels));
}

/** An image in use, or one that is gone meanwhile, is passed over. */
async function removeQuietly(context: ImagesContext, target: string): Promise<readonly ImageDeleteResponseItem[]> {
  try {
    return await removeImage(context, target, { force: false, noPrune: false });
  } catch (error) {
    if (isKind(error, 'conflict', 'notFound')) return [];
    throw error;
  }
}
