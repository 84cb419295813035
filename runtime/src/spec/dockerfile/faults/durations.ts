// Durations and counts of health checks.

import { type DurationFault, readDuration } from '../../duration.ts';
import type { Fault, Word } from '../tree.ts';
import { literalValue } from './literal.ts';
import { quote } from '../quote.ts';

const millisecond = 1e6;
/** What is wrong with the duration of a health check; 0 is taken for the default. */
export function addDurationFault(flag: string, word: Word | undefined, faults: Fault[]): void {
  const text = literalValue(word);
  if (word === undefined || text === undefined || text === '') return;
  const result = readDuration(text);
  if (typeof result !== 'number') faults.push({ ...faultOf(text, result), span: word.span });
  else if (result !== 0 && result < millisecond) {
    faults.push({ code: 'short-duration', message: `--${flag} cannot be less than 1ms.`, span: word.span });
  }
}

function faultOf(text: string, fault: DurationFault): Pick<Fault, 'code' | 'message'> {
  switch (fault.kind) {
    case 'invalid':
      return { code: 'invalid-duration', message: `${quote(text)} is no duration. One is written as 30s or 1m30s.` };
    case 'no-unit':
      return { code: 'missing-duration-unit', message: `${quote(text)} has no unit: ns, us, ms, s, m or h.` };
    case 'unknown-unit':
      return {
        code: 'unknown-duration-unit',
        message: `${quote(fault.unit)} is no unit of time. There are ns, us, ms, s, m and h.`,
      };
  }
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
