// `DELETE /images/{name}`: names first, then the image, then parents that nobody needs any more; with the conflicts, the
// order and the records of moby.

import type { ImageDeleteResponseItem } from '../spec/api/images.ts';
import type { ImageId } from '../spec/digest.ts';
import { shortId } from '../spec/ids.ts';
import { type Reference, familiarReference, fullName, parseReference, withDefaultTag } from '../spec/reference.ts';
import { DeleteConflict, referenceInUse } from './errors.ts';
import type { ImagesContext } from './images-context.ts';
import { isIdOf, resolveImage, storedReference } from './resolve.ts';
import type { ImageRecord } from './store/catalog.ts';

export interface RemoveOptions {
  readonly force: boolean;
  readonly noPrune: boolean;
}

interface Conflicts {
  readonly soft: boolean;
  /** Names of the image count as a conflict. */
  readonly references: boolean;
}

/** @throws EngineError notFound, conflict */
export async function removeImage(
  context: ImagesContext,
  text: string,
  options: RemoveOptions,
): Promise<readonly ImageDeleteResponseItem[]> {
  const image = resolveImage(context.store.catalog, text);
  const records: ImageDeleteResponseItem[] = [];
  let byName = false;
  if (!isIdOf(image, text)) {
    if (await untagByName(context, image, text, options.force, records)) return records;
    byName = true;
  } else if (isSingleReference(referencesOf(context, image.id))) {
    await checkConflicts(context, image.id, { soft: !options.force, references: false });
    for (const reference of referencesOf(context, image.id)) await untag(context, image, reference, records, true);
  }
  await deleteImage(context, image.id, records, { force: options.force, prune: !options.noPrune, quiet: byName });
  return records;
}

/** @returns true when other names remain and the image stays */
async function untagByName(
  context: ImagesContext,
  image: ImageRecord,
  text: string,
  force: boolean,
  records: ImageDeleteResponseItem[],
): Promise<boolean> {
  if (!force && isSingleReference(referencesOf(context, image.id))) {
    const [user] = await context.deps.usersOfImage(image.id);
    if (user !== undefined) throw referenceInUse(text, user.containerId, image.id);
  }
  const reference = parseReference(text);
  const named = reference.digest === undefined ? withDefaultTag(reference) : reference;
  await untag(context, image, named, records, true);
  if (named.digest === undefined) await untagDigests(context, image, named, records);
  return referencesOf(context, image.id).length > 0;
}

/** Digests of a repository go with the last tag in it. */
async function untagDigests(
  context: ImagesContext,
  image: ImageRecord,
  tag: Reference,
  records: ImageDeleteResponseItem[],
): Promise<void> {
  const same = referencesOf(context, image.id).filter((reference) => fullName(reference) === fullName(tag));
  if (same.some((reference) => reference.digest === undefined)) return;
  for (const reference of same) await untag(context, image, reference, records, false);
}

function referencesOf(context: ImagesContext, id: ImageId): readonly Reference[] {
  return context.store.catalog.referencesOf(id).map((text) => parseReference(text));
}

async function untag(
  context: ImagesContext,
  image: ImageRecord,
  reference: Reference,
  records: ImageDeleteResponseItem[],
  tell: boolean,
): Promise<void> {
  const key = storedReference(reference);
  await context.store.catalog.update(({ references }) => {
    if (references.get(key) === image.id) references.delete(key);
  });
  if (tell) context.publish('untag', image.id, image.id, image.labels);
  records.push({ Untagged: familiarReference(reference) });
}

/** At most one tag, and all digests in its repository. */
function isSingleReference(references: readonly Reference[]): boolean {
  if (references.length <= 1) return references.length === 1;
  const tags = references.filter((reference) => reference.digest === undefined);
  if (tags.length > 1) return false;
  const single = tags[0] ?? references[0];
  const repositories = new Set(references.filter((one) => one.digest !== undefined).map((one) => fullName(one)));
  return single !== undefined && repositories.size === 1 && repositories.has(fullName(single));
}

interface DeleteOptions {
  readonly force: boolean;
  readonly prune: boolean;
  /** A name was removed, or this is a parent: conflicts end it silently. */
  readonly quiet: boolean;
}

async function deleteImage(
  context: ImagesContext,
  id: ImageId,
  records: ImageDeleteResponseItem[],
  options: DeleteOptions,
): Promise<void> {
  const { catalog } = context.store;
  const image = catalog.visible(id);
  if (image === undefined) return;
  try {
    await checkConflicts(context, id, { soft: !options.force, references: !options.force });
  } catch (error) {
    const isDangling = catalog.referencesOf(id).length === 0 && catalog.childrenOf(id).length === 0;
    if (error instanceof DeleteConflict && options.quiet && (!isDangling || error.used)) return;
    throw error;
  }
  for (const reference of referencesOf(context, id)) await untag(context, image, reference, records, true);
  const isUsed = await context.isUsed(id);
  let isGone = false;
  await catalog.update(({ images, references }) => {
    // A pull may have given it a name since we looked: then it is wanted again.
    if ([...references.values()].includes(id)) return;
    isGone = true;
    if (isUsed) images.set(id, { ...image, removed: true });
    else images.delete(id);
  });
  if (!isGone) return;
  const swept = context.store.sweep();
  context.publish('delete', id, id, image.labels);
  const gone = new Set(swept.layers.map((layer) => layer.chainId));
  const own = image.layers.map((layer) => layer.chainId).filter((chainId) => gone.has(chainId));
  records.push({ Deleted: id }, ...own.reverse().map((chainId) => ({ Deleted: chainId })));
  await swept.erased;
  if (options.prune && image.parent !== undefined) {
    await deleteImage(context, image.parent, records, { force: false, prune: true, quiet: true });
  }
}

async function checkConflicts(context: ImagesContext, id: ImageId, which: Conflicts): Promise<void> {
  const { catalog } = context.store;
  if (catalog.childrenOf(id).length > 0) {
    throw new DeleteConflict(id, 'image has dependent child images', { hard: true, used: false });
  }
  const users = await context.deps.usersOfImage(id);
  const running = users.find((user) => user.running);
  if (running !== undefined) {
    const reason = `image is being used by running container ${shortId(running.containerId)}`;
    throw new DeleteConflict(id, reason, { hard: true, used: true });
  }
  if (which.references && catalog.referencesOf(id).length > 0) {
    throw new DeleteConflict(id, 'image is referenced in multiple repositories', { hard: false, used: false });
  }
  const stopped = users[0];
  if (which.soft && stopped !== undefined) {
    const reason = `image is being used by stopped container ${shortId(stopped.containerId)}`;
    throw new DeleteConflict(id, reason, { hard: false, used: true });
  }
}
