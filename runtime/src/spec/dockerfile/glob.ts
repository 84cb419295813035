// The patterns of `${name#pattern}` and its kin: `*` is any text, `?` any character. A pattern is stretches of characters with a
// star between each two, so that the first place of each stretch settles a match and nothing is tried twice.

import type { Fault, Span } from './tree.ts';

/** Stretches of characters; undefined stands for any one. Between two stretches there is a star. */
export type Pattern = readonly (readonly (string | undefined)[])[];

/** Beyond these nothing is matched: they come from outside, and matching takes time by their product. */
const maxPattern = 1000;
const maxValue = 65_536;

/** @returns a description of what is wrong where the pattern is not valid */
export function parsePattern(text: string): Pattern | string {
  const stretches: (string | undefined)[][] = [[]];
  const chars = Array.from(text);
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    if (char === '*') {
      stretches.push([]);
      continue;
    }
    if (char !== '\\') {
      stretches.at(-1)?.push(char === '?' ? undefined : char);
      continue;
    }
    const next = chars[at + 1];
    // A brace and a slash need an escape to get into a pattern; it is no part of it.
    if (next === '}' || next === '/') continue;
    if (next === undefined || !'*?\\'.includes(next)) return `the escape \\${next ?? ''}`;
    stretches.at(-1)?.push(next);
    at += 1;
  }
  return stretches;
}

/** @param reason what `parsePattern` gave */
export function patternFault(reason: string, span: Span): Fault {
  const message = `The pattern has ${reason}: only *, ?, } and / may stand after a \\, or another one.`;
  return { code: 'invalid-pattern', message, span };
}

/** Takes the shortest or longest beginning off that matches. */
export function trimPrefix(value: string, pattern: Pattern, isGreedy: boolean): string {
  const chars = Array.from(value);
  const end = match(chars, 0, pattern, isGreedy);
  return end === undefined ? value : chars.slice(end).join('');
}

/** Takes the shortest or longest end off that matches. */
export function trimSuffix(value: string, pattern: Pattern, isGreedy: boolean): string {
  const chars = Array.from(value).toReversed();
  const reversed = pattern.map((stretch) => stretch.toReversed()).toReversed();
  const end = match(chars, 0, reversed, isGreedy);
  return end === undefined ? value : chars.slice(end).toReversed().join('');
}

/** Puts `replacement` in the place of the first match, or of all. @returns undefined where that grows beyond what is computed */
export function replacePattern(
  value: string,
  pattern: Pattern,
  replacement: string,
  isGlobal: boolean,
): string | undefined {
  const chars = Array.from(value);
  let result = '';
  let at = 0;
  let matched = -1;
  while (at <= chars.length) {
    const start = firstPlace(chars, at, pattern[0] ?? []);
    const end = start === undefined ? undefined : match(chars, start, pattern, true);
    if (start === undefined || end === undefined) break;
    result += chars.slice(at, start).join('');
    // As in Go, an empty match right after another one does not count.
    if (end > start || start !== matched) result += replacement;
    if (result.length > maxValue) return undefined;
    matched = end;
    at = end;
    if (!isGlobal) break;
    if (end === start) {
      result += chars[at] ?? '';
      at += 1;
    }
  }
  return result + chars.slice(at).join('');
}

/** Where the shortest or longest match that begins at `start` ends. */
function match(chars: readonly string[], start: number, pattern: Pattern, isGreedy: boolean): number | undefined {
  if (chars.length > maxValue || pattern.reduce((sum, stretch) => sum + stretch.length + 1, 0) > maxPattern) {
    return undefined;
  }
  const [first = [], ...others] = pattern;
  if (!standsAt(chars, start, first)) return undefined;
  let end = start + first.length;
  for (const [index, stretch] of others.entries()) {
    const isLast = index === others.length - 1;
    const place = isLast && isGreedy ? lastPlace(chars, end, stretch) : firstPlace(chars, end, stretch);
    if (place === undefined) return undefined;
    end = place + stretch.length;
  }
  return end;
}

function standsAt(chars: readonly string[], at: number, stretch: Pattern[number]): boolean {
  if (at + stretch.length > chars.length) return false;
  return stretch.every((char, index) => char === undefined || char === chars[at + index]);
}

function firstPlace(chars: readonly string[], from: number, stretch: Pattern[number]): number | undefined {
  for (let at = from; at + stretch.length <= chars.length; at += 1) if (standsAt(chars, at, stretch)) return at;
  return undefined;
}

function lastPlace(chars: readonly string[], from: number, stretch: Pattern[number]): number | undefined {
  for (let at = chars.length - stretch.length; at >= from; at -= 1) if (standsAt(chars, at, stretch)) return at;
  return undefined;
}
