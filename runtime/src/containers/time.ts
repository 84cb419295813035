// Times as Go prints them.

export const zeroTime = '0001-01-01T00:00:00Z';

const second = 1_000_000_000n;

/** RFC 3339 with up to nine digits of fraction, trailing zeros cut, as Go's RFC3339Nano. */
export function formatTime(ns: bigint): string {
  const fraction = (ns % second).toString().padStart(9, '0').replace(/0+$/, '');
  return `${wholeSeconds(ns)}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** RFC 3339 with exactly nine digits, as `docker logs --timestamps` shows it. */
export function formatTimeFixed(ns: bigint): string {
  return `${wholeSeconds(ns)}.${(ns % second).toString().padStart(9, '0')}Z`;
}

function wholeSeconds(ns: bigint): string {
  return new Date(Number(ns / second) * 1000).toISOString().slice(0, 19);
}

/** Nanoseconds since the epoch of an RFC 3339 time; 0 when it is none or before the epoch (Go's zero time). */
export function parseTimeNs(text: string): bigint {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return 0n;
  const seconds = Date.parse(`${match[1] ?? ''}${match[3] ?? 'Z'}`) / 1000;
  if (!Number.isFinite(seconds) || seconds < 0) return 0n;
  return BigInt(seconds) * second + BigInt((match[2] ?? '0').padEnd(9, '0'));
}
