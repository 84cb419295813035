// `GET /images/json` with its filters, and the sizes that `/system/df` wants.

import type { ImageSummary } from '../spec/api/images.ts';
import { EngineError } from '../spec/errors.ts';
import { type Filters, booleanFilter, checkFilterKeys, matchesLabels } from '../spec/filters.ts';
import { parseMoment } from '../spec/moment.ts';
import { familiarName, familiarReference, parseReference } from '../spec/reference.ts';
import { unixSeconds } from './config.ts';
import type { ImagesUsage } from './deps.ts';
import { globMatches } from './glob.ts';
import type { ImagesContext } from './images-context.ts';
import { namesOf } from './inspect.ts';
import { resolveImage } from './resolve.ts';
import type { ImageRecord } from './store/catalog.ts';

const filterKeys = ['dangling', 'label', 'label!', 'before', 'since', 'reference', 'until'];

export interface ListImagesQuery {
  readonly all: boolean;
  readonly filters: Filters;
  readonly sharedSize: boolean;
}

/** Newest first. @throws EngineError invalidParameter for unknown filters, notFound for a `before` that is not there */
export function listImages(context: ImagesContext, query: ListImagesQuery): readonly ImageSummary[] {
  const { filters } = query;
  checkFilterKeys(filters, filterKeys);
  const dangling = booleanFilter(filters, 'dangling');
  const inTime = timeFilter(context, filters);
  const patterns = filters.get('reference') ?? [];
  const shared = query.sharedSize ? sharedSizes(context) : undefined;
  const summaries: ImageSummary[] = [];
  for (const image of context.store.catalog.allVisible()) {
    if (!inTime(image) || !matchesLabels(filters, image.labels) || !lacksLabels(filters, image)) continue;
    const names = shownNames(context, image, patterns);
    if (names === undefined) continue;
    const isNameless = names.tags.length === 0 && names.digests.length === 0;
    const hidden =
      isNameless && (dangling === false || (!query.all && context.store.catalog.childrenOf(image.id).length > 0));
    if (hidden || (dangling === true && names.tags.length > 0)) continue;
    summaries.push(summaryOf(context, image, names, shared?.get(image.id) ?? -1));
  }
  return summaries.sort((a, b) => (b.Created ?? 0) - (a.Created ?? 0));
}

function summaryOf(
  context: ImagesContext,
  image: ImageRecord,
  names: { readonly tags: readonly string[]; readonly digests: readonly string[] },
  sharedSize: number,
): ImageSummary {
  return {
    Containers: -1,
    Created: unixSeconds(image.created),
    Id: image.id,
    Labels: image.labels,
    ParentId: image.parent ?? '',
    RepoDigests: names.digests,
    RepoTags: names.tags,
    SharedSize: sharedSize,
    Size: context.sizeOf(image),
  };
}

/** Names that a `reference` filter lets through; undefined when it lets none. */
function shownNames(
  context: ImagesContext,
  image: ImageRecord,
  patterns: readonly string[],
): { readonly tags: readonly string[]; readonly digests: readonly string[] } | undefined {
  const names = namesOf(context, image);
  if (patterns.length === 0) return names;
  const matches = (name: string): boolean => patterns.some((pattern) => familiarMatch(pattern, name));
  const shown = { tags: names.tags.filter(matches), digests: names.digests.filter(matches) };
  return shown.tags.length + shown.digests.length === 0 ? undefined : shown;
}

function familiarMatch(pattern: string, name: string): boolean {
  const reference = parseReference(name);
  return globMatches(pattern, familiarReference(reference)) || globMatches(pattern, familiarName(reference));
}

function lacksLabels(filters: Filters, image: ImageRecord): boolean {
  const unwanted = filters.get('label!') ?? [];
  return !unwanted.some((value) => matchesLabels(new Map([['label', [value]]]), image.labels));
}

function timeFilter(context: ImagesContext, filters: Filters): (image: ImageRecord) => boolean {
  const createdOf = (name: string): number => Date.parse(resolveImage(context.store.catalog, name).created ?? '') || 0;
  const before = (filters.get('before') ?? []).map(createdOf);
  const since = (filters.get('since') ?? []).map(createdOf);
  const until = untilFilter(context, filters);
  return (image) => {
    const created = Date.parse(image.created ?? '') || 0;
    return (
      before.every((limit) => created < limit) &&
      since.every((limit) => created > limit) &&
      (until === undefined || created < until)
    );
  };
}

/** Milliseconds since the epoch. @throws EngineError invalidParameter */
export function untilFilter(context: ImagesContext, filters: Filters): number | undefined {
  const values = filters.get('until') ?? [];
  if (values.length > 1) throw new EngineError('invalidParameter', 'more than one until filter specified');
  const [value] = values;
  if (value === undefined) return undefined;
  const moment = parseMoment(value, context.deps.host.clock.now());
  if (moment !== undefined) return Number(moment / 1_000_000n);
  const shown = JSON.stringify(value.slice(0, 100));
  throw new EngineError('invalidParameter', `failed to parse value as time or duration: ${shown}`);
}

/** Bytes of an image's layers that other images stand on too. */
function sharedSizes(context: ImagesContext): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  const images = context.store.catalog.allVisible();
  for (const image of images) {
    for (const layer of image.layers) users.set(layer.chainId, (users.get(layer.chainId) ?? 0) + 1);
  }
  return new Map(
    images.map((image) => {
      const shared = image.layers.filter((layer) => (users.get(layer.chainId) ?? 0) > 1);
      return [image.id, context.store.sizeOf(shared.map((layer) => layer.chainId))];
    }),
  );
}

export async function imagesUsage(context: ImagesContext): Promise<ImagesUsage> {
  const summaries = listImages(context, { all: false, filters: new Map(), sharedSize: true });
  const images = await Promise.all(
    summaries.map(async (summary) => ({
      ...summary,
      Containers: (await context.deps.usersOfImage(summary.Id ?? '')).length,
    })),
  );
  return { layersSize: context.store.layers.all().reduce((sum, layer) => sum + layer.size, 0), images };
}
