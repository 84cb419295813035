// Docker's `filters` query parameter, once decoded: key -> values. Several values of one key are alternatives,
// except `label`, whose values must all hold. The nouns say which keys they know.

import { EngineError } from './errors.ts';

export type Filters = ReadonlyMap<string, readonly string[]>;

export const noFilters: Filters = new Map();

/**
 * Refuses a key that is not in `allowed`.
 * @throws EngineError invalidParameter `invalid filter 'zz'`
 */
export function checkFilterKeys(filters: Filters, allowed: readonly string[]): void {
  for (const key of filters.keys()) {
    if (!allowed.includes(key)) throw new EngineError('invalidParameter', `invalid filter '${key}'`);
  }
}

/** True when `labels` satisfy every `key` or `key=value` of the filter's values for `filterKey`. */
export function matchesLabels(
  filters: Filters,
  labels: Readonly<Record<string, string>> | null | undefined,
  filterKey = 'label',
): boolean {
  return (filters.get(filterKey) ?? []).every((wanted) => hasLabel(labels ?? {}, wanted));
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  const key = equals < 0 ? wanted : wanted.slice(0, equals);
  if (!Object.hasOwn(labels, key)) return false;
  return equals < 0 || labels[key] === wanted.slice(equals + 1);
}

/**
 * Reads a filter that holds one boolean, with Docker's spellings.
 * @returns undefined when the key is absent
 * @throws EngineError invalidParameter when the value is not a boolean or given twice with different values
 */
export function booleanFilter(filters: Filters, key: string): boolean | undefined {
  const values = filters.get(key);
  if (values === undefined || values.length === 0) return undefined;
  const truths = new Set(values.map((value) => asBoolean(value)));
  const [only] = truths;
  if (truths.size !== 1 || only === undefined) {
    throw new EngineError('invalidParameter', `invalid filter '${key}=[${values.join(' ')}]'`);
  }
  return only;
}

function asBoolean(text: string): boolean | undefined {
  if (['1', 'true', 'True', 'TRUE', 't', 'T'].includes(text)) return true;
  if (['0', 'false', 'False', 'FALSE', 'f', 'F'].includes(text)) return false;
  return undefined;
}
