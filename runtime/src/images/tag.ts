// Names: giving one to an image, taking one away.

import type { ImageId } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import {
  type Reference,
  familiarName,
  familiarReference,
  parseReference,
  withDefaultTag,
  withTag,
} from '../spec/reference.ts';
import type { ImagesContext } from './images-context.ts';
import { resolveImage, storedReference } from './resolve.ts';

/** @throws EngineError notFound; invalidParameter for a bad name */
export async function tagImage(
  context: ImagesContext,
  text: string,
  target: { readonly repo: string; readonly tag: string },
): Promise<void> {
  const reference = targetReference(target.repo, target.tag);
  const image = resolveImage(context.store.catalog, text);
  await applyTag(context, image.id, reference);
  context.publish('tag', image.id, familiarReference(reference), image.labels);
}

/**
 * `repo` may carry a tag itself; `tag` wins.
 * @throws EngineError invalidParameter
 */
export function targetReference(repo: string, tag: string): Reference {
  const reference = parseReference(repo);
  if (reference.digest !== undefined) {
    throw new EngineError('invalidParameter', 'refusing to create a tag with a digest reference');
  }
  if (familiarName(reference) === 'sha256') {
    const message = 'refusing to create an ambiguous tag using digest algorithm as name';
    throw new EngineError('invalidParameter', message);
  }
  if (tag === '') return withDefaultTag(reference);
  return withTag(reference, tag);
}

/** Points a tag at an image, taking it from whichever had it. */
export async function applyTag(context: ImagesContext, id: ImageId, reference: Reference): Promise<void> {
  await context.store.catalog.update(({ images, references }) => {
    const image = images.get(id);
    if (image === undefined || image.removed !== undefined) throw new EngineError('notFound', `No such image: ${id}`);
    references.set(storedReference(reference), id);
    images.set(id, { ...image, lastTagMs: context.deps.host.clock.now() });
  });
}
