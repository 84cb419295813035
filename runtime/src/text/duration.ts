// Go's durations (`1h2m3.5s`, `300ms`) in nanoseconds, and the moments that --since and --until take.

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

/**
 * Nanoseconds.
 * @throws Error `time: invalid duration "x"`
 */
export function parseDuration(text: string): number {
  const invalid = (why = 'invalid duration') => new Error(`time: ${why} ${JSON.stringify(text)}`);
  const match = /^([+-]?)((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.exec(text);
  if (match === null) {
    if (/^[+-]?0$/.test(text)) return 0;
    throw /^[+-]?\d+(\.\d+)?$/.test(text) ? invalid('missing unit in duration') : invalid();
  }
  let total = 0;
  for (const part of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(part[1]) * (units[part[2] ?? ''] ?? 0);
  }
  return Math.round(match[1] === '-' ? -total : total);
}

/**
 * What the API wants for `since` and `until`: unix seconds with a fraction. Takes a Go duration (counted back from
 * `nowMs`), RFC 3339 with parts left out (local time when it has no zone), or unix seconds as they are.
 * @throws Error when the text is none of these
 */
export function parseMoment(text: string, nowMs: number): string {
  if (/^-?\d+(\.\d{1,9})?$/.test(text)) return text;
  const span = tryDuration(text);
  if (span !== undefined) return seconds(BigInt(Math.trunc(nowMs)) * 1_000_000n - BigInt(span));
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}(?::\d{2}(?::\d{2})?)?)(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text);
  if (match === null) throw new Error(`invalid value for time: ${JSON.stringify(text)}`);
  const [, date = '', clock = '00:00:00', fraction = '', zone = ''] = match;
  const whole = new Date(`${date}T${`${clock}:00:00`.slice(0, 8)}${zone}`).getTime();
  if (Number.isNaN(whole)) throw new Error(`invalid value for time: ${JSON.stringify(text)}`);
  return seconds(BigInt(whole) * 1_000_000n + BigInt((fraction.slice(1) || '0').padEnd(9, '0')));
}

function tryDuration(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined; // Not a duration: the caller tries the other forms.
  }
}

function seconds(ns: bigint): string {
  return `${ns / 1_000_000_000n}.${(ns % 1_000_000_000n).toString().padStart(9, '0')}`;
}
