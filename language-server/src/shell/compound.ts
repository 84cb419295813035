// Compound commands: subshells, groups, loops, conditions, cases and functions.

import { closeParen, newline, openBrace, openParen, pipe, semicolon, ampersand } from './characters.ts';
import { atWord, skipBlanks, skipLines, takeWord } from './between.ts';
import type { Reader } from './reader.ts';
import { readRedirects } from './redirect.ts';
import { functionNameLength } from './simple.ts';
import type { CompoundCommand, ShellWord, Statement } from './tree.ts';
import { arithmeticEnd, readWordHere } from './word.ts';

type Type = CompoundCommand['type'];

/** What is inside of a compound command. */
interface Inside {
  readonly words: ShellWord[];
  readonly parts: (readonly Statement[])[];
}

type Read = (reader: Reader, inside: Inside) => void;

/** Reads a compound command if one begins here; undefined, and nothing read, otherwise. */
export function readCompound(reader: Reader): CompoundCommand | undefined {
  const type = typeHere(reader);
  if (type === undefined) return undefined;
  const start = reader.at;
  const inside: Inside = { words: [], parts: [] };
  const read = reader.nested(() => {
    readers[type](reader, inside);
    return true;
  });
  if (read === undefined) {
    // Too deep: its first word is read as one, so that there is an end to it.
    reader.operator(1);
    return { kind: 'compound', type, span: reader.span(start, reader.at), ...inside, redirects: [] };
  }
  const redirects = readRedirects(reader);
  return { kind: 'compound', type, span: reader.span(start, reader.at), ...inside, redirects };
}

function typeHere(reader: Reader): Type | undefined {
  const code = reader.code();
  if (code === openParen) return 'subshell';
  if (code === openBrace) return atWord(reader, '{') ? 'group' : undefined;
  if (code < 97 || code > 122) return code === 95 && functionNameLength(reader) > 0 ? 'function' : undefined;
  const word = reservedWord(reader);
  if (word !== undefined) return word;
  return functionNameLength(reader) > 0 ? 'function' : undefined;
}

function reservedWord(reader: Reader): Type | undefined {
  switch (reader.code()) {
    case 99:
      return atWord(reader, 'case') ? 'case' : undefined;
    case 102:
      return atWord(reader, 'for') ? 'for' : atWord(reader, 'function') ? 'function' : undefined;
    case 105:
      return atWord(reader, 'if') ? 'if' : undefined;
    case 115:
      return atWord(reader, 'select') ? 'for' : undefined;
    case 117:
      return atWord(reader, 'until') ? 'until' : undefined;
    case 119:
      return atWord(reader, 'while') ? 'while' : undefined;
    default:
      return undefined;
  }
}

const readers: Readonly<Record<Type, Read>> = {
  subshell: readSubshell,
  group: readGroup,
  if: readIf,
  for: readFor,
  while: readWhile,
  until: readWhile,
  case: readCase,
  function: readFunction,
};

function readSubshell(reader: Reader, inside: Inside): void {
  if (reader.code(1) === openParen && readArithmeticCommand(reader)) return;
  reader.operator(1);
  inside.parts.push(reader.list('parenthesis'));
}

/** `(( … ))`, bash's arithmetic; false, and nothing read, where it is a subshell in a subshell. */
function readArithmeticCommand(reader: Reader): boolean {
  const close = arithmeticEnd(reader, reader.at + 2);
  if (close === undefined) return false;
  reader.operator(2);
  reader.token('number', reader.at, close);
  reader.at = close;
  reader.operator(2);
  return true;
}

/** Reads a reserved word that has to be here. */
function expect(reader: Reader, word: string): boolean {
  skipLines(reader);
  const taken = takeWord(reader, word);
  if (!taken) reader.complete = false;
  return taken;
}

function readGroup(reader: Reader, inside: Inside): void {
  takeWord(reader, '{');
  inside.parts.push(reader.list(['}']));
  expect(reader, '}');
}

function readIf(reader: Reader, inside: Inside): void {
  takeWord(reader, 'if');
  for (;;) {
    inside.parts.push(reader.list(['then', 'fi']));
    expect(reader, 'then');
    inside.parts.push(reader.list(['elif', 'else', 'fi']));
    if (!takeWord(reader, 'elif')) break;
  }
  if (takeWord(reader, 'else')) inside.parts.push(reader.list(['fi']));
  expect(reader, 'fi');
}

function readWhile(reader: Reader, inside: Inside): void {
  if (!takeWord(reader, 'while')) takeWord(reader, 'until');
  inside.parts.push(reader.list(['do', 'done']));
  readBody(reader, inside);
}

function readBody(reader: Reader, inside: Inside): void {
  expect(reader, 'do');
  inside.parts.push(reader.list(['done']));
  expect(reader, 'done');
}

function readFor(reader: Reader, inside: Inside): void {
  if (!takeWord(reader, 'for')) takeWord(reader, 'select');
  skipBlanks(reader);
  if (reader.code() === openParen && reader.code(1) === openParen) {
    if (!readArithmeticCommand(reader)) reader.complete = false;
  } else {
    addWord(reader, inside);
    skipLines(reader);
    if (takeWord(reader, 'in')) {
      do skipBlanks(reader);
      while (addWord(reader, inside));
    }
  }
  skipBlanks(reader);
  if (reader.code() === semicolon) reader.operator(1);
  skipLines(reader);
  if (atWord(reader, '{')) readGroup(reader, inside);
  else readBody(reader, inside);
}

function addWord(reader: Reader, inside: Inside): boolean {
  const word = readWordHere(reader);
  if (word === undefined) return false;
  inside.words.push(word);
  return true;
}

function readCase(reader: Reader, inside: Inside): void {
  takeWord(reader, 'case');
  skipBlanks(reader);
  addWord(reader, inside);
  if (!expect(reader, 'in')) return;
  for (;;) {
    skipLines(reader);
    if (reader.code() === -1 || atWord(reader, 'esac')) break;
    const start = reader.at;
    readPatterns(reader, inside);
    inside.parts.push(reader.list('case'));
    if (reader.code() === semicolon) reader.operator(caseEndLength(reader));
    if (reader.at === start) break;
  }
  expect(reader, 'esac');
}

/** Length of `;;`, `;&` or `;;&`. */
function caseEndLength(reader: Reader): number {
  if (reader.code(1) !== semicolon) return 2;
  return reader.code(2) === ampersand ? 3 : 2;
}

function readPatterns(reader: Reader, inside: Inside): void {
  if (reader.code() === openParen) reader.operator(1);
  for (;;) {
    skipBlanks(reader);
    const code = reader.code();
    if (code === pipe) reader.operator(1);
    else if (code === closeParen) {
      reader.operator(1);
      return;
    } else if (code === newline || !addWord(reader, inside)) {
      reader.complete = false;
      return;
    }
  }
}

function readFunction(reader: Reader, inside: Inside): void {
  if (takeWord(reader, 'function')) skipBlanks(reader);
  const word = readWordHere(reader, 'command');
  if (word !== undefined) inside.words.push(word);
  skipBlanks(reader);
  if (reader.code() === openParen) {
    reader.operator(1);
    skipBlanks(reader);
    if (reader.code() === closeParen) reader.operator(1);
  }
  skipLines(reader);
  const body = readCompound(reader);
  if (body === undefined) {
    reader.complete = false;
    return;
  }
  inside.parts.push(...body.parts);
}
