// Applying fixes: several at once where they do not touch each other, and again until there is nothing left to mend.

import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Diagnostic, Remedy } from './diagnostic.ts';

export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Mending one thing can bring another to light, but not for ever. */
export const mostRounds = 20;

/** Applies edits, which must not overlap, to a text. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { span, text: insert } of edits.toSorted(
    (a, b) => a.span.start - b.span.start || a.span.end - b.span.end,
  )) {
    parts.push(text.slice(at, span.start), insert);
    at = span.end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/** Fixes of some diagnostics that can be applied at once: of those that touch each other, the first. */
export function compatibleFixes(
  diagnostics: readonly Diagnostic[],
  isWanted: (fix: Remedy) => boolean,
): readonly Remedy[] {
  const taken = new TakenEdits();
  return diagnostics.flatMap(({ fix }) => {
    if (fix === undefined || !isWanted(fix) || fix.edits.some((edit) => taken.touches(edit))) return [];
    for (const edit of fix.edits) taken.add(edit);
    return [fix];
  });
}

/** Edits of which none touches another, in the order of the text. */
class TakenEdits {
  readonly #edits: Edit[] = [];

  touches({ span }: Edit): boolean {
    const index = this.#indexAfter(span.start);
    const [before, after] = [this.#edits[index - 1], this.#edits[index]];
    return (
      (before !== undefined && before.span.end >= span.start) || (after !== undefined && after.span.start <= span.end)
    );
  }

  add(edit: Edit): void {
    this.#edits.splice(this.#indexAfter(edit.span.start), 0, edit);
  }

  /** Index of the first edit that begins behind a place. */
  #indexAfter(place: number): number {
    let low = 0;
    let high = this.#edits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#edits[middle]?.span.start ?? 0) <= place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * Applies fixes until none is left.
 * @param lint gives a text's diagnostics
 * @param isWanted which fixes are applied; only the safe ones where it is left out
 * @param rounds how often at most: each looks at the whole text
 */
export function fixAll(
  text: string,
  lint: (text: string) => readonly Diagnostic[],
  isWanted: (fix: Remedy) => boolean = ({ safe }) => safe,
  rounds = mostRounds,
): { text: string; fixes: number } {
  let fixes = 0;
  let now = text;
  for (let round = 0; round < rounds; round += 1) {
    const chosen = compatibleFixes(lint(now), isWanted);
    if (chosen.length === 0) break;
    now = applyEdits(
      now,
      chosen.flatMap(({ edits }) => edits),
    );
    fixes += chosen.length;
  }
  return { text: now, fixes };
}
