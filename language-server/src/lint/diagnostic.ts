// What the linter says in the end: findings with their severity, each fault once.

import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { FileFinding, Finding, Fix, RuleId, Severity } from './rule.ts';

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
  /** The same object after an edit that concerns nothing of this but the line at which its item begins. */
  readonly origin: Merged;
}

/** A fix in places of the file. */
export interface Remedy {
  readonly title: string;
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
  readonly safe: boolean;
}

/** A finding on its way to being a diagnostic. */
export interface Found {
  readonly id: RuleId;
  readonly severity: Severity;
  readonly item: number;
  /** Whether the builder refuses the file for it. */
  readonly fault: boolean;
  readonly finding: Finding & Pick<FileFinding, 'related'>;
}

/** Findings that mean the same, the one that gives its name first. It knows nothing of where its item stands. */
export interface Merged {
  readonly found: readonly [Found, ...Found[]];
  readonly ids: readonly RuleId[];
  readonly severity: Severity;
}

/** A fault where its file has it. */
export class MergedDiagnostic implements Diagnostic {
  readonly code: RuleId;
  readonly ids: readonly RuleId[];
  readonly severity: Severity;
  readonly message: string;
  readonly item: number;
  readonly span: Span;
  readonly origin: Merged;
  readonly #starts: readonly number[];

  constructor(origin: Merged, starts: readonly number[]) {
    const { found, ids, severity } = origin;
    const [{ id, item, finding }] = found;
    this.code = id;
    this.ids = ids;
    this.severity = severity;
    this.message = finding.message;
    this.item = item;
    this.span = toFile(finding.span, item, starts);
    this.origin = origin;
    this.#starts = starts;
  }

  // Few diagnostics are asked for these, and they are made anew at each change.

  get fix(): Remedy | undefined {
    for (const { finding, item } of this.origin.found) {
      if (finding.fix !== undefined) return toRemedy(finding.fix, item, this.#starts);
    }
    return undefined;
  }

  get related(): Diagnostic['related'] {
    return this.origin.found.flatMap(({ finding }) =>
      (finding.related ?? []).map(({ item, span, message }) => ({ span: toFile(span, item, this.#starts), message })),
    );
  }
}

/** Makes a finding's fix one in places of the file. */
function toRemedy(fix: Fix, item: number, starts: readonly number[]): Remedy {
  const edits = fix.edits.map(({ span, text, item: other }) => ({ span: toFile(span, other ?? item, starts), text }));
  return { title: fix.title, safe: fix.safe, edits };
}

function toFile(span: Span, item: number, starts: readonly number[]): Span {
  const start = starts[item] ?? 0;
  return { start: start + span.start, end: start + span.end };
}
