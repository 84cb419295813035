// Image references in Compose files.

import { familiarReference, parseReference, withDefaultTag } from '../../../../runtime/src/spec/reference.ts';
import { EngineError } from '../../../../runtime/src/spec/errors.ts';

/** The reference with its tag, or undefined for what is none or is filled in later. */
export function parseReferenceOrNothing(text: string | undefined): string | undefined {
  if (text === undefined || text === '' || text.includes('$')) return undefined;
  try {
    return familiarReference(withDefaultTag(parseReference(text)));
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

/** Why a text is no reference; undefined where it is one. */
export function referenceFault(text: string): string | undefined {
  if (text === '' || text.includes('$')) return undefined;
  try {
    parseReference(text);
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}
