// A Compose file cut into the pieces that an edit touches one of: the entries of the file, and the entries of each of its sections
// (each service, each volume). A piece is YAML by itself, because nothing inside an entry begins at the entry's own column; a
// quote or bracket that is never closed so spoils its own entry and no other.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';

/** A section whose entries are pieces: `services:` and what is indented below it. */
export interface Section {
  readonly key: Span;
  readonly entries: readonly Span[];
}

export type Piece =
  { readonly kind: 'whole'; readonly span: Span } | { readonly kind: 'section'; readonly section: Section };

interface Line {
  readonly start: number;
  /** Of the first character that is no space. */
  readonly content: number;
  readonly end: number;
}

/** Pieces in order; undefined where the text has no such shape (a flow mapping, a sequence, several documents). */
export function cut(text: string): readonly Piece[] | undefined {
  const lines = contentLines(text);
  const first = lines.findIndex((line) => !/^(?:%|---\s*(?:#|$))/.test(text.slice(line.content, line.end)));
  if (first < 0) return [];
  const body = lines.slice(first);
  if (
    body.some((line) => line.start === line.content && /^(?:---|\.\.\.)(?:\s|$)/.test(text.slice(line.start, line.end)))
  ) {
    return undefined;
  }
  const head = body[0];
  if (head === undefined || head.content !== head.start || !isEntry(text, head)) return undefined;
  return groups(text, body, 0).map((group) => piece(text, group));
}

function piece(text: string, group: readonly Line[]): Piece {
  const [head, second] = group;
  const last = group.at(-1);
  if (head === undefined || last === undefined) return { kind: 'whole', span: { start: 0, end: 0 } };
  const whole: Piece = { kind: 'whole', span: { start: head.start, end: last.end } };
  const key = /^([\w-]+):[ \t]*(?:#.*)?$/.exec(text.slice(head.content, head.end));
  if (key?.[1] === undefined || second === undefined || !isEntry(text, second)) return whole;
  const inner = group.slice(1);
  const indent = second.content - second.start;
  if (indent === 0 || inner.some((line) => line.content - line.start < indent)) return whole;
  const entries = groups(text, inner, indent).map((lines) => ({
    start: lines[0]?.start ?? 0,
    end: lines.at(-1)?.end ?? 0,
  }));
  return { kind: 'section', section: { key: { start: head.content, end: head.content + key[1].length }, entries } };
}

/** Lines that begin an entry at `indent`, each with those that follow. */
function groups(text: string, lines: readonly Line[], indent: number): Line[][] {
  const result: Line[][] = [];
  for (const line of lines) {
    const last = result.at(-1);
    if (last === undefined || (line.content - line.start === indent && isEntry(text, line))) result.push([line]);
    else last.push(line);
  }
  return result;
}

/** Begins with a word or a quoted key: a closing bracket or an item of a sequence is part of the entry before. */
function isEntry(text: string, line: Line): boolean {
  const first = text.charAt(line.content);
  if (/[\w.$/<*]/.test(first)) return true;
  return (first === '"' || first === "'") && /^(?:"[^"]*"|'[^']*')\s*:/.test(text.slice(line.content, line.end));
}

/** Lines that are neither empty nor a comment. */
function contentLines(text: string): Line[] {
  const lines: Line[] = [];
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const next = newline < 0 ? text.length : newline + 1;
    let end = newline < 0 ? text.length : newline;
    if (text.charAt(end - 1) === '\r' && end > start) end -= 1;
    let content = start;
    while (content < end && text.charAt(content) === ' ') content += 1;
    if (content < end && text.charAt(content) !== '#' && !isBlank(text, content, end))
      lines.push({ start, content, end });
    start = next;
  }
  return lines;
}

function isBlank(text: string, start: number, end: number): boolean {
  return text.charAt(start) === '\t' && text.slice(start, end).trim() === '';
}
