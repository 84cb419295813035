// The flags between a keyword and its arguments, `--name=value`, and the CSV in the values of `--mount` and `--device`.

import { dash, doubleQuote, isSpace, singleQuote } from './characters.ts';
import { LogicalBuilder, sliceLogical, sourceOffset, sourceSpan } from './logical.ts';
import { lexWord } from './pieces.ts';
import type { Fault, Field, Flag, Logical } from './tree.ts';

/** Flags whose value is a list of `key=value`. */
const lists = new Set(['mount', 'device']);

/**
 * Reads flags from `start` on, up to the first word that is none or past a bare `--`.
 * @returns the flags, and where the text after them begins
 */
export function readFlags(
  line: Logical,
  start: number,
  escape: string,
  faults: Fault[],
): { flags: Flag[]; next: number } {
  const { text } = line;
  const flags: Flag[] = [];
  let at = start;
  for (;;) {
    while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
    if (text.charCodeAt(at) !== dash || text.charCodeAt(at + 1) !== dash) return { flags, next: at };
    const { end, quoted } = flagEnd(text, at, escape.charCodeAt(0));
    if (end === at + 2) return { flags, next: end };
    flags.push(readFlag(line, at, end, quoted, escape, faults));
    at = end;
  }
}

function flagEnd(text: string, start: number, escape: number): { end: number; quoted: boolean } {
  let quote = 0;
  let quoted = false;
  let at = start;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === escape) {
      quoted = true;
      at += 1;
    } else if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === singleQuote || code === doubleQuote) {
      quote = code;
      quoted = true;
    } else if (isSpace(code)) {
      break;
    }
  }
  return { end: Math.min(at, text.length), quoted };
}

function readFlag(line: Logical, start: number, end: number, quoted: boolean, escape: string, faults: Fault[]): Flag {
  // The builder takes quotes and escapes off before it looks at anything else.
  const { text } = line;
  const whole = quoted ? unquote(line, start, end, escape.charCodeAt(0)) : sliceLogical(line, start, end);
  const span = sourceSpan(line, start, end);
  const sign = whole.text.indexOf('=');
  const nameEnd = sign < 0 ? whole.text.length : sign;
  const name = whole.text.slice(2, nameEnd);
  const written = sign < 0 ? end : text.indexOf('=', start);
  const nameSpan = sourceSpan(line, start + 2, written);
  if (sign < 0) return { span, name, nameSpan, value: undefined, fields: undefined };
  const lexed = lexWord(whole, sign + 1, whole.text.length, escape, faults);
  const value = { ...lexed, raw: text.slice(written + 1, end), span: sourceSpan(line, written + 1, end) };
  const fields = lists.has(name) ? readFields(whole, sign + 1, faults) : undefined;
  return { span, name, nameSpan, value, fields };
}

function unquote(line: Logical, start: number, end: number, escape: number): Logical {
  const builder = new LogicalBuilder();
  const { text } = line;
  let quote = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === escape) at += 1;
    else if (quote !== 0 && code === quote) {
      quote = 0;
      continue;
    } else if (quote === 0 && (code === singleQuote || code === doubleQuote)) {
      quote = code;
      continue;
    }
    if (at < end) builder.add(text[at] ?? '', sourceOffset(line, at));
  }
  return builder.build(sourceOffset(line, start));
}

/** The fields of one line of CSV, from `start` to the end of `value`. */
function readFields(value: Logical, start: number, faults: Fault[]): Field[] {
  const fields: Field[] = [];
  const { text } = value;
  for (let at = start; at <= text.length;) {
    const { content, next, broken } = readCell(value, at);
    if (broken) {
      faults.push({
        code: 'invalid-csv',
        message:
          'The quotes of this list are not in order: a quoted field begins and ends with a quote, "" in it is one.',
        span: sourceSpan(value, at, Math.min(next, text.length)),
      });
    }
    fields.push(fieldOf(content, sourceSpan(value, at, Math.min(next, text.length))));
    at = next + 1;
  }
  return fields;
}

/** One field of CSV. `next` is the comma after it, or the end. */
function readCell(value: Logical, start: number): { content: Logical; next: number; broken: boolean } {
  const { text } = value;
  if (text.charCodeAt(start) !== doubleQuote) {
    const comma = text.indexOf(',', start);
    const next = comma < 0 ? text.length : comma;
    const content = sliceLogical(value, start, next);
    return { content, next, broken: content.text.includes('"') };
  }
  const builder = new LogicalBuilder();
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    for (let inside = at; inside < end; inside += 1) builder.add(text[inside] ?? '', sourceOffset(value, inside));
    if (text.charCodeAt(end + 1) !== doubleQuote || quote < 0) {
      const comma = text.indexOf(',', end);
      const next = comma < 0 ? text.length : comma;
      const content = builder.build(sourceOffset(value, start));
      return { content, next, broken: quote < 0 || next !== end + 1 };
    }
    builder.add('"', sourceOffset(value, end));
    at = end + 2;
  }
}

function fieldOf(content: Logical, span: Field['span']): Field {
  const { text } = content;
  const sign = text.indexOf('=');
  const keyEnd = sign < 0 ? text.length : sign;
  return {
    span,
    key: text.slice(0, keyEnd).toLowerCase(),
    keySpan: sourceSpan(content, 0, keyEnd),
    value: sign < 0 ? undefined : text.slice(sign + 1),
    valueSpan: sign < 0 ? undefined : sourceSpan(content, sign + 1, text.length),
  };
}
