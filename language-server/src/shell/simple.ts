// Simple commands: assignments, the program, its arguments, redirects.

import {
  ampersand,
  closeBracket,
  closeParen,
  dash,
  endsWord,
  equals,
  isName,
  isNameStart,
  openBracket,
  openParen,
  pipe,
  plus,
  semicolon,
  space,
} from './characters.ts';
import { skipBlanks, skipLines } from './between.ts';
import type { Reader } from './reader.ts';
import { isRedirect, readRedirect } from './redirect.ts';
import type { Assignment, Redirect, ShellWord, SimpleCommand } from './tree.ts';
import { readWordHere } from './word.ts';

/** Reads a simple command, which has nothing in it where none begins here. */
export function readSimple(reader: Reader): SimpleCommand {
  const start = reader.at;
  const assignments: Assignment[] = [];
  const words: ShellWord[] = [];
  const redirects: Redirect[] = [];
  let end = start;
  for (;;) {
    skipBlanks(reader);
    const code = reader.code();
    if (code === -1) break;
    if (isRedirect(reader)) {
      redirects.push(readRedirect(reader));
    } else {
      const assigned = words.length === 0 ? readAssignment(reader) : undefined;
      const word = assigned === undefined ? readArgument(reader, words) : undefined;
      if (assigned !== undefined) assignments.push(assigned);
      else if (word !== undefined) words.push(word);
      else break;
    }
    end = reader.at;
  }
  if (words[0]?.raw === '[[' && words.at(-1)?.raw !== ']]') reader.complete = false;
  return { kind: 'simple', span: reader.span(start, end), assignments, words, redirects };
}

function readArgument(reader: Reader, words: readonly ShellWord[]): ShellWord | undefined {
  if (words[0]?.raw === '[[') return readTestWord(reader, words);
  return readWordHere(reader, words.length === 0 ? 'command' : 'word');
}

/** Between `[[` and `]]`, operators are words and lines may end. */
function readTestWord(reader: Reader, words: readonly ShellWord[]): ShellWord | undefined {
  if (words.at(-1)?.raw === ']]') return readWordHere(reader);
  skipLines(reader);
  const code = reader.code();
  if (code === ampersand || code === pipe || code === openParen || code === closeParen) {
    const length = reader.code(1) === code && (code === ampersand || code === pipe) ? 2 : 1;
    const start = reader.at;
    reader.operator(length);
    const raw = reader.text.slice(start, start + length);
    return { span: reader.span(start, reader.at), raw, literal: raw, variables: [], substitutions: [] };
  }
  if (code === semicolon) return undefined;
  return readWordHere(reader);
}

/** Length of `NAME=`, `NAME+=` or `NAME[…]=` here; 0 where there is no assignment. */
function assignmentLength(reader: Reader): { name: number; whole: number } | undefined {
  if (!isNameStart(reader.code())) return undefined;
  let name = 1;
  while (isName(reader.code(name))) name += 1;
  let whole = name;
  if (reader.code(whole) === openBracket) {
    while (!endsWord(reader.code(whole)) && reader.code(whole) !== closeBracket) whole += 1;
    if (reader.code(whole) !== closeBracket) return undefined;
    whole += 1;
  }
  if (reader.code(whole) === plus) whole += 1;
  return reader.code(whole) === equals ? { name, whole: whole + 1 } : undefined;
}

function readAssignment(reader: Reader): Assignment | undefined {
  const length = assignmentLength(reader);
  if (length === undefined) return undefined;
  const start = reader.at;
  const nameEnd = start + length.name;
  reader.token('assignment', start, nameEnd);
  reader.token('operator', nameEnd, start + length.whole);
  reader.at = start + length.whole;
  const value = reader.code() === openParen ? readArray(reader) : readWordHere(reader);
  return {
    span: reader.span(start, reader.at),
    name: reader.text.slice(start, nameEnd),
    nameSpan: reader.span(start, nameEnd),
    value,
  };
}

/** `( … )` after an assignment, bash's array, as one word. */
function readArray(reader: Reader): ShellWord {
  const start = reader.at;
  reader.operator(1);
  const inner: ShellWord[] = [];
  for (;;) {
    skipLines(reader);
    const word = readWordHere(reader);
    if (word === undefined) break;
    inner.push(word);
  }
  if (reader.code() === closeParen) reader.operator(1);
  else reader.complete = false;
  return {
    span: reader.span(start, reader.at),
    raw: reader.text.slice(start, reader.at),
    literal: undefined,
    variables: inner.flatMap((word) => word.variables),
    substitutions: inner.flatMap((word) => word.substitutions),
  };
}

/** Whether `()` stands after the name that begins here, as at the head of a function; gives the name's length. */
export function functionNameLength(reader: Reader): number {
  let length = 0;
  while (isName(reader.code(length)) || (length > 0 && reader.code(length) === dash)) length += 1;
  if (length === 0) return 0;
  let ahead = length;
  while (reader.code(ahead) === space) ahead += 1;
  if (reader.code(ahead) !== openParen) return 0;
  do ahead += 1;
  while (reader.code(ahead) === space);
  return reader.code(ahead) === closeParen ? length : 0;
}
