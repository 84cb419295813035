// The syntax tree of a Dockerfile, for the builder and the language server alike. It is lossless (the items of a file tile its
// text), made for every input (what is wrong is a `Fault` in the tree), and incremental: an item knows nothing of where it
// stands, so an edit makes anew only the items that it touches and all others are the same objects as before. Whatever is
// computed of an item alone may so be kept in a WeakMap by it.

/**
 * A half-open stretch of text in UTF-16 code units. In an item and below it, spans count from the item's first character; add
 * `Dockerfile.starts[index]` for the place in the file.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A whole file. `items` tile `text`; `starts[i]` is where `items[i]` begins, and `starts` has one more entry: the length. */
export interface Dockerfile {
  readonly text: string;
  readonly items: readonly Item[];
  readonly starts: readonly number[];
  /** The escape character in force: of the `escape` directive, or a backslash. */
  readonly escape: '\\' | '`';
}

export type Item = Directive | Comment | Blank | Instruction;

/** A parser directive, `# syntax=…`, `# escape=…` or `# check=…`, in the place where it is one. */
export interface Directive {
  readonly kind: 'directive';
  readonly text: string;
  /** In lower case. */
  readonly name: 'syntax' | 'escape' | 'check';
  readonly nameSpan: Span;
  readonly value: string;
  readonly valueSpan: Span;
  readonly faults: readonly Fault[];
}

/** A comment line outside of instructions; a `#!` line is one as well. */
export interface Comment {
  readonly kind: 'comment';
  readonly text: string;
  /** From `#` to the end of the line, without the line's end. */
  readonly span: Span;
  readonly faults: readonly Fault[];
}

/** Lines of nothing but white space (and a byte order mark at the beginning of the file). */
export interface Blank {
  readonly kind: 'blank';
  readonly text: string;
  readonly faults: readonly Fault[];
}

export type InstructionName =
  | 'ADD'
  | 'ARG'
  | 'CMD'
  | 'COPY'
  | 'ENTRYPOINT'
  | 'ENV'
  | 'EXPOSE'
  | 'FROM'
  | 'HEALTHCHECK'
  | 'LABEL'
  | 'MAINTAINER'
  | 'ONBUILD'
  | 'RUN'
  | 'SHELL'
  | 'STOPSIGNAL'
  | 'USER'
  | 'VOLUME'
  | 'WORKDIR';

/** One instruction with its continuation lines, the comments and empty lines among them, and the bodies of its heredocs. */
export interface Instruction {
  readonly kind: 'instruction';
  readonly text: string;
  /** The keyword as it is written. */
  readonly keyword: string;
  readonly keywordSpan: Span;
  /** The instruction that the keyword names, in any case; undefined for a word that is none. */
  readonly name: InstructionName | undefined;
  /** From the keyword to the end of the last argument (of the last heredoc's delimiter line), without trailing white space. */
  readonly span: Span;
  readonly flags: readonly Flag[];
  /** Where the first argument after the flags begins, or would begin. */
  readonly bodyStart: number;
  /** The text after the flags with continuations joined and comment lines left out: what the builder reads. */
  readonly body: Logical;
  readonly form: Form;
  /** Those of ONBUILD are those of the instruction that it keeps. */
  readonly heredocs: readonly Heredoc[];
  /** Comment lines among its continuation lines. */
  readonly comments: readonly Span[];
  /** Empty lines among its continuation lines, without their ends. */
  readonly emptyLines: readonly Span[];
  readonly faults: readonly Fault[];
}

/**
 * Text of which parts of the source (an escape with its line's end, comment lines, leading white space of heredocs) were left out,
 * and the way back. `segments` are sorted by `at`: from `at` on in `text`, the source goes on at `source`.
 */
export interface Logical {
  readonly text: string;
  readonly segments: readonly { readonly at: number; readonly source: number }[];
}

/** `--name=value` or `--name`. */
export interface Flag {
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  /** Undefined where there is no `=`. */
  readonly value: Word | undefined;
  /** The keys of `--mount` and of other flags whose value is a list of `key=value` in CSV. */
  readonly fields: readonly Field[] | undefined;
}

/** One `key=value` or `key` of a CSV value such as that of `--mount`. */
export interface Field {
  readonly span: Span;
  /** In lower case, as keys are compared. */
  readonly key: string;
  readonly keySpan: Span;
  /** Undefined where there is no `=`. CSV quotes are taken off. */
  readonly value: string | undefined;
  readonly valueSpan: Span | undefined;
}

/** One word of an argument list, with its quotes and the variables in it. */
export interface Word {
  readonly span: Span;
  /** As written, continuations taken out, quotes and escapes kept. */
  readonly raw: string;
  readonly pieces: readonly Piece[];
}

export type Quote = 'none' | 'single' | 'double';

export type Piece = TextPiece | Variable;

export interface TextPiece {
  readonly kind: 'text';
  readonly span: Span;
  readonly quote: Quote;
  /** Without quotes and escapes. */
  readonly value: string;
}

/** `$NAME`, `${NAME}` or `${NAME<operator>…}`. */
export interface Variable {
  readonly kind: 'variable';
  /** From `$` to the closing brace. */
  readonly span: Span;
  readonly quote: Quote;
  readonly name: string;
  readonly nameSpan: Span;
  readonly braces: boolean;
  readonly modifier: Modifier | undefined;
}

export interface Modifier {
  readonly operator: ':-' | '-' | ':+' | '+' | ':?' | '?' | '#' | '##' | '%' | '%%' | '/' | '//';
  readonly operatorSpan: Span;
  /** What follows the operator; variables may stand in it. */
  readonly word: Word;
  /** Of `/` and `//`: what comes instead. */
  readonly replacement: Word | undefined;
}

/** A JSON array of strings in the place of words. `closed` is false for a half-typed one, whose strings so far are there. */
export interface JsonForm {
  readonly span: Span;
  readonly strings: readonly JsonString[];
  readonly closed: boolean;
}

export interface JsonString {
  /** With the quotes. */
  readonly span: Span;
  readonly value: string;
  /** Value with its variables, where the instruction expands them (ADD, COPY, VOLUME). */
  readonly word: Word;
}

/** `<<EOF`, `<<-EOF`, `<<"EOF"`, with a body. */
export interface Heredoc {
  /** The `<<EOF` in the instruction's line. */
  readonly span: Span;
  readonly delimiter: string;
  readonly delimiterSpan: Span;
  /** Whether `<<-` takes leading tabs off the body's lines. */
  readonly chomp: boolean;
  /** Whether the body's variables are expanded: false where the delimiter is quoted. */
  readonly expand: boolean;
  /** From the first line after the instruction's to the beginning of the delimiter's line. */
  readonly bodySpan: Span;
  readonly body: Logical;
  /** The line with the delimiter; undefined where the file ends before it. */
  readonly endSpan: Span | undefined;
  /** The variables of the body, where they are expanded. */
  readonly variables: readonly Variable[];
}

/** What an instruction says, by kind. Fields are undefined where the text ends before them; faults tell of it. */
export type Form =
  FromForm | CommandForm | PairsForm | CopyForm | WordsForm | HealthcheckForm | OnbuildForm | UnknownForm;

export interface FromForm {
  readonly kind: 'from';
  readonly image: Word | undefined;
  readonly as: Word | undefined;
  readonly stageName: Word | undefined;
  readonly extra: readonly Word[];
}

/** RUN, CMD, ENTRYPOINT, SHELL: a command line for the shell, or a JSON array. */
export interface CommandForm {
  readonly kind: 'command';
  /** The exec form. */
  readonly json: JsonForm | undefined;
  /** The shell form: the instruction's body from here on. Its heredocs are the instruction's. */
  readonly shell: Span | undefined;
}

/** ENV, LABEL and ARG. */
export interface PairsForm {
  readonly kind: 'pairs';
  /** `ENV key value`, the old form of one pair. */
  readonly legacy: boolean;
  readonly pairs: readonly Pair[];
}

export interface Pair {
  readonly span: Span;
  readonly key: Word;
  readonly value: Word | undefined;
}

/** ADD and COPY. A heredoc among the sources is in `heredocs` and not here. */
export interface CopyForm {
  readonly kind: 'copy';
  readonly json: JsonForm | undefined;
  readonly sources: readonly Word[];
  readonly destination: Word | undefined;
}

/** EXPOSE, MAINTAINER, STOPSIGNAL, USER, VOLUME and WORKDIR. */
export interface WordsForm {
  readonly kind: 'words';
  readonly json: JsonForm | undefined;
  readonly words: readonly Word[];
}

export interface HealthcheckForm {
  readonly kind: 'healthcheck';
  /** `CMD` or `NONE`, as written. */
  readonly type: Word | undefined;
  readonly command: CommandForm | undefined;
  readonly extra: readonly Word[];
}

export interface OnbuildForm {
  readonly kind: 'onbuild';
  /** The instruction that is kept for later; its spans count from the same character as the outer one's. */
  readonly trigger: Instruction | undefined;
}

export interface UnknownForm {
  readonly kind: 'unknown';
  readonly words: readonly Word[];
}

/** What the builder refuses, found in the text alone. The builder fails with `message` at `span`; an editor underlines it. */
export interface Fault {
  /** A name in kebab case, the page of the rule in our docs, such as `unknown-instruction`. */
  readonly code: FaultCode;
  readonly message: string;
  readonly span: Span;
  /** What was probably meant, where something near is known. */
  readonly suggestion?: string;
}

export type FaultCode = string;
