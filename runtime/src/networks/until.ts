// The `until` filter of prune.

import { EngineError } from '../spec/errors.ts';
import type { Filters } from '../spec/filters.ts';

/**
 * Reads unix seconds, a duration back from now (`10m`, `1h30m`) or a date.
 * @returns milliseconds since the epoch, Infinity without the filter
 * @throws EngineError invalidParameter
 */
export function untilMs(filters: Filters, nowMs: number): number {
  const values = filters.get('until') ?? [];
  if (values.length === 0) return Infinity;
  const [text = ''] = values;
  if (values.length > 1) throw new EngineError('invalidParameter', 'more than one until filter specified');
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
  if (/^(\d+(\.\d+)?[smh])+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smh])/g)];
    return nowMs - parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0), 0);
  }
  const date = Date.parse(text);
  if (Number.isNaN(date)) throw new EngineError('invalidParameter', `invalid value for until: ${JSON.stringify(text)}`);
  return date;
}
