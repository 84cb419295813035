// The syntax tree of a shell script in a RUN, CMD, ENTRYPOINT or HEALTHCHECK instruction, or in a heredoc. It is made for any
// input: what cannot be read becomes words. Spans count from the instruction's first character, continuations in them, so that
// they are spans of the Dockerfile's tree as they are.

import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';

export interface Script {
  readonly span: Span;
  readonly list: readonly Statement[];
  /** For highlighting: every token in order, without overlap. */
  readonly tokens: readonly ShellToken[];
  /** Whether the text is a whole script; false for half-typed ones. */
  readonly complete: boolean;
}

/** Pipelines joined by `&&`, `||`, `;`, `&` or a line's end: `before` is what stands before this one. */
export interface Statement {
  readonly span: Span;
  readonly before: '&&' | '||' | ';' | '&' | '\n' | undefined;
  readonly beforeSpan: Span | undefined;
  readonly pipeline: Pipeline;
}

export interface Pipeline {
  readonly span: Span;
  readonly negated: boolean;
  /** One or more; `|` or `|&` between them. */
  readonly commands: readonly Command[];
}

export type Command = SimpleCommand | CompoundCommand;

export interface SimpleCommand {
  readonly kind: 'simple';
  readonly span: Span;
  /** `NAME=value` before the program. */
  readonly assignments: readonly Assignment[];
  /** The program and its arguments. */
  readonly words: readonly ShellWord[];
  readonly redirects: readonly Redirect[];
}

/** `( … )`, `{ …; }`, `if`, `for`, `while`, `until`, `case`, a function's body: `parts` are all the lists in it, in order. */
export interface CompoundCommand {
  readonly kind: 'compound';
  readonly type: 'subshell' | 'group' | 'if' | 'for' | 'while' | 'until' | 'case' | 'function';
  readonly span: Span;
  /** What `for` goes through and what `case` looks at. */
  readonly words: readonly ShellWord[];
  readonly parts: readonly (readonly Statement[])[];
  readonly redirects: readonly Redirect[];
}

export interface Assignment {
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: ShellWord | undefined;
}

export interface Redirect {
  readonly span: Span;
  /** `>`, `>>`, `<`, `<<`, `<<<`, `>&`, … with its file number. */
  readonly operator: string;
  readonly target: ShellWord | undefined;
}

export interface ShellWord {
  readonly span: Span;
  /** As written, with its quotes, continuations taken out. */
  readonly raw: string;
  /** Without quotes; undefined where a variable, a substitution or a glob decides it. */
  readonly literal: string | undefined;
  readonly variables: readonly ShellVariable[];
  /** Scripts in `$( … )` and backquotes. */
  readonly substitutions: readonly (readonly Statement[])[];
}

export interface ShellVariable {
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly quoted: boolean;
}

export interface ShellToken {
  readonly span: Span;
  readonly type:
    | 'command'
    | 'keyword'
    | 'operator'
    | 'option'
    | 'string'
    | 'variable'
    | 'number'
    | 'comment'
    | 'word'
    | 'assignment';
}
