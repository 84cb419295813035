// Where in a Dockerfile a cursor stands, for completion and signature help. What is being typed is seldom whole, so that the
// instruction's words up to the cursor are read here by themselves: the tree tells what is around.

import type { Dockerfile, Instruction, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { itemAt } from './items.ts';

/** A word, or the part of it before the cursor. Spans count from the file's first character. */
export interface TypedWord {
  readonly span: Span;
  /** Continuations left out. */
  readonly text: string;
}

/** The cursor in an instruction behind its keyword. */
export interface InInstruction {
  readonly kind: 'instruction';
  readonly item: number;
  readonly instruction: Instruction;
  /** Name of the instruction, of the trigger behind ONBUILD. */
  readonly name: string;
  /** Flags before the cursor's word. */
  readonly flags: readonly TypedWord[];
  /** Arguments before the cursor's word; strings of a JSON array. */
  readonly words: readonly TypedWord[];
  /** What is typed of the word at the cursor; empty between words. */
  readonly current: TypedWord;
  /** Whether the arguments are a JSON array. */
  readonly json: boolean;
  /** Whether a flag may stand here: no argument was before. */
  readonly mayBeFlag: boolean;
  /** Where the arguments begin. */
  readonly bodyStart: number;
}

export type Cursor =
  | InInstruction
  /** A keyword, at the beginning of an instruction. */
  | { readonly kind: 'keyword'; readonly current: TypedWord; readonly item: number }
  /** A parser directive or a comment that may become one. */
  | { readonly kind: 'directive'; readonly name: TypedWord; readonly value: TypedWord | undefined }
  /** The body of a heredoc. */
  | { readonly kind: 'heredoc'; readonly item: number; readonly instruction: Instruction; readonly start: number }
  | { readonly kind: 'nowhere' };

export function cursorAt(file: Dockerfile, offset: number): Cursor {
  const index = itemAt(file, offset);
  const item = file.items[index];
  const start = file.starts[index] ?? 0;
  if (item?.kind === 'instruction') {
    const heredoc = item.heredocs.find(({ bodySpan }) => within(bodySpan, offset - start));
    if (heredoc !== undefined) {
      return { kind: 'heredoc', item: index, instruction: item, start: start + heredoc.bodySpan.start };
    }
    if (item.comments.some(({ start: begin, end }) => begin < offset - start && offset - start <= end)) {
      return { kind: 'nowhere' };
    }
    // The line behind an instruction's end belongs to what comes next, unless that end is a continuation.
    const behind = item.text.slice(item.span.end, Math.max(item.span.end, offset - start));
    if (behind.includes('\n') && !continues(behind, file.escape)) return keyword(file, index, offset);
    return inInstruction(file, index, item, start, offset);
  }
  const line = file.text.slice(file.text.lastIndexOf('\n', offset - 1) + 1, offset);
  if (line.trimStart().startsWith('#')) return directive(file, index, line, offset);
  return keyword(file, index, offset);
}

function continues(behind: string, escape: string): boolean {
  const rest = behind.trimStart();
  return rest.startsWith(escape) && lineBreak.test(rest.slice(1));
}

function keyword(file: Dockerfile, item: number, offset: number): Cursor {
  const lineStart = file.text.lastIndexOf('\n', offset - 1) + 1;
  const typed = file.text
    .slice(lineStart, offset)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (/\s/.test(typed)) return { kind: 'nowhere' };
  return { kind: 'keyword', item, current: { span: { start: offset - typed.length, end: offset }, text: typed } };
}

// Directives stand before everything else but each other.
function directive(file: Dockerfile, index: number, line: string, offset: number): Cursor {
  if (file.items.slice(0, index).some(({ kind }) => kind !== 'directive')) return { kind: 'nowhere' };
  const match = /^\s*#\s*([a-zA-Z]*)(\s*=\s*(.*))?$/.exec(line);
  if (match === null) return { kind: 'nowhere' };
  const [, name = '', assigned, value = ''] = match;
  if (assigned === undefined) return { kind: 'directive', name: ending(name, offset), value: undefined };
  const nameEnd = offset - assigned.length;
  return { kind: 'directive', name: ending(name, nameEnd), value: ending(value, offset) };
}

function ending(text: string, end: number): TypedWord {
  return { span: { start: end - text.length, end }, text };
}

function inInstruction(file: Dockerfile, index: number, item: Instruction, start: number, offset: number): Cursor {
  const at = offset - start;
  const trigger = item.form.kind === 'onbuild' ? item.form.trigger : undefined;
  const inner = trigger !== undefined && at > trigger.keywordSpan.end ? trigger : item;
  if (at <= inner.keywordSpan.end) {
    const typed = item.text.slice(inner.keywordSpan.start, Math.max(at, inner.keywordSpan.start));
    return { kind: 'keyword', item: index, current: ending(typed, offset) };
  }
  const name = inner.keyword.toUpperCase();
  const words = readWords(item.text, inner.keywordSpan.end, at, file.escape, start);
  const current = words.pop() ?? ending('', offset);
  const flags: TypedWord[] = [];
  while (words[0]?.text.startsWith('--') === true) flags.push(words.shift() ?? current);
  const first = words[0] ?? current;
  if (first.text.startsWith('[') && jsonNames.has(name)) {
    const json = readJson(item.text, first.span.start - start, at, start);
    return {
      kind: 'instruction',
      item: index,
      instruction: inner,
      name,
      flags,
      ...json,
      json: true,
      mayBeFlag: false,
      bodyStart: first.span.start,
    };
  }
  // ONBUILD's argument is another instruction's keyword.
  if (name === 'ONBUILD' && words.length === 0) return { kind: 'keyword', item: index, current };
  const mayBeFlag = words.length === 0;
  return {
    kind: 'instruction',
    item: index,
    instruction: inner,
    name,
    flags,
    words,
    current,
    json: false,
    mayBeFlag,
    bodyStart: first.span.start,
  };
}

const jsonNames: ReadonlySet<string> = new Set(['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME']);

/** Words of `text` from `from` to `to`; the last one is what stands before `to`, empty after white space. */
function readWords(text: string, from: number, to: number, escape: string, base: number): TypedWord[] {
  const words: TypedWord[] = [];
  let word = '';
  let start = -1;
  let quote = '';
  const end = (at: number) => {
    if (start >= 0) words.push({ span: { start: base + start, end: base + at }, text: word });
    word = '';
    start = -1;
  };
  for (let at = from; at < to; at++) {
    const character = text[at] ?? '';
    if (character === escape && lineBreak.test(text.slice(at + 1, to))) {
      at = afterContinuation(text, at, to) - 1;
      continue;
    }
    if (quote === '' && /\s/.test(character)) {
      end(at);
      continue;
    }
    if (start < 0) start = at;
    if (character === escape && at + 1 < to) {
      word += character + (text[++at] ?? '');
      continue;
    }
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    word += character;
  }
  words.push({ span: { start: base + (start < 0 ? to : start), end: base + to }, text: word });
  return words;
}

const lineBreak = /^[ \t]*\r?\n/;

/** Behind an escape at a line's end, and the comment and empty lines after it. */
function afterContinuation(text: string, at: number, to: number): number {
  let next = text.indexOf('\n', at) + 1;
  for (;;) {
    const lineEnd = text.indexOf('\n', next);
    if (lineEnd < 0 || lineEnd >= to) return next;
    const line = text.slice(next, lineEnd).trim();
    if (line !== '' && !line.startsWith('#')) return next;
    next = lineEnd + 1;
  }
}

/** Strings of a JSON array before the cursor's, and what is typed of that one, without its quote. */
function readJson(
  text: string,
  from: number,
  to: number,
  base: number,
): { readonly words: TypedWord[]; readonly current: TypedWord } {
  const words: TypedWord[] = [];
  let start = -1;
  for (let at = from; at < to; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') {
      if (start >= 0) words.push({ span: { start: base + start, end: base + at }, text: text.slice(start, at) });
      start = start >= 0 ? -1 : at + 1;
    }
  }
  const begin = start >= 0 ? start : to;
  return { words, current: { span: { start: base + begin, end: base + to }, text: text.slice(begin, to) } };
}

function within({ start, end }: Span, offset: number): boolean {
  return offset >= start && offset < end;
}
