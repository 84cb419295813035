// Spans of time as Go writes them, `1h2m3.5s`, and as docker tells them to people.

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
/** Go counts nanoseconds in 63 bits. */
const longest = 2 ** 63;
const partPattern = /(\d*)(\.\d*)?([^\d.]*)/y;

export type DurationFault =
  | { readonly kind: 'invalid' }
  | { readonly kind: 'no-unit' }
  | { readonly kind: 'unknown-unit'; readonly unit: string };

/** Nanoseconds of Go's `time.ParseDuration`, or what is wrong with the text. */
export function readDuration(text: string): number | DurationFault {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  const body = text.slice(sign.length);
  if (body === '0') return 0;
  if (body === '') return { kind: 'invalid' };
  let total = 0;
  for (let at = 0; at < body.length; at = partPattern.lastIndex) {
    partPattern.lastIndex = at;
    const [, whole = '', fraction = '', unit = ''] = partPattern.exec(body) ?? [];
    if (whole === '' && fraction.length < 2) return { kind: 'invalid' };
    if (unit === '') return { kind: 'no-unit' };
    const nanoseconds = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (nanoseconds === undefined) return { kind: 'unknown-unit', unit };
    total += Number(`${whole === '' ? '0' : whole}${fraction === '.' ? '' : fraction}`) * nanoseconds;
    if (total >= longest) return { kind: 'invalid' };
  }
  return Math.round(sign === '-' ? -total : total);
}

/** `Less than a second`, `11 seconds`, `About a minute`, `2 hours`, `3 weeks` … */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(ms / 3_600_000 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(ms / 3_600_000 / 24 / 365)} years`;
}
