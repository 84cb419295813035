// Signals by name and number, as Linux and Docker have them.

import { invalid } from './errors.ts';

const names = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ ' +
  'VTALRM PROF WINCH IO PWR SYS'
).split(' ');

const aliases: Readonly<Record<string, number>> = { IOT: 6, CLD: 17, POLL: 29, UNUSED: 31 };

export const SIGKILL = 9;
export const SIGTERM = 15;

const minimum = 34;
const maximum = 64;

/**
 * `9`, `KILL`, `SIGKILL`, `RTMIN+3`, `SIGRTMAX-1`, in any case.
 * @throws EngineError invalidParameter `invalid signal: x`
 */
export function parseSignal(text: string): number {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    if (number > 0 && number <= maximum) return number;
    throw invalid(`invalid signal: ${text}`);
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const index = names.indexOf(name);
  if (index >= 0) return index + 1;
  if (Object.hasOwn(aliases, name)) return aliases[name] ?? 0;
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime !== null) {
    const offset = Number(`${realTime[2] ?? ''}${realTime[3] ?? '0'}`);
    const number = (realTime[1] === 'MIN' ? minimum : maximum) + offset;
    if (number >= minimum && number <= maximum) return number;
  }
  throw invalid(`invalid signal: ${text}`);
}
