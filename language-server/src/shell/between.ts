// What stands between words: white space, comments, lines' ends with the heredocs that wait for them, and reserved words.

import {
  ampersand,
  backslash,
  closeParen,
  hash,
  isBlank,
  newline,
  openParen,
  pipe,
  semicolon,
  tab,
} from './characters.ts';
import type { Reader } from './reader.ts';

/** Passes white space, joined lines and comments, but not the line's end. */
export function skipBlanks(reader: Reader): void {
  skipWhite(reader);
  while (reader.code() === hash) {
    const end = endOfLine(reader);
    reader.token('comment', reader.at, end);
    reader.at = end;
    skipWhite(reader);
  }
}

/** Passes white space and joined lines. */
export function skipWhite(reader: Reader): void {
  for (;;) {
    if (isBlank(reader.code())) reader.at += 1;
    else if (reader.code() === backslash && reader.code(1) === newline) reader.at += 2;
    else return;
  }
}

/** Passes white space and lines' ends, and reads the heredocs that wait for one. */
export function skipLines(reader: Reader): void {
  skipBlanks(reader);
  while (reader.code() === newline) {
    reader.at += 1;
    readHeredocBodies(reader);
    skipBlanks(reader);
  }
}

/** Whether a reserved word stands here by itself. */
export function atWord(reader: Reader, word: string): boolean {
  if (!reader.startsWith(word)) return false;
  const code = reader.code(word.length);
  return code === -1 || isBlank(code) || code === newline || isOperator(code);
}

function isOperator(code: number): boolean {
  return code === semicolon || code === ampersand || code === pipe || code === openParen || code === closeParen;
}

/** Reads a reserved word if it stands here. */
export function takeWord(reader: Reader, word: string): boolean {
  if (!atWord(reader, word)) return false;
  reader.token('keyword', reader.at, reader.at + word.length);
  reader.at += word.length;
  return true;
}

/** Passes the bodies of the heredocs of the line that has just ended. */
function readHeredocBodies(reader: Reader): void {
  for (const { delimiter, chomp } of reader.heredocs.splice(0)) {
    const start = reader.at;
    let closed = false;
    while (!closed && reader.at < reader.end) {
      const lineEnd = endOfLine(reader);
      let lineStart = reader.at;
      while (chomp && reader.text.charCodeAt(lineStart) === tab) lineStart += 1;
      closed = isDelimiter(reader, delimiter, lineStart, lineEnd);
      if (closed) {
        reader.token('string', start, reader.at);
        reader.token('operator', lineStart, lineEnd);
      }
      reader.at = Math.min(lineEnd + 1, reader.end);
    }
    if (!closed) {
      reader.complete = false;
      reader.token('string', start, reader.end);
    }
  }
}

function endOfLine(reader: Reader): number {
  const at = reader.text.indexOf('\n', reader.at);
  return at >= 0 && at < reader.end ? at : reader.end;
}

function isDelimiter(reader: Reader, delimiter: string, start: number, end: number): boolean {
  return end - start === delimiter.length && reader.text.startsWith(delimiter, start);
}
