// What ShellCheck is asked and what it answers, wherever it runs.

import type { Logical, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';

/** A script of an instruction, in the words of the shell. */
export interface ShellScript {
  /** Spans of findings are of this text's source. */
  readonly source: Logical;
  /** The base name of a shell that ShellCheck knows. */
  readonly shell: string;
  /** Variables that have a value before the script begins. */
  readonly variables: readonly string[];
}

export interface ShellFinding {
  /** `SC` and a number. */
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info' | 'style';
  readonly message: string;
  readonly span: Span;
  /** ShellCheck's own remedy; empty where it has none. */
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}

/** Checks scripts; the answer has as many entries as the question. It is empty for a script that could not be checked. */
export type CheckShell = (
  scripts: readonly ShellScript[],
  options?: { readonly signal?: AbortSignal },
) => Promise<readonly (readonly ShellFinding[])[]>;

/** Whether ShellCheck knows a shell, or takes it for one that it knows. */
export function isCheckedShell(shell: string): boolean {
  return /^(?:ba|da|k|a)?sh$/.test(shell);
}
