// For which name an image has to be signed (containers-policy.json(5), signedIdentity): a signature of one image must not do for
// another one, or for another tag.

import { isEngineError } from '../spec/errors.ts';
import { type Reference, fullName, fullReference, parseReference } from '../spec/reference.ts';
import { checkKeys, object, PolicyError, text } from './fields.ts';

export type SignedIdentity =
  /** `matchDigest` is ours: which name was signed is not asked, as with signatures that hold none. */
  | { readonly type: 'matchExact' | 'matchRepoDigestOrExact' | 'matchRepository' | 'matchDigest' }
  | { readonly type: 'exactReference' | 'exactRepository'; readonly reference: Reference }
  | { readonly type: 'remapIdentity'; readonly prefix: string; readonly signedPrefix: string };

/** @throws PolicyError */
export function parseIdentity(value: unknown, place: string): SignedIdentity {
  if (value === undefined) return { type: 'matchRepoDigestOrExact' };
  const fields = object(value, place);
  const type = text(fields['type'], `${place}.type`);
  switch (type) {
    case 'matchExact':
    case 'matchRepoDigestOrExact':
    case 'matchRepository':
    case 'matchDigest':
      checkKeys(fields, place, ['type']);
      return { type };
    case 'exactReference': {
      checkKeys(fields, place, ['type', 'dockerReference']);
      const reference = named(fields['dockerReference'], `${place}.dockerReference`);
      if (isNameOnly(reference)) throw new PolicyError(`${place}.dockerReference`, 'needs a tag or a digest');
      return { type, reference };
    }
    case 'exactRepository': {
      checkKeys(fields, place, ['type', 'dockerRepository']);
      const reference = named(fields['dockerRepository'], `${place}.dockerRepository`);
      return { type, reference };
    }
    case 'remapIdentity': {
      checkKeys(fields, place, ['type', 'prefix', 'signedPrefix']);
      const [prefix, signedPrefix] = [
        prefixIn(fields['prefix'], `${place}.prefix`),
        prefixIn(fields['signedPrefix'], `${place}.signedPrefix`),
      ];
      return { type, prefix, signedPrefix };
    }
    default:
      throw new PolicyError(`${place}.type`, `is ${JSON.stringify(type.slice(0, 100))}, which is not known`);
  }
}

/**
 * @param image as it was asked for
 * @param signed what the signature says it is; undefined when it says nothing
 */
export function identityFits(identity: SignedIdentity, image: Reference, signed: Reference | undefined): boolean {
  if (identity.type === 'matchDigest') return true;
  if (signed === undefined) return false;
  switch (identity.type) {
    case 'matchExact':
      return isSameReference(image, signed);
    case 'matchRepoDigestOrExact':
      return isSameOrOfDigest(image, signed);
    case 'matchRepository':
      return fullName(image) === fullName(signed);
    case 'exactReference':
      return isSameReference(identity.reference, signed);
    case 'exactRepository':
      return fullName(identity.reference) === fullName(signed);
    case 'remapIdentity': {
      const remapped = remap(image, identity.prefix, identity.signedPrefix);
      return remapped !== undefined && isSameOrOfDigest(remapped, signed);
    }
  }
}

/** The name that a signature holds; undefined when it is none. */
export function referenceIn(value: unknown): Reference | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return parseReference(value);
  } catch (error) {
    if (isEngineError(error)) return undefined;
    throw error;
  }
}

function isSameReference(one: Reference, other: Reference): boolean {
  return !isNameOnly(one) && !isNameOnly(other) && fullReference(one) === fullReference(other);
}

/** By digest an image may be asked for that was signed under any tag. */
function isSameOrOfDigest(image: Reference, signed: Reference): boolean {
  if (isNameOnly(signed)) return false;
  if (image.tag !== undefined) return fullReference(image) === fullReference(signed);
  return image.digest !== undefined && fullName(image) === fullName(signed);
}

function remap(image: Reference, prefix: string, signedPrefix: string): Reference | undefined {
  const name = fullName(image);
  if (name !== prefix && !name.startsWith(`${prefix}/`)) return image;
  return referenceIn(signedPrefix + name.slice(prefix.length) + fullReference(image).slice(name.length));
}

function isNameOnly({ tag, digest }: Reference): boolean {
  return tag === undefined && digest === undefined;
}

function named(value: unknown, place: string): Reference {
  const reference = referenceIn(text(value, place));
  if (reference === undefined) throw new PolicyError(place, 'is no name of an image');
  return reference;
}

/** A host, a namespace or a repository, in full. */
function prefixIn(value: unknown, place: string): string {
  const prefix = text(value, place);
  const probe = referenceIn(`${prefix}/x/x`);
  const isWhole = probe !== undefined && isNameOnly(probe) && fullName(probe) === `${prefix}/x/x`;
  if (!isWhole) throw new PolicyError(place, 'must be a host, a namespace or a repository, in full and without a tag');
  return prefix;
}
