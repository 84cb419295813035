// Names while they are typed.

import { isValidName } from '../../../runtime/src/spec/ids.ts';
import { splitReference } from '../../../runtime/src/text/names.ts';
import { l10n } from '../l10n.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';

/** What is wrong with a text as the name of a container, volume or network, undefined when nothing is. */
export function nameFault(text: string): string | undefined {
  if (isValidName(text)) return undefined;
  return l10n.t('A name has at least two characters: letters, digits, _ . -, and begins with a letter or digit.');
}

/** What is wrong with a text as the name of an image, in docker's words; undefined when nothing is. */
export function referenceFault(text: string): string | undefined {
  try {
    splitReference(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** The same for a name that an image is to get. */
export function tagFault(text: string): string | undefined {
  return text.includes('@') ? l10n.t('A tag cannot have a digest.') : referenceFault(text);
}

/** What is wrong with a text as a path in a container, undefined when nothing is. */
export function pathFault(text: string): string | undefined {
  return text.startsWith('/') ? undefined : l10n.t('A path in a container begins with a slash.');
}
