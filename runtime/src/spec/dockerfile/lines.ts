// The lines of an instruction joined: an escape at a line's end goes on with the next one, comment lines and empty lines between
// are left out.

import { carriageReturn, hash, newline, skipSpace } from './characters.ts';
import { LogicalBuilder } from './logical.ts';
import type { Fault, Logical, Span } from './tree.ts';

/** One line of a file. */
export interface Line {
  /** One past its content, without the characters of its end. */
  readonly contentEnd: number;
  /** Where the next line begins. */
  readonly next: number;
}

/** A line, its end included, may have this many bytes. */
const maxLineBytes = 65_536;

export function lineAt(text: string, start: number): Line {
  const lineEnd = text.indexOf('\n', start);
  let contentEnd = lineEnd < 0 ? text.length : lineEnd;
  while (contentEnd > start && text.charCodeAt(contentEnd - 1) === carriageReturn) contentEnd -= 1;
  return { contentEnd, next: lineEnd < 0 ? text.length : lineEnd + 1 };
}

export interface JoinedLines {
  readonly line: Logical;
  readonly comments: Span[];
  /** Empty lines among the continuation lines, without their ends. */
  readonly emptyLines: Span[];
  /** Where the file goes on. */
  readonly next: number;
}

/** Joins the lines of the instruction that begins at `start`; spans count from there. */
export function joinLines(text: string, start: number, escape: string, faults: Fault[]): JoinedLines {
  const escapeCode = escape.charCodeAt(0);
  const first = lineAt(text, start);
  const begin = skipSpace(text, start, first.contentEnd);
  checkLength(text, start, first.next, start, faults);
  let cut = continuationAt(text, begin, first.contentEnd, escapeCode);
  if (cut < 0) {
    const line = { text: text.slice(begin, first.contentEnd), segments: [{ at: 0, source: begin - start }] };
    return { line, comments: [], emptyLines: [], next: first.next };
  }
  const builder = new LogicalBuilder();
  const comments: Span[] = [];
  const emptyLines: Span[] = [];
  builder.add(text.slice(begin, cut), begin - start);
  let at = first.next;
  while (cut >= 0 && at < text.length) {
    const { contentEnd, next } = lineAt(text, at);
    const content = skipSpace(text, at, contentEnd);
    checkLength(text, at, next, start, faults);
    if (content === contentEnd) {
      emptyLines.push({ start: at - start, end: contentEnd - start });
    } else if (text.charCodeAt(content) === hash) {
      comments.push({ start: content - start, end: contentEnd - start });
    } else {
      cut = continuationAt(text, at, contentEnd, escapeCode);
      builder.add(text.slice(at, cut < 0 ? contentEnd : cut), at - start);
    }
    at = next;
  }
  return { line: builder.build(begin - start), comments, emptyLines, next: at };
}

/**
 * Where the lines of the instruction that begins at `start` end; its heredocs, if it has some, follow there.
 * @param escape code of the escape character
 */
export function endOfLines(text: string, start: number, escape: number): number {
  const first = lineAt(text, start);
  let next = first.next;
  let cut = continuationAt(text, skipSpace(text, start, first.contentEnd), first.contentEnd, escape);
  while (cut >= 0 && next < text.length) {
    const line = lineAt(text, next);
    const content = skipSpace(text, next, line.contentEnd);
    if (content < line.contentEnd && text.charCodeAt(content) !== hash) {
      cut = continuationAt(text, next, line.contentEnd, escape);
    }
    next = line.next;
  }
  return next;
}

/** Where the escape stands that continues a line, or -1. One after another escape is none; blanks may follow it. */
function continuationAt(text: string, start: number, end: number, escape: number): number {
  let at = end - 1;
  while (at >= start && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9)) at -= 1;
  if (at < start || text.charCodeAt(at) !== escape) return -1;
  return at > start && text.charCodeAt(at - 1) === escape ? -1 : at;
}

/** Tells of a line that is longer than the builder reads. */
export function checkLength(text: string, start: number, next: number, origin: number, faults: Fault[]): void {
  // A code unit takes three bytes at most.
  if ((next - start) * 3 < maxLineBytes) return;
  const isEnded = text.charCodeAt(next - 1) === newline;
  if (byteLength(text, start, next) < maxLineBytes + (isEnded ? 1 : 0)) return;
  const message = `The line is longer than the ${String(maxLineBytes - 1)} bytes that a builder reads.`;
  faults.push({ code: 'line-too-long', message, span: { start: start - origin, end: next - origin } });
}

function byteLength(text: string, start: number, end: number): number {
  let bytes = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}
