// Names of images as people type them.

import { familiarName, familiarReference, parseReference, withDefaultTag } from '../spec/reference.ts';

export interface NameParts {
  /** The shortest name of the repository. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** `host:5000/name:tag@sha256:…` taken apart. @throws EngineError in docker's words */
export function splitReference(text: string): NameParts {
  const reference = parseReference(text);
  return { repository: familiarName(reference), tag: reference.tag ?? '', digest: reference.digest ?? '' };
}

/** The reference with the tag `latest` when it names neither tag nor digest, as short as it can be. */
export function tagged(text: string): string {
  return familiarReference(withDefaultTag(parseReference(text)));
}
