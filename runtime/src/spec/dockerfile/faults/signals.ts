// Names and numbers of signals that STOPSIGNAL takes, those of Linux.

import { nearestName } from '../names.ts';
import type { Fault, Word } from '../tree.ts';
import { literalValue } from './literal.ts';

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
  if (word === undefined || text === undefined) return;
  if (/^[+-]?\d+$/.test(text)) {
    if (Number(text) !== 0) return;
    faults.push({ code: 'invalid-signal', message: 'There is no signal 0.', span: word.span });
    return;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  if (known.has(name)) return;
  const near = nearestName(name, signalNames);
  faults.push({
    code: 'invalid-signal',
    message: `"${text}" is no signal. One is written as SIGTERM, TERM or 15.`,
    span: word.span,
    ...(near === undefined ? {} : { suggestion: `SIG${near}` }),
  });
}
