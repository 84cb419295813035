// Go's durations and the moments that --since and --until take, with docker's words for what is wrong.

import { readDuration } from '../spec/duration.ts';
import { parseMoment } from '../spec/moment.ts';

/**
 * Nanoseconds.
 * @throws Error `time: invalid duration "x"`
 */
export function parseDuration(text: string): number {
  const result = readDuration(text);
  if (typeof result === 'number') return result;
  const why = {
    invalid: 'invalid duration',
    'no-unit': 'missing unit in duration',
    'unknown-unit': `unknown unit ${JSON.stringify(result.kind === 'unknown-unit' ? result.unit : '')} in duration`,
  }[result.kind];
  throw new Error(`time: ${why} ${JSON.stringify(text)}`);
}

/**
 * What the API wants for `since` and `until`: unix seconds with a fraction.
 * @throws Error when the text is no moment
 */
export function unixSeconds(text: string, nowMs: number): string {
  if (/^-?\d+(\.\d{1,9})?$/.test(text)) return text;
  const ns = parseMoment(text, nowMs);
  if (ns === undefined) throw new Error(`invalid value for time: ${JSON.stringify(text)}`);
  return `${ns / 1_000_000_000n}.${(ns % 1_000_000_000n).toString().padStart(9, '0')}`;
}
