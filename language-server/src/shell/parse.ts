// The parser of shell scripts: POSIX's grammar with what people use of bash's. It reads any text in linear time and never fails;
// what cannot be read becomes words, and `complete` tells of it.

import type { Logical, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { ampersand, bang, closeParen, greater, newline, pipe, semicolon } from './characters.ts';
import { atWord, skipBlanks, skipLines, takeWord } from './between.ts';
import { readCompound } from './compound.ts';
import { type Closing, Reader } from './reader.ts';
import { readSimple } from './simple.ts';
import type { Command, Pipeline, Script, ShellToken, Statement } from './tree.ts';

/** A longer script is read up to here: nobody wrote it by hand. */
const longest = 1 << 18;

/**
 * Reads a script: the whole of a text, or the part of it between two offsets of the joined text. Spans in the result are of the
 * text's source, that is, they count from the instruction's first character.
 */
export function parseShell(source: Logical, start = 0, end = source.text.length): Script {
  const range = { start, end: Math.min(end, start + longest) };
  const reader = new Reader(source, range, readList);
  const list = readList(reader, 'end');
  const complete = reader.complete && range.end === end;
  let tokens: ShellToken[] | undefined;
  return {
    span: reader.span(start, end),
    list,
    complete,
    // Highlighting asks for them, linting does not, and they cost as much as all the rest.
    get tokens() {
      return (tokens ??= readTokens(source, range));
    },
  };
}

function readTokens(source: Logical, range: Span): ShellToken[] {
  const tokens: ShellToken[] = [];
  readList(new Reader(source, range, readList, tokens), 'end');
  return tokens;
}

/** Reads statements up to what closes the list, and a closing parenthesis with it; reserved words are left for the caller. */
function readList(reader: Reader, closing: Closing): readonly Statement[] {
  const list: Statement[] = [];
  let before: Statement['before'];
  let beforeStart = reader.at;
  for (;;) {
    skipBlanks(reader);
    const code = reader.code();
    if (code === -1) {
      if (closing !== 'end') reader.complete = false;
      return list;
    }
    if (code === closeParen) {
      reader.operator(1);
      if (closing === 'parenthesis') return list;
      // One too many, or one that closes more than is open here.
      reader.complete = false;
      continue;
    }
    if (closes(reader, closing)) return list;
    const length = separatorLength(reader, code);
    if (length > 0) {
      beforeStart = reader.at;
      before = separator(reader, code, length);
      continue;
    }
    const beforeSpan = before === undefined ? undefined : reader.span(beforeStart, beforeStart + before.length);
    const start = reader.at;
    const pipeline = readPipeline(reader);
    if (reader.at === start) {
      // Nothing that is known begins here, and there has to be an end.
      reader.complete = false;
      reader.operator(1);
      continue;
    }
    list.push({ span: pipeline.span, before: list.length === 0 ? undefined : before, beforeSpan, pipeline });
    before = undefined;
  }
}

function closes(reader: Reader, closing: Closing): boolean {
  if (typeof closing === 'string') {
    return closing === 'case' && (reader.startsWith(';;') || reader.startsWith(';&') || atWord(reader, 'esac'));
  }
  return closing.some((word) => atWord(reader, word));
}

function separatorLength(reader: Reader, code: number): number {
  if (code === newline || code === semicolon) return 1;
  // `&>` redirects; it does not separate.
  if (code === ampersand) return reader.code(1) === ampersand ? 2 : reader.code(1) === greater ? 0 : 1;
  if (code === pipe) return reader.code(1) === pipe ? 2 : 1;
  return 0;
}

function separator(reader: Reader, code: number, length: number): Statement['before'] {
  if (code === newline) {
    skipLines(reader);
    return '\n';
  }
  reader.operator(length);
  if (code === semicolon) return ';';
  if (length === 1) return code === ampersand ? '&' : undefined;
  skipLines(reader);
  return code === ampersand ? '&&' : '||';
}

function readPipeline(reader: Reader): Pipeline {
  const { start } = reader.span(reader.at, reader.at);
  const negated = reader.code() === bang && takeWord(reader, '!');
  if (negated) skipBlanks(reader);
  const commands: Command[] = [readCommand(reader)];
  skipBlanks(reader);
  while (reader.code() === pipe && reader.code(1) !== pipe) {
    reader.operator(reader.code(1) === ampersand ? 2 : 1);
    skipLines(reader);
    if (reader.code() === -1 || separatorLength(reader, reader.code()) > 0 || reader.code() === closeParen) {
      reader.complete = false;
      break;
    }
    commands.push(readCommand(reader));
    skipBlanks(reader);
  }
  return { span: { start, end: commands.at(-1)?.span.end ?? start }, negated, commands };
}

function readCommand(reader: Reader): Command {
  return readCompound(reader) ?? readSimple(reader);
}
