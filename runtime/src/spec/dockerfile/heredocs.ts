// Heredocs of RUN, COPY and ADD: which words of a line announce one, and where their bodies end. The line is split as BuildKit
// splits it, quirks and all: always with a backslash as escape, and with no heredoc at all where a quote is left open.

import { doubleQuote, isDigit, isSpace, singleQuote, tab } from './characters.ts';
import { LogicalBuilder, sourceSpan } from './logical.ts';
import { PieceLexer, lexVariables } from './pieces.ts';
import type { Fault, Heredoc, Logical, Piece, Span } from './tree.ts';
import { excerpt } from './quote.ts';

interface Announced {
  readonly span: Span;
  readonly delimiter: string;
  readonly delimiterSpan: Span;
  readonly chomp: boolean;
  readonly expand: boolean;
}

const lessThan = 60;
const backslash = 92;

/** The heredocs that a line announces, without their bodies. */
export function announcedHeredocs(line: Logical): Announced[] {
  if (!line.text.includes('<<')) return [];
  const found: Announced[] = [];
  for (const word of shellWords(line) ?? []) {
    const heredoc = announced(line, word);
    if (heredoc !== undefined) found.push(heredoc);
  }
  return found;
}

/** Words as a shell splits them; undefined where a quote or a substitution is broken. */
function shellWords(line: Logical): Span[] | undefined {
  const { text } = line;
  const words: Span[] = [];
  let start = -1;
  const end = (at: number) => {
    if (start >= 0 && at > start) words.push({ start, end: at });
    start = -1;
  };
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      end(at);
      at += 1;
      continue;
    }
    if (start < 0) start = at;
    const next = afterToken(line, at, code);
    if (next === undefined) return undefined;
    // White space of a substitution separates words as well.
    if (code === 36) {
      for (let inside = at; inside < next; inside += 1) {
        if (isSpace(text.charCodeAt(inside))) end(inside);
        else if (start < 0) start = inside;
      }
    }
    at = next;
  }
  end(text.length);
  return words;
}

/** One past what begins at `at` and belongs together; undefined where it is broken. */
function afterToken(line: Logical, at: number, code: number): number | undefined {
  const { text } = line;
  if (code === backslash) return Math.min(at + 2, text.length);
  if (code === singleQuote) {
    const close = text.indexOf("'", at + 1);
    return close < 0 ? undefined : close + 1;
  }
  if (code === doubleQuote) return afterDoubleQuote(line, at);
  if (code === 36) {
    const lexer = new PieceLexer(line, at, text.length, '\\');
    const isVariable = lexer.variable('none') !== undefined;
    if (lexer.fault !== undefined) return undefined;
    return isVariable ? lexer.at : at + 1;
  }
  if (code !== lessThan || text.charCodeAt(at + 1) !== lessThan) return at + 1;
  let next = at + 2;
  while (text[next] === ' ' || text[next] === '\t' || text[next] === '\r') next += 1;
  return next;
}

function afterDoubleQuote(line: Logical, open: number): number | undefined {
  const { text } = line;
  for (let at = open + 1; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === doubleQuote) return at + 1;
    if (code === backslash) {
      const next = text.charCodeAt(at + 1);
      at += next === doubleQuote || next === 36 || next === backslash ? 2 : 1;
    } else if (code === 36) {
      const after = afterToken(line, at, code);
      if (after === undefined) return undefined;
      at = after;
    } else {
      at += 1;
    }
  }
  return undefined;
}

/** `<<EOF` with what may stand about it: a file's number before, a dash, white space and quotes after. */
function announced(line: Logical, word: Span): Announced | undefined {
  const { text } = line;
  let at = word.start;
  while (isDigit(text.charCodeAt(at))) at += 1;
  if (text.charCodeAt(at) !== lessThan || text.charCodeAt(at + 1) !== lessThan) return undefined;
  at += 2;
  const chomp = text[at] === '-';
  if (chomp) at += 1;
  while (at < word.end && isSpace(text.charCodeAt(at))) at += 1;
  if (at >= word.end || text.slice(at, word.end).includes('<')) return undefined;
  const lexer = new PieceLexer(line, at, word.end, '\\');
  const pieces = lexer.pieces();
  const delimiter = pieces.map(plainText).join('');
  if (lexer.fault !== undefined || delimiter === '') return undefined;
  const only = pieces.length === 1 ? pieces[0] : undefined;
  return {
    span: sourceSpan(line, word.start, word.end),
    delimiter,
    delimiterSpan: only?.kind === 'text' ? only.span : sourceSpan(line, at, word.end),
    chomp,
    expand: pieces.every((piece) => piece.quote === 'none'),
  };
}

/** A delimiter's variables stand for themselves. */
function plainText(piece: Piece): string {
  if (piece.kind === 'text') return piece.value;
  if (!piece.braces) return `$${piece.name}`;
  const modifier = piece.modifier;
  if (modifier === undefined) return `\${${piece.name}}`;
  const replacement = modifier.replacement === undefined ? '' : `/${modifier.replacement.raw}`;
  return `\${${piece.name}${modifier.operator}${modifier.word.raw}${replacement}}`;
}

/**
 * Reads the bodies of announced heredocs, which follow each other from `start` of the file on.
 * @param origin where the item begins in the file
 * @param expands whether the instruction expands its bodies, as COPY and ADD do
 * @returns the heredocs, and where the file goes on
 */
export function readHeredocs(
  text: string,
  start: number,
  origin: number,
  heredocs: readonly Announced[],
  expands: boolean,
  faults: Fault[],
): { heredocs: Heredoc[]; next: number } {
  let next = start;
  const read = heredocs.map((heredoc) => {
    const bodyStart = next;
    let endSpan: Span | undefined;
    let bodyEnd = text.length;
    while (next < text.length) {
      const lineStart = next;
      const lineEnd = text.indexOf('\n', next);
      next = lineEnd < 0 ? text.length : lineEnd + 1;
      const end = isDelimiter(text, lineStart, lineEnd < 0 ? text.length : lineEnd, heredoc);
      if (end === undefined) continue;
      bodyEnd = lineStart;
      endSpan = { start: end - heredoc.delimiter.length - origin, end: end - origin };
      break;
    }
    if (endSpan === undefined) faults.push(unterminated(heredoc));
    const body = bodyOf(text, bodyStart, bodyEnd, origin, heredoc.chomp);
    const variables = expands && heredoc.expand ? lexVariables(body, faults) : [];
    return { ...heredoc, bodySpan: { start: bodyStart - origin, end: bodyEnd - origin }, body, endSpan, variables };
  });
  return { heredocs: read, next };
}

function unterminated(heredoc: Announced): Fault {
  return {
    code: 'unterminated-heredoc',
    message: `The heredoc has no end: a line with nothing but ${excerpt(heredoc.delimiter)} is missing.`,
    span: heredoc.span,
  };
}

/** @returns where the delimiter on this line ends, or undefined when the line is another one */
function isDelimiter(text: string, lineStart: number, lineEnd: number, heredoc: Announced): number | undefined {
  let start = lineStart;
  let end = lineEnd;
  while (end > start && text.charCodeAt(end - 1) === 13) end -= 1;
  if (heredoc.chomp) while (start < end && text.charCodeAt(start) === tab) start += 1;
  const { delimiter } = heredoc;
  return end - start === delimiter.length && text.startsWith(delimiter, start) ? end : undefined;
}

function bodyOf(text: string, start: number, end: number, origin: number, chomp: boolean): Logical {
  if (!chomp) return { text: text.slice(start, end), segments: [{ at: 0, source: start - origin }] };
  const builder = new LogicalBuilder();
  for (let at = start; at < end;) {
    const lineEnd = text.indexOf('\n', at);
    const next = lineEnd < 0 || lineEnd >= end ? end : lineEnd + 1;
    while (at < next && text.charCodeAt(at) === tab) at += 1;
    builder.add(text.slice(at, next), at - origin);
    at = next;
  }
  return builder.build(start - origin);
}
