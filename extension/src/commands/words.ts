// A command as people type it, taken apart into words as a shell does, without being a shell: quotes and backslashes, nothing
// else. No shell ever sees it.

import { l10n } from '../l10n.ts';

/** @throws Error when a quote is not closed */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (char === '\\' && quote === '"' && /["\\$`]/.test(text[at + 1] ?? '')) word += text[(at += 1)] ?? '';
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
    } else if (char === '\\' && at + 1 < text.length) word = (word ?? '') + (text[(at += 1)] ?? '');
    else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') throw new Error(l10n.t('A quote is not closed.'));
  if (word !== undefined) words.push(word);
  return words;
}

/** What is wrong with a command that is typed, undefined when nothing is. */
export function wordsFault(text: string): string | undefined {
  try {
    splitWords(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The text that `splitWords` takes apart into `words`. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
