// Where the words of an argument list begin and end. The builder splits in two ways: at white space alone, or with an eye to quotes.

import { doubleQuote, isSeparator, isSpace, singleQuote } from './characters.ts';
import type { Span } from './tree.ts';

/** Words between white space of ASCII; quotes mean nothing. The text is without white space at its ends. */
export function splitWords(text: string): Span[] {
  const words: Span[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && !isSeparator(text.charCodeAt(at))) continue;
    if (at > start) words.push({ start, end: at });
    start = at + 1;
  }
  return words;
}

/** Words of ENV, LABEL and ARG: white space in quotes or after an escape belongs to the word. */
export function splitQuotedWords(text: string, escape: string): Span[] {
  const words: Span[] = [];
  const escapeCode = escape.charCodeAt(0);
  let start = -1;
  let quote = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (start < 0) {
      if (isSpace(code)) continue;
      start = at;
    }
    if (code === escapeCode && quote !== singleQuote) {
      at += 1;
    } else if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === singleQuote || code === doubleQuote) {
      quote = code;
    } else if (isSpace(code)) {
      words.push({ start, end: at });
      start = -1;
    }
  }
  if (start >= 0) words.push({ start, end: text.length });
  return words;
}
