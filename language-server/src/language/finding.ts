// What a check finds, in offsets of the file that was checked.

import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';

export interface Finding {
  readonly span: Span;
  readonly severity: 'error' | 'warning' | 'information' | 'hint';
  /** A name in kebab case: the page in our docs. */
  readonly code: string;
  /** What is wrong and what to do. */
  readonly message: string;
  readonly tag?: 'unnecessary' | 'deprecated';
  readonly related?: readonly Related[];
  readonly fixes?: readonly Fix[];
}

/** Another place that belongs to it, in the same file. */
export interface Related {
  readonly span: Span;
  readonly message: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
  /** Whether what was meant is certain: only then it is part of `fix all`. */
  readonly safe: boolean;
}

export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** More of one kind tell nobody more, and cost time in files that are made to cost it. */
export const maximumFindings = 200;

/** `Did you mean …?` and the fix for it, or nothing. */
export function suggestion(
  span: Span,
  name: string | undefined,
): { readonly hint: string; readonly fixes: readonly Fix[] } {
  if (name === undefined) return { hint: '', fixes: [] };
  return {
    hint: ` Did you mean \`${name}\`?`,
    fixes: [{ title: `Change to \`${name}\``, edits: [{ span, text: name }], safe: false }],
  };
}
