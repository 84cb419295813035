// Moments as docker's filters and parameters give them.

import { readDuration } from './duration.ts';

const pattern = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}(?::\d{2}(?::\d{2})?)?)(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Nanoseconds since 1970 of Unix seconds with a fraction, of a Go duration (counted back from `nowMs`), or of an RFC 3339 time
 * with parts left out, which is of this machine's zone when it names none; undefined when the text is none of these.
 */
export function parseMoment(text: string, nowMs: number): bigint | undefined {
  const unix = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (unix !== null) return nanoseconds(Number(unix[1]) * 1000, unix[2]);
  const span = readDuration(text);
  if (typeof span === 'number') return nanoseconds(Math.trunc(nowMs)) - BigInt(span);
  const [, date, clock = '00:00:00', fraction = '', zone = ''] = pattern.exec(text) ?? [];
  if (date === undefined) return undefined;
  const whole = new Date(`${date}T${`${clock}:00:00`.slice(0, 8)}${zone}`).getTime();
  return Number.isNaN(whole) ? undefined : nanoseconds(whole, fraction.slice(1));
}

function nanoseconds(ms: number, fraction = ''): bigint {
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
