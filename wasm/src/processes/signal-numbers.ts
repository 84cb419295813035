// Signals by Linux's numbers, and what they do where a program has no wish: signal(7).

export const signal = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  TERM: 15,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  WINCH: 28,
} as const;

/** Those that a program can ignore, catch and wait for by a bit of a word. */
export const mostSignal = 31;

export function bitOf(number: number): number {
  return 1 << (number - 1);
}

export type SignalAction = 'end' | 'stop' | 'continue' | 'nothing';

const stops: readonly number[] = [signal.STOP, signal.TSTP, signal.TTIN, signal.TTOU];
const nothings: readonly number[] = [signal.CHLD, signal.URG, signal.WINCH];

export function defaultAction(number: number): SignalAction {
  if (number === signal.CONT) return 'continue';
  if (stops.includes(number)) return 'stop';
  return nothings.includes(number) ? 'nothing' : 'end';
}

/** Neither caught nor ignored. */
export function isAbsolute(number: number): boolean {
  return number === signal.KILL || number === signal.STOP;
}
