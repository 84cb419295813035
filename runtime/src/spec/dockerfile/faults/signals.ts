// Names and numbers of signals that STOPSIGNAL takes, those of Linux.

import { nearestName } from '../names.ts';
import type { Fault, Word } from '../tree.ts';
import { literalValue } from './literal.ts';
import { hint, quote } from '../quote.ts';

const plainNames =
  'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ';
const realTime = [
  'RTMIN',
  ...Array.from({ length: 15 }, (_, index) => `RTMIN+${String(index + 1)}`),
  ...Array.from({ length: 14 }, (_, index) => `RTMAX-${String(14 - index)}`),
  'RTMAX',
];

/** Without `SIG`. */
export const signalNames: readonly string[] = [...plainNames.split(' '), ...realTime];
const known: ReadonlySet<string> = new Set(signalNames);

export function addSignalFault(word: Word | undefined, faults: Fault[]): void {
  const text = literalValue(word);
  const fault = text === undefined ? undefined : signalFault(text);
  if (word !== undefined && fault !== undefined) faults.push({ ...fault, span: word.span });
}

/** What is wrong with a signal as it is once variables are filled in. */
export function signalFault(text: string): Omit<Fault, 'span'> | undefined {
  if (/^[+-]?\d+$/.test(text)) {
    return Number(text) === 0 ? { code: 'invalid-signal', message: 'There is no signal 0.' } : undefined;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (known.has(name)) return undefined;
  const near = nearestName(name, signalNames);
  const suggestion = near === undefined ? undefined : `SIG${near}`;
  const message = `${quote(text)} is no signal. ${hint(suggestion, 'One is written as SIGTERM, TERM or 15.')}`;
  return { code: 'invalid-signal', message, ...(suggestion === undefined ? {} : { suggestion }) };
}
