// Redirects.

import { skipWhite } from './between.ts';
import { ampersand, dash, greater, isDigit, less, openParen, pipe } from './characters.ts';
import type { Reader } from './reader.ts';
import type { Redirect } from './tree.ts';
import { readWordHere } from './word.ts';

/** Whether a redirect begins here: an operator with or without a file number before it, and no process substitution. */
export function isRedirect(reader: Reader): boolean {
  let ahead = 0;
  while (isDigit(reader.code(ahead))) ahead += 1;
  const code = reader.code(ahead);
  if (code === less || code === greater) return ahead > 0 || reader.code(1) !== openParen;
  return ahead === 0 && code === ampersand && reader.code(1) === greater;
}

function operatorLength(reader: Reader): number {
  const first = reader.code();
  const second = reader.code(1);
  if (first === ampersand) return reader.code(2) === greater ? 3 : 2;
  if (first === less && second === less) return reader.code(2) === less || reader.code(2) === dash ? 3 : 2;
  if (second === ampersand || second === greater || (first === greater && second === pipe)) return 2;
  return 1;
}

export function readRedirect(reader: Reader): Redirect {
  const start = reader.at;
  let end = start;
  while (isDigit(reader.text.charCodeAt(end)) && end < reader.end) end += 1;
  reader.at = end;
  end += operatorLength(reader);
  reader.token('operator', start, end);
  reader.at = end;
  const operator = reader.text.slice(start, end);
  skipWhite(reader);
  const target = readWordHere(reader);
  if (target === undefined) reader.complete = false;
  else if (operator.endsWith('<<') || operator.endsWith('<<-')) {
    reader.heredocs.push({ delimiter: target.literal ?? target.raw, chomp: operator.endsWith('-') });
  }
  return { span: reader.span(start, target === undefined ? end : reader.at), operator, target };
}

/** Redirects after a compound command. */
export function readRedirects(reader: Reader): readonly Redirect[] {
  const redirects: Redirect[] = [];
  for (;;) {
    const start = reader.at;
    skipWhite(reader);
    if (!isRedirect(reader)) {
      reader.at = start;
      return redirects;
    }
    redirects.push(readRedirect(reader));
  }
}
