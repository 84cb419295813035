// The query string as Docker reads it: its own idea of true and false, numbers that fall back, filters in two JSON shapes.

import { isRecord } from '../spec/decode.ts';
import { EngineError } from '../spec/errors.ts';
import type { Filters } from '../spec/filters.ts';

export class Query {
  readonly #values: URLSearchParams;

  /** @param text what follows the question mark, may be empty */
  constructor(text: string) {
    this.#values = new URLSearchParams(text);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The first value, '' when there is none. */
  text(name: string): string {
    return this.#values.get(name) ?? '';
  }

  /** The first value, undefined when there is none or an empty one. */
  optional(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  all(name: string): readonly string[] {
    return this.#values.getAll(name);
  }

  /** Anything but nothing, 0, no, false and none is true. */
  flag(name: string, whenAbsent = false): boolean {
    const value = this.#values.get(name);
    if (value === null) return whenAbsent;
    return !['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase());
  }

  /** A whole number; undefined when absent or not a number. */
  integer(name: string): number | undefined {
    const value = this.text(name);
    return /^[+-]?\d{1,15}$/.test(value) ? Number(value) : undefined;
  }

  /** @throws EngineError invalidParameter `invalid filter` */
  filters(): Filters {
    const text = this.text('filters');
    if (text === '') return new Map();
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new EngineError('invalidParameter', 'invalid filter', { cause });
    }
    if (value === null) return new Map();
    if (!isRecord(value)) throw new EngineError('invalidParameter', 'invalid filter');
    return new Map(Object.entries(value).map(([key, values]) => [key, filterValues(values)]));
  }
}

function filterValues(values: unknown): readonly string[] {
  if (values === null) return [];
  if (Array.isArray(values) && values.every((each) => typeof each === 'string')) return values;
  if (isRecord(values) && Object.values(values).every((each) => typeof each === 'boolean')) return Object.keys(values);
  throw new EngineError('invalidParameter', 'invalid filter');
}

const maxSeconds = 10n ** 12n;

/**
 * Unix seconds with an optional fraction, as `since` and `until` carry them, in nanoseconds.
 * @returns undefined for '' and '0'
 * @throws EngineError system in the words of Go's strconv, which is what Docker answers
 */
export function timestampNs(text: string): bigint | undefined {
  if (text === '' || text === '0') return undefined;
  const match = /^(-?\d{1,18})(?:\.(\d{1,30}))?$/.exec(text);
  if (match === null) {
    const wrong = text.split('.').find((part) => !/^\d+$/.test(part)) ?? text;
    throw new EngineError('system', `strconv.ParseInt: parsing ${JSON.stringify(wrong)}: invalid syntax`);
  }
  const seconds = BigInt(match[1] ?? '0');
  if (seconds > maxSeconds || seconds < -maxSeconds) {
    throw new EngineError('system', `strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return seconds * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(9, '0').slice(0, 9));
}
