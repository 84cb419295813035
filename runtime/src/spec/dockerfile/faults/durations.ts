// Durations as Go writes them, `1m30s`.

import type { Fault, Word } from '../tree.ts';
import { literalValue } from './literal.ts';
import { quote } from '../quote.ts';

/** Units in nanoseconds. */
const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const millisecond = 1e6;
/** Go counts nanoseconds in 63 bits. */
const longest = 2 ** 63;
const partPattern = /(\d*)(\.\d*)?([^\d.]*)/y;

/** What is wrong with the duration of a health check; 0 is taken for the default. */
export function addDurationFault(flag: string, word: Word | undefined, faults: Fault[]): void {
  const text = literalValue(word);
  if (word === undefined || text === undefined || text === '') return;
  const result = parseDuration(text);
  if (typeof result !== 'number') faults.push({ ...result, span: word.span });
  else if (result !== 0 && result < millisecond) {
    faults.push({ code: 'short-duration', message: `--${flag} cannot be less than 1ms.`, span: word.span });
  }
}

/** @returns nanoseconds, or what is wrong */
export function parseDuration(text: string): number | Pick<Fault, 'code' | 'message'> {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const body = text.slice(sign.length);
  if (body === '0') return 0;
  const invalid = {
    code: 'invalid-duration',
    message: `${quote(text)} is no duration. One is written as 30s or 1m30s.`,
  };
  if (body === '') return invalid;
  let total = 0;
  for (let at = 0; at < body.length; at = partPattern.lastIndex) {
    partPattern.lastIndex = at;
    const [, whole = '', fraction = '', unit = ''] = partPattern.exec(body) ?? [];
    if (whole === '' && fraction.length < 2) return invalid;
    const nanoseconds = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (unit === '')
      return { code: 'missing-duration-unit', message: `${quote(text)} has no unit: ns, us, ms, s, m or h.` };
    if (nanoseconds === undefined) {
      return {
        code: 'unknown-duration-unit',
        message: `${quote(unit)} is no unit of time. There are ns, us, ms, s, m and h.`,
      };
    }
    total += Number(`${whole === '' ? '0' : whole}${fraction === '.' ? '' : fraction}`) * nanoseconds;
    if (total >= longest) return invalid;
  }
  return sign === '-' ? -total : total;
}

/** `--retries`: a whole number that is not negative. */
export function addRetriesFault(word: Word | undefined, faults: Fault[]): void {
  const text = literalValue(word);
  if (word === undefined || text === undefined || text === '') return;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(value) < 2 ** 31)) {
    faults.push({
      code: 'invalid-number',
      message: `--retries is a whole number, not ${quote(text)}.`,
      span: word.span,
    });
  } else if (value < 0) {
    faults.push({ code: 'negative-retries', message: '--retries cannot be negative.', span: word.span });
  }
}
