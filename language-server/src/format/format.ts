// The formatter of Dockerfiles. It moves white space and changes the case of keywords, and nothing else; each changed instruction
// is parsed again and kept as it was where it does not say the same as before.

import { logicalOffset } from '../../../runtime/src/spec/dockerfile/logical.ts';
import { parseDockerfile } from '../../../runtime/src/spec/dockerfile/parse.ts';
import type { CommandForm, Dockerfile, Instruction, Item, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { parseShell } from '../shell/parse.ts';
import type { Script } from '../shell/tree.ts';
import { layOut, type Style } from './layout.ts';
import { itemMeaning, sameMeaning, type ReadScript } from './meaning.ts';
import { tokensOf } from './tokens.ts';

export interface FormatOptions {
  /** Columns of a continued line's indentation. */
  readonly tabSize: number;
  readonly insertSpaces: boolean;
  /** What keywords are written in; `keep` leaves them. */
  readonly keywords: 'upper' | 'lower' | 'keep';
}

export const defaultFormat: FormatOptions = { tabSize: 4, insertSpaces: true, keywords: 'upper' };

/** Replaces the text at `span`, which counts from the file's first character. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/**
 * The edits that lay a file out: keywords in one case, one space between words, continued lines indented, no white space at the
 * ends of lines, at most one empty line in a row, one line's end at the end of the file. Comments, heredocs, quoted text and command lines
 * keep their words. What has a fault is left alone.
 *
 * @param within lays out only what touches this span
 */
export function formatDockerfile(file: Dockerfile, options: FormatOptions, within?: Span): Edit[] {
  const edits: Edit[] = [];
  const context = contextOf(file, options);
  for (const [index, item] of file.items.entries()) {
    const start = file.starts[index] ?? 0;
    const end = start + item.text.length;
    if (within !== undefined && (end <= within.start || start > within.end)) continue;
    const text = formatItem(file, index, item, context);
    if (text !== item.text) edits.push(smallest(start, item.text, text));
  }
  return edits;
}

/** The whole text laid out, or undefined where the result would not mean the same, which no known input brings about. */
export function formatText(text: string, options: FormatOptions): string | undefined {
  const file = parseDockerfile(text);
  const edited = applyEdits(text, formatDockerfile(file, options));
  return sameMeaning(file, parseDockerfile(edited), contextOf(file, options).read) ? edited : undefined;
}

/** Applies edits that are in order and do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let at = 0;
  let out = '';
  for (const edit of edits) {
    out += text.slice(at, edit.span.start) + edit.text;
    at = edit.span.end;
  }
  return out + text.slice(at);
}

interface Context {
  /** The first and the last item that is not blank. */
  readonly edges: { readonly first: number; readonly last: number };
  readonly style: Style;
  readonly read: ReadScript;
  readonly keyword: (written: string) => string;
}

function contextOf(file: Dockerfile, options: FormatOptions): Context {
  const posix = file.escape === '\\' && !file.items.some(setsForeignShell);
  const scripts = new WeakMap<CommandForm, Script>();
  const read: ReadScript = (instruction, form) => {
    if (!posix || form.shell === undefined) return undefined;
    let script = scripts.get(form);
    if (script === undefined) {
      const { body } = instruction;
      script = parseShell(body, logicalOffset(body, form.shell.start), logicalOffset(body, form.shell.end));
      scripts.set(form, script);
    }
    return script;
  };
  const { keywords } = options;
  const keyword = (written: string) =>
    keywords === 'keep' ? written : keywords === 'upper' ? written.toUpperCase() : written.toLowerCase();
  const newline = /\r?\n/.exec(file.text)?.[0] ?? '\n';
  const style = { indentSize: options.tabSize, insertSpaces: options.insertSpaces, escape: file.escape, newline };
  const solid = (item: Item) => !isBlank(item);
  const edges = { first: file.items.findIndex(solid), last: file.items.findLastIndex(solid) };
  return { edges, style, read, keyword };
}

/** Whether SHELL sets one whose words end otherwise than in POSIX's shells. */
function setsForeignShell(item: Item): boolean {
  if (item.kind !== 'instruction' || item.name !== 'SHELL' || item.form.kind !== 'command') return false;
  const program = item.form.json?.strings[0]?.value.split(/[\\/]/).at(-1) ?? '';
  return !/^(ba|da|a|z|k|mk|busybox)?sh$|^busybox$/.test(program);
}

function formatItem(file: Dockerfile, index: number, item: Item, context: Context): string {
  switch (item.kind) {
    case 'blank':
      return formatBlank(file, index, item.text, context);
    case 'directive':
      // Without the white space of a value that is none, it is a comment.
      if (item.faults.length > 0 || item.value.trim() === '') return item.text;
      return item.text.trim() + lineEnd(file, index, item.text, context.style.newline);
    case 'comment':
      // Without what is no white space to a build, `#!` is another line.
      if (!/^\uFEFF?[ \t]*#/.test(item.text)) return item.text;
      return item.text.trim() + lineEnd(file, index, item.text, context.style.newline);
    case 'instruction':
      return formatInstruction(file, index, item, context);
  }
}

// A byte order mark stays; empty lines at either end of the file go.
function formatBlank(file: Dockerfile, index: number, text: string, { edges, style: { newline } }: Context): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const edge = index < edges.first || index > edges.last;
  if (edge || isBlank(file.items[index - 1])) return mark;
  return mark + (text.slice(mark.length) === '' ? '' : newline);
}

function isBlank(item: Item | undefined): boolean {
  return item?.kind === 'blank';
}

function lineEnd(file: Dockerfile, index: number, text: string, newline: string): string {
  const end = /\r?\n$/.exec(text)?.[0];
  if (end !== undefined) return end;
  return index === file.items.length - 1 ? newline : '';
}

function formatInstruction(file: Dockerfile, index: number, item: Instruction, context: Context): string {
  if (item.faults.length > 0 || item.name === undefined) return item.text;
  const tokens = tokensOf(item, (form) => context.read(item, form), context.keyword);
  const last = tokens.at(-1);
  if (last === undefined) return item.text;
  const tail = item.text.slice(last.span.end);
  const after = formatTail(file, index, tail, context.style);
  if (after === undefined) return item.text;
  const text = layOut(item, tokens, context.style) + after;
  return text === item.text || keeps(item, text, file, context.read) ? text : item.text;
}

/** What follows the last token: the end of its line, and the bodies of heredocs as they are. */
function formatTail(file: Dockerfile, index: number, tail: string, { newline }: Style): string | undefined {
  const line = /^[ \t]*(\r?\n|$)/.exec(tail);
  if (line === null) return undefined;
  const bodies = tail.slice(line[0].length);
  if (bodies === '') return lineEnd(file, index, tail, newline);
  return (line[1] ?? newline) + bodies + (bodies.endsWith('\n') ? '' : lineEnd(file, index, bodies, newline));
}

// The proof: parsed by itself, with the escape character of its file, it says what it said.
function keeps(item: Instruction, text: string, file: Dockerfile, read: ReadScript): boolean {
  const head = file.escape === '\\' ? '' : '# escape=`\n';
  const again = parseDockerfile(head + text).items.filter(({ kind }) => kind === 'instruction');
  const [only] = again;
  if (only === undefined || again.length !== 1) return false;
  const before = itemMeaning(item, read);
  const after = itemMeaning(only, read);
  return before.length === after.length && before.every((entry, at) => entry === after[at]);
}

/** The edit without what both texts begin and end with. */
function smallest(start: number, before: string, after: string): Edit {
  let head = 0;
  const shorter = Math.min(before.length, after.length);
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return {
    span: { start: start + head, end: start + before.length - tail },
    text: after.slice(head, after.length - tail),
  };
}
