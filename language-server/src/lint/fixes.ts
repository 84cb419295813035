// Applying fixes: several at once where they do not touch each other, and again until there is nothing left to mend.

import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Diagnostic, Remedy } from './diagnostic.ts';

export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Mending one thing can bring another to light, but not for ever. */
const mostRounds = 20;

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
  const chosen: Remedy[] = [];
  let taken: Edit[] = [];
  for (const { fix } of diagnostics) {
    if (fix === undefined || !isWanted(fix) || fix.edits.some((edit) => taken.some((other) => touch(edit, other))))
      continue;
    chosen.push(fix);
    // Diagnostics come in the order of the text, so what lies far behind cannot be touched any more.
    const first = Math.min(...fix.edits.map(({ span }) => span.start));
    taken = [...taken.filter(({ span }) => span.end >= first - farBehind), ...fix.edits];
  }
  return chosen;
}

/** Fixes reach at most to the instruction before; this is longer than any that people write. */
const farBehind = 100_000;

function touch(one: Edit, other: Edit): boolean {
  return one.span.start <= other.span.end && other.span.start <= one.span.end;
}

/**
 * Applies fixes until none is left.
 * @param lint gives a text's diagnostics
 * @param isWanted which fixes are applied; only the safe ones where it is left out
 */
export function fixAll(
  text: string,
  lint: (text: string) => readonly Diagnostic[],
  isWanted: (fix: Remedy) => boolean = ({ safe }) => safe,
): { text: string; fixes: number } {
  let fixes = 0;
  let now = text;
  for (let round = 0; round < mostRounds; round += 1) {
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
