// What a Dockerfile's word says to a rule.

import type { Word } from '../../../runtime/src/spec/dockerfile/tree.ts';

/** A word without its quotes and escapes; variables stay, as `${NAME}`. */
export function plain(word: Word): string {
  const [piece] = word.pieces;
  if (piece === undefined) return '';
  if (word.pieces.length === 1 && piece.kind === 'text') return piece.value;
  return word.pieces.map((each) => (each.kind === 'text' ? each.value : `\${${each.name}}`)).join('');
}

/** A word as it is written, but for quotes around it. */
export function unquoted(word: Word): string {
  const { raw } = word;
  let start = 0;
  let end = raw.length;
  while (start < end && isQuote(raw[start])) start += 1;
  while (end > start && isQuote(raw[end - 1])) end -= 1;
  return raw.slice(start, end);
}

function isQuote(character: string | undefined): boolean {
  return character === '"' || character === "'";
}

/** Whether a path is absolute on Linux or Windows. */
export function isAbsolute(path: string): boolean {
  return path.startsWith('/') || path.startsWith('\\') || /^[A-Za-z]:/.test(path);
}

/** The name of a program, by which shells are known: without folder and `.exe`. */
export function programName(path: string): string {
  return lastPart(path).replace(/\.exe$/i, '');
}

/** The last part of a path of either kind. */
export function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
