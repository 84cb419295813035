// From what people type to an image: name, name@digest, id or a prefix of one.

import { type ImageId, isDigest } from '../spec/digest.ts';
import { type Reference, fullReference, parseReference, withDefaultTag, withDigest } from '../spec/reference.ts';
import { noSuchImage } from './errors.ts';
import type { Catalog, ImageRecord } from './store/catalog.ts';

/**
 * @throws EngineError notFound `No such image: x:latest`; invalidParameter when it is no reference at all
 */
export function resolveImage(catalog: Catalog, text: string): ImageRecord {
  const id = fullId(text);
  if (id !== undefined) {
    const image = catalog.visible(id);
    if (image === undefined) throw noSuchImage(id);
    return image;
  }
  const reference = parseReference(text);
  const image = findByReference(catalog, reference) ?? findByPrefix(catalog, text);
  if (image === undefined) throw noSuchImage(reference);
  return image;
}

function fullId(text: string): ImageId | undefined {
  if (isDigest(text)) return text;
  const digest = `sha256:${text}`;
  return isDigest(digest) ? digest : undefined;
}

export function findByReference(catalog: Catalog, reference: Reference): ImageRecord | undefined {
  const id = catalog.state.references.get(storedReference(reference));
  return id === undefined ? undefined : catalog.visible(id);
}

/** The key a reference is stored under: with a tag or a digest, and the digest alone where it has both. */
export function storedReference(reference: Reference): string {
  return fullReference(
    reference.digest === undefined ? withDefaultTag(reference) : withDigest(reference, reference.digest),
  );
}

function findByPrefix(catalog: Catalog, text: string): ImageRecord | undefined {
  const prefix = text.startsWith('sha256:') ? text : `sha256:${text}`;
  if (!/^sha256:[a-f0-9]{1,64}$/.test(prefix)) return undefined;
  const found = catalog.allVisible().filter((image) => image.id.startsWith(prefix));
  return found.length === 1 ? found[0] : undefined;
}

/** Whether `text` names the image by its id, in whole or in part, rather than by a reference. */
export function isIdOf(image: ImageRecord, text: string): boolean {
  return image.id.startsWith(text) || image.id.slice('sha256:'.length).startsWith(text);
}
