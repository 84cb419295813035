// Text that no variable changes, so that it can be judged before a build.

import type { Word } from '../tree.ts';

/** A word without its quotes; undefined where a variable is in it, or where there is no word. */
export function literalValue(word: Word | undefined): string | undefined {
  if (word === undefined) return undefined;
  let value = '';
  for (const piece of word.pieces) {
    if (piece.kind === 'variable') return undefined;
    value += piece.value;
  }
  return value;
}
