// What the linter says in the end: findings with their severity, each fault once.

import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { FileFinding, Fix, RuleId, Severity } from './rule.ts';

/** One fault of a file. Spans count from the beginning of the file, in UTF-16 code units. */
export interface Diagnostic {
  /** The name that it goes by: the builder's where it has one, else hadolint's or ShellCheck's, else our own. */
  readonly code: RuleId;
  /** Every name under which it was found, `code` first, and the old server's code for it. */
  readonly ids: readonly RuleId[];
  readonly severity: Severity;
  readonly message: string;
  readonly item: number;
  readonly span: Span;
  readonly fix: Remedy | undefined;
  readonly related: readonly { readonly span: Span; readonly message: string }[];
}

/** A fix in places of the file. */
export interface Remedy {
  readonly title: string;
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
  readonly safe: boolean;
}

/** A finding on its way to being a diagnostic. */
export interface Found extends FileFinding {
  readonly id: RuleId;
  readonly severity: Severity;
  /** Whether the builder refuses the file for it. */
  readonly fault: boolean;
}

/** Makes a finding's fix one in places of the file. */
export function toRemedy(fix: Fix, item: number, starts: readonly number[]): Remedy {
  const edits = fix.edits.map(({ span, text, item: other }) => ({ span: toFile(span, other ?? item, starts), text }));
  return { title: fix.title, safe: fix.safe, edits };
}

export function toFile(span: Span, item: number, starts: readonly number[]): Span {
  const start = starts[item] ?? 0;
  return { start: start + span.start, end: start + span.end };
}
