// Quoted texts and heredocs: literal text, `${…}` and `%{…}`.

import type { Scanner } from './scanner.ts';
import type { Expression, Template, TemplatePart } from './tree.ts';

/** Reads one expression in braces. */
export type ReadExpression = () => Expression;

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', '/': '/' };

/** From the opening quote on. A text that is not closed ends with its line. */
export function readQuoted(scanner: Scanner, read: ReadExpression): Template {
  const start = scanner.at;
  scanner.at += 1;
  const inner = scanner.at;
  const parts = readParts(scanner, read, (char) => char === '"' || char === '\n', true);
  const end = scanner.at;
  if (!scanner.take('"')) scanner.fault(start, end, 'The closing quote is missing.');
  return { kind: 'template', heredoc: false, parts, span: { start, end: scanner.at }, inner: { start: inner, end } };
}

/** From `<<` on; undefined where no heredoc begins here. */
export function readHeredoc(scanner: Scanner, read: ReadExpression): Template | undefined {
  const start = scanner.at;
  const opening = /^<<-?([\p{L}_][\p{L}\p{N}_-]*)[ \t]*\r?(?:\n|$)/u.exec(scanner.text.slice(start, start + 300));
  const name = opening?.[1];
  if (opening === null || name === undefined) return undefined;
  scanner.at = start + opening[0].length;
  const inner = scanner.at;
  const close = closingLine(scanner.text, inner, name);
  const end = close?.start ?? scanner.text.length;
  const parts = readParts(scanner, read, () => scanner.at >= end, false);
  scanner.at = close?.end ?? scanner.text.length;
  if (close === undefined)
    scanner.fault(
      start,
      start + opening[0].trimEnd().length,
      `A line with \`${name}\` alone is missing at the end of this text.`,
    );
  return { kind: 'template', heredoc: true, parts, span: { start, end: scanner.at }, inner: { start: inner, end } };
}

/** The line with the delimiter: its beginning and the end of the word. */
function closingLine(
  text: string,
  from: number,
  name: string,
): { readonly start: number; readonly end: number } | undefined {
  for (let start = from; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (end - start < 1000 && text.slice(start, end).trim() === name) {
      return { start, end: text.indexOf(name, start) + name.length };
    }
    start = end + 1;
  }
  return undefined;
}

function readParts(
  scanner: Scanner,
  read: ReadExpression,
  ends: (char: string) => boolean,
  quoted: boolean,
): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let start = scanner.at;
  let value = '';
  const flush = () => {
    if (scanner.at > start) parts.push({ kind: 'text', span: { start, end: scanner.at }, value });
    value = '';
  };
  while (!scanner.done && !ends(scanner.char)) {
    if (scanner.startsWith('$${') || scanner.startsWith('%%{')) {
      value += scanner.text.slice(scanner.at + 1, scanner.at + 3);
      scanner.at += 3;
    } else if (scanner.startsWith('${') || scanner.startsWith('%{')) {
      flush();
      parts.push(scanner.char === '$' ? filled(scanner, read) : directive(scanner, read));
      start = scanner.at;
    } else if (quoted && scanner.char === '\\') value += escaped(scanner);
    else {
      value += scanner.char;
      scanner.at += 1;
    }
  }
  flush();
  return parts;
}

function escaped(scanner: Scanner): string {
  const start = scanner.at;
  const next = scanner.text.charAt(start + 1);
  const unicode = /^\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(scanner.text.slice(start, start + 10));
  if (unicode !== null) {
    scanner.at += unicode[0].length;
    const code = Number.parseInt(unicode[1] ?? unicode[2] ?? '0', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD';
  }
  const known = Object.hasOwn(escapes, next) ? escapes[next] : undefined;
  if (known === undefined) {
    scanner.fault(start, start + 2, 'This escape is not known. Write `\\\\` for a backslash.');
    scanner.at += 1;
    return '\\';
  }
  scanner.at += 2;
  return known;
}

function filled(scanner: Scanner, read: ReadExpression): TemplatePart {
  const start = scanner.at;
  scanner.at += 2;
  scanner.take('~');
  const value = read();
  close(scanner, start);
  return { kind: 'filled', span: { start, end: scanner.at }, value };
}

/** `%{ for x in list }`, `%{ if condition }`, `%{ else }`, `%{ endif }`. */
function directive(scanner: Scanner, read: ReadExpression): TemplatePart {
  const start = scanner.at;
  scanner.at += 2;
  scanner.take('~');
  scanner.skip(true);
  const word = scanner.word()?.text ?? '';
  const names: string[] = [];
  if (word === 'for') {
    for (let name = nameAfterSpace(scanner); name !== undefined && name !== 'in'; name = nameAfterSpace(scanner))
      names.push(name);
  }
  const value = word === 'for' || word === 'if' ? read() : undefined;
  close(scanner, start);
  return { kind: 'directive', span: { start, end: scanner.at }, word, names, value };
}

function nameAfterSpace(scanner: Scanner): string | undefined {
  scanner.skip(true);
  scanner.take(',');
  scanner.skip(true);
  return scanner.word()?.text;
}

function close(scanner: Scanner, start: number): void {
  scanner.skip(true);
  scanner.take('~');
  if (!scanner.take('}')) scanner.fault(start, start + 2, 'The closing brace of what is filled in is missing.');
}
