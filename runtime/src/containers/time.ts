// Times as Go prints them, and the rough durations of `docker ps`.

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

/** `Less than a second`, `11 seconds`, `About a minute`, `2 hours`, `3 weeks` … */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(ms / 3_600_000);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration such as `1h30m` in milliseconds; undefined when it is none. */
export function parseGoDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+)$/.exec(text);
  if (match === null) return text === '0' ? 0 : undefined;
  let total = 0;
  for (const part of (match[2] ?? '').matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(part[1]) * (units[part[2] ?? 's'] ?? 0);
  }
  return match[1] === '-' ? -total : total;
}

/** What a filter or a parameter gives as a time: unix seconds with fraction, RFC 3339, a date, or a Go duration before
 * now. @returns milliseconds since the epoch, undefined when it is none of these */
export function parseMoment(text: string, nowMs: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const duration = parseGoDuration(text);
  if (duration !== undefined) return nowMs - duration;
  const date = Date.parse(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? `${text}Z` : text);
  return /^\d{4}-\d\d-\d\d/.test(text) && Number.isFinite(date) ? date : undefined;
}
