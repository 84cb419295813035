// Times in filters: Unix seconds, Go durations back from now (`10m`, `1h30m`), dates and RFC 3339.

import { EngineError } from '../spec/errors.ts';

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * @returns milliseconds since the epoch
 * @throws EngineError invalidParameter
 */
export function parseTimestamp(text: string, nowMs: number): number {
  if (/^\d{1,12}(?:\.\d{1,9})?$/.test(text)) return Number(text) * 1000;
  if (/^(?:\d{1,12}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) {
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
    return [...parts].reduce((time, [, value, unit]) => time - Number(value) * (units[unit ?? ''] ?? 0), nowMs);
  }
  if (/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text)) {
    const ms = Date.parse(text);
    if (!Number.isNaN(ms)) return ms;
  }
  throw new EngineError(
    'invalidParameter',
    `failed to parse value as time or duration: ${JSON.stringify(text.slice(0, 100))}`,
  );
}
