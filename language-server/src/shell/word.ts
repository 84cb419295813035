// Words: quotes, escapes, expansions and substitutions, read one character at a time.

import {
  at,
  backquote,
  backslash,
  bang,
  closeBrace,
  closeBracket,
  closeParen,
  dollar,
  doubleQuote,
  endsWord,
  greater,
  hash,
  dash,
  isDigit,
  isName,
  isNameStart,
  less,
  newline,
  openBrace,
  openBracket,
  openParen,
  plus,
  question,
  singleQuote,
  star,
} from './characters.ts';
import type { Reader } from './reader.ts';
import type { ShellToken, ShellVariable, ShellWord, Statement } from './tree.ts';

/** What a word has been found to hold while it is read. */
class WordInProgress {
  value = '';
  /** Whether the value is what the program gets. */
  literal = true;
  readonly variables: ShellVariable[] = [];
  readonly substitutions: (readonly Statement[])[] = [];
  /** Where the plain text begins that no token covers yet. */
  plain: number;
  readonly start: number;
  readonly type: ShellToken['type'];

  constructor(start: number, type: ShellToken['type']) {
    this.start = start;
    this.plain = start;
    this.type = type;
  }
}

/**
 * Reads the word that begins here. `type` is what its plain parts are for highlighting. At least one character is read where
 * one is left, whatever it is.
 */
export function readWord(reader: Reader, type: ShellToken['type']): ShellWord {
  const word = new WordInProgress(reader.at, type);
  let bracket = false;
  do {
    const code = reader.code();
    if (code === openBracket) bracket = true;
    else if (code === closeBracket && bracket && reader.at > word.start + 1) word.literal = false;
    else if (code === star || code === question) word.literal = false;
    readPart(reader, word, code);
  } while (!endsWord(reader.code()));
  flush(reader, word, plainType(reader, word));
  return {
    span: reader.span(word.start, reader.at),
    raw: reader.text.slice(word.start, reader.at),
    literal: word.literal ? word.value : undefined,
    variables: word.variables,
    substitutions: word.substitutions,
  };
}

/** Reads the word that begins here; undefined where none does. */
export function readWordHere(reader: Reader, type: 'word' | 'command' = 'word'): ShellWord | undefined {
  const code = reader.code();
  if (endsWord(code) && !isProcessSubstitution(reader, code)) return undefined;
  return readWord(reader, type === 'word' && code === dash ? 'option' : type);
}

function isProcessSubstitution(reader: Reader, code: number): boolean {
  return (code === less || code === greater) && reader.code(1) === openParen;
}

function plainType(reader: Reader, word: WordInProgress): ShellToken['type'] {
  if (word.type !== 'word' || word.plain !== word.start) return word.type;
  const { text } = reader;
  for (let index = word.start; index < reader.at; index += 1) if (!isDigit(text.charCodeAt(index))) return word.type;
  return 'number';
}

/** Makes a token of the plain text before the place where the reader stands. */
function flush(reader: Reader, word: WordInProgress, type = word.type): void {
  reader.token(type, word.plain, reader.at);
  word.plain = reader.at;
}

function readPart(reader: Reader, word: WordInProgress, code: number): void {
  switch (code) {
    case backslash:
      readEscape(reader, word);
      break;
    case singleQuote:
      flush(reader, word);
      readQuoted(reader, word);
      break;
    case doubleQuote:
      flush(reader, word);
      readDoubleQuoted(reader, word);
      break;
    case backquote:
      flush(reader, word);
      readBackquoted(reader, word);
      break;
    case dollar:
      readDollar(reader, word, false);
      break;
    case less:
    case greater:
      readProcessSubstitution(reader, word);
      break;
    default:
      if (isPatternList(reader, code)) readPatternList(reader, word);
      else takePlain(reader, word);
  }
}

/** Takes characters as they are: this one, and those after it that mean nothing. */
function takePlain(reader: Reader, word: WordInProgress): void {
  const start = reader.at;
  do reader.at += 1;
  while (isOrdinary(reader.code()));
  word.value += reader.text.slice(start, reader.at);
}

/** Letters, digits and the commonest signs, which are never special in a word. */
function isOrdinary(code: number): boolean {
  return isName(code) || (code >= 44 && code <= 58);
}

function readEscape(reader: Reader, word: WordInProgress): void {
  const next = reader.code(1);
  if (next !== newline) word.value += next === -1 ? '\\' : reader.text.charAt(reader.at + 1);
  reader.at = Math.min(reader.at + 2, reader.end);
}

function readQuoted(reader: Reader, word: WordInProgress): void {
  const start = reader.at;
  const close = reader.text.indexOf("'", start + 1);
  const closed = close >= 0 && close < reader.end;
  word.value += reader.text.slice(start + 1, closed ? close : reader.end);
  reader.complete &&= closed;
  reader.at = closed ? close + 1 : reader.end;
  flush(reader, word, 'string');
}

function readDoubleQuoted(reader: Reader, word: WordInProgress): void {
  reader.at += 1;
  for (;;) {
    const code = reader.code();
    if (code === -1) {
      reader.complete = false;
      break;
    }
    if (code === doubleQuote) {
      reader.at += 1;
      break;
    }
    if (code === backslash) {
      readEscapeInDoubleQuotes(reader, word);
    } else if (code === dollar) {
      readDollar(reader, word, true);
    } else if (code === backquote) {
      flush(reader, word, 'string');
      readBackquoted(reader, word);
    } else {
      const start = reader.at;
      do reader.at += 1;
      while (!isSpecialInDoubleQuotes(reader.code()));
      word.value += reader.text.slice(start, reader.at);
    }
  }
  flush(reader, word, 'string');
}

function isSpecialInDoubleQuotes(code: number): boolean {
  return code === -1 || code === doubleQuote || code === backslash || code === dollar || code === backquote;
}

/** Only some characters are escaped there; a backslash before any other stays. */
function readEscapeInDoubleQuotes(reader: Reader, word: WordInProgress): void {
  const next = reader.code(1);
  if (next === newline) {
    reader.at += 2;
  } else if (next === doubleQuote || next === backslash || next === dollar || next === backquote) {
    word.value += reader.text.charAt(reader.at + 1);
    reader.at += 2;
  } else {
    word.value += '\\';
    reader.at += 1;
  }
}

function readBackquoted(reader: Reader, word: WordInProgress): void {
  let close = reader.at + 1;
  while (close < reader.end && reader.text.charCodeAt(close) !== backquote) {
    close += reader.text.charCodeAt(close) === backslash ? 2 : 1;
  }
  const { end } = reader;
  const closed = close < end;
  reader.complete &&= closed;
  close = Math.min(close, end);
  const start = reader.at;
  const list = reader.nested(() => {
    reader.operator(1);
    reader.end = close;
    return reader.list('end');
  });
  reader.end = end;
  if (list === undefined) {
    reader.token('string', start, close);
  } else {
    word.substitutions.push(list);
  }
  reader.at = close;
  if (closed) reader.operator(1);
  word.plain = reader.at;
  word.literal = false;
}

function readProcessSubstitution(reader: Reader, word: WordInProgress): void {
  flush(reader, word);
  word.literal = false;
  reader.operator(1);
  if (reader.code() === openParen) readParentheses(reader, word);
  word.plain = reader.at;
}

/** `@(a|b)` and its kin, which bash knows. */
function isPatternList(reader: Reader, code: number): boolean {
  if (reader.code(1) !== openParen) return false;
  return code === at || code === bang || code === plus || code === star || code === question;
}

function readPatternList(reader: Reader, word: WordInProgress): void {
  reader.at += 2;
  word.literal = false;
  const list = reader.nested(() => readPatterns(reader, word));
  if (list === undefined) skipTo(reader, closeParen);
}

function readPatterns(reader: Reader, word: WordInProgress): true {
  let open = 1;
  while (open > 0) {
    const code = reader.code();
    if (code === -1 || code === newline) {
      reader.complete = false;
      return true;
    }
    if (code === openParen || code === closeParen) {
      open += code === openParen ? 1 : -1;
      reader.at += 1;
    } else if (code === less || code === greater || code === bang || code === at) {
      reader.at += 1;
    } else {
      readPart(reader, word, code);
    }
  }
  return true;
}

function readDollar(reader: Reader, word: WordInProgress, quoted: boolean): void {
  const next = reader.code(1);
  const outside: ShellToken['type'] = quoted ? 'string' : word.type;
  if (next === openParen) {
    flush(reader, word, outside);
    readDollarParenthesis(reader, word);
  } else if (next === openBrace) {
    flush(reader, word, outside);
    readBraces(reader, word, quoted);
  } else if (isVariableStart(next)) {
    flush(reader, word, outside);
    readVariable(reader, word, quoted);
  } else if (!quoted && next === singleQuote) {
    flush(reader, word, outside);
    readAnsiQuoted(reader, word);
  } else if (!quoted && next === doubleQuote) {
    reader.at += 1;
    readDoubleQuoted(reader, word);
  } else {
    reader.at += 1;
    word.value += '$';
  }
}

function isVariableStart(code: number): boolean {
  return isName(code) || isSpecialParameter(code);
}

function isSpecialParameter(code: number): boolean {
  return (
    code === at ||
    code === star ||
    code === hash ||
    code === question ||
    code === dash ||
    code === dollar ||
    code === bang
  );
}

function addVariable(reader: Reader, word: WordInProgress, nameStart: number, nameEnd: number, quoted: boolean): void {
  const name = reader.text.slice(nameStart, nameEnd);
  word.variables.push({
    span: reader.span(word.plain, reader.at),
    name,
    nameSpan: reader.span(nameStart, nameEnd),
    quoted,
  });
}

function readVariable(reader: Reader, word: WordInProgress, quoted: boolean): void {
  const start = reader.at + 1;
  let end = start + 1;
  if (isNameStart(reader.text.charCodeAt(start))) {
    while (end < reader.end && isName(reader.text.charCodeAt(end))) end += 1;
  }
  reader.at = end;
  word.literal = false;
  addVariable(reader, word, start, end, quoted);
  flush(reader, word, 'variable');
}

function readAnsiQuoted(reader: Reader, word: WordInProgress): void {
  const start = reader.at + 2;
  let close = start;
  while (close < reader.end && reader.text.charCodeAt(close) !== singleQuote) {
    close += reader.text.charCodeAt(close) === backslash ? 2 : 1;
  }
  const closed = close < reader.end;
  close = Math.min(close, reader.end);
  word.value += reader.text.slice(start, close);
  reader.complete &&= closed;
  reader.at = closed ? close + 1 : close;
  flush(reader, word, 'string');
}

/** `${…}`: the name, then anything with its quotes and expansions up to the brace that closes it. */
function readBraces(reader: Reader, word: WordInProgress, quoted: boolean): void {
  word.literal = false;
  const start = reader.at;
  let nameStart = start + 2;
  const first = reader.text.charCodeAt(nameStart);
  // `${#NAME}` and `${!NAME}`: a length, and a variable's variable.
  if ((first === hash || first === bang) && isName(reader.text.charCodeAt(nameStart + 1))) nameStart += 1;
  let nameEnd = nameStart;
  while (nameEnd < reader.end && isName(reader.text.charCodeAt(nameEnd))) nameEnd += 1;
  if (nameEnd === nameStart && isSpecialParameter(reader.text.charCodeAt(nameStart))) nameEnd += 1;
  reader.at = Math.min(nameEnd, reader.end);
  const index = word.variables.length;
  const inner = reader.nested(() => readBraceContents(reader, word, quoted));
  if (inner === undefined) skipTo(reader, closeBrace);
  flush(reader, word, 'variable');
  if (nameEnd > nameStart && nameEnd <= reader.end) {
    word.variables.splice(index, 0, {
      span: reader.span(start, reader.at),
      name: reader.text.slice(nameStart, nameEnd),
      nameSpan: reader.span(nameStart, nameEnd),
      quoted,
    });
  }
}

function readBraceContents(reader: Reader, word: WordInProgress, quoted: boolean): true {
  for (;;) {
    const code = reader.code();
    if (code === -1) {
      reader.complete = false;
      return true;
    }
    if (code === closeBrace) {
      reader.at += 1;
      return true;
    }
    if (code === dollar) {
      flush(reader, word, 'variable');
      readDollar(reader, word, quoted);
    } else if (code === singleQuote && !quoted) {
      flush(reader, word, 'variable');
      readQuoted(reader, word);
    } else if (code === doubleQuote) {
      flush(reader, word, 'variable');
      readDoubleQuoted(reader, word);
    } else if (code === backquote) {
      flush(reader, word, 'variable');
      readBackquoted(reader, word);
    } else if (code === backslash) {
      reader.at = Math.min(reader.at + 2, reader.end);
    } else {
      reader.at += 1;
    }
  }
}

/** Passes everything up to and with a character, which is too deep inside to be read. */
function skipTo(reader: Reader, code: number): void {
  while (reader.code() !== -1 && reader.code() !== code) reader.at += 1;
  if (reader.code() === code) reader.at += 1;
}

function readDollarParenthesis(reader: Reader, word: WordInProgress): void {
  word.literal = false;
  if (reader.code(2) === openParen && readArithmetic(reader, word)) return;
  reader.operator(1);
  readParentheses(reader, word);
  word.plain = reader.at;
}

/** `( … )`, from the opening parenthesis on. */
function readParentheses(reader: Reader, word: WordInProgress): void {
  reader.operator(1);
  const list = reader.nested(() => reader.list('parenthesis'));
  if (list === undefined) skipTo(reader, closeParen);
  else word.substitutions.push(list);
}

/** `$(( … ))`; false, and nothing read, where it is a subshell in a substitution. */
function readArithmetic(reader: Reader, word: WordInProgress): boolean {
  const close = arithmeticEnd(reader, reader.at + 3);
  if (close === undefined) return false;
  reader.token('operator', reader.at, reader.at + 3);
  reader.at += 3;
  word.plain = reader.at;
  while (reader.at < close) {
    const code = reader.code();
    if (code === dollar && isVariableStart(reader.code(1))) {
      flush(reader, word, 'number');
      readVariable(reader, word, true);
    } else if (isNameStart(code) && !isName(reader.text.charCodeAt(reader.at - 1))) {
      flush(reader, word, 'number');
      const start = reader.at;
      while (reader.at < close && isName(reader.code())) reader.at += 1;
      addVariable(reader, word, start, reader.at, true);
      flush(reader, word, 'variable');
    } else {
      reader.at += 1;
    }
  }
  flush(reader, word, 'number');
  reader.operator(2);
  word.plain = reader.at;
  return true;
}

/** Where the `))` of an arithmetic expression stands; undefined where its parentheses do not pair that way. */
export function arithmeticEnd(reader: Reader, start: number): number | undefined {
  let open = 0;
  for (let index = start; index < reader.end; index += 1) {
    const code = reader.text.charCodeAt(index);
    if (code === openParen) open += 1;
    if (code === singleQuote || code === doubleQuote || code === newline) return undefined;
    if (code !== closeParen) continue;
    if (open > 0) open -= 1;
    else return reader.text.charCodeAt(index + 1) === closeParen && index + 1 < reader.end ? index : undefined;
  }
  return undefined;
}
