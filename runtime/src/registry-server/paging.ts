// Pages of a sorted list: `n` entries behind `last`, and a `Link` to what follows (RFC 8288).

import { Refusal } from './refusal.ts';

/** As many as a page has at most, and without `n`. */
const mostEntries = 10_000;

export interface Page<T> {
  readonly entries: readonly T[];
  /** Of the page behind it. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * @param sorted by `nameOf`, in the order of its characters' codes
 * @param path of the list, for the link; what else is in `query` stays in it
 * @throws Refusal UNSUPPORTED (400) for an `n` that is no number
 */
export function pageOf<T>(
  sorted: readonly T[],
  nameOf: (entry: T) => string,
  path: string,
  query: URLSearchParams,
): Page<T> {
  const given = query.get('n');
  if (given !== null && !/^\d{1,9}$/.test(given)) {
    throw new Refusal('UNSUPPORTED', 'n has to be a whole number', { status: 400 });
  }
  const count = Math.min(given === null ? mostEntries : Number(given), mostEntries);
  const last = query.get('last') ?? '';
  const start = last === '' ? 0 : firstBehind(sorted, nameOf, last);
  const entries = sorted.slice(start, start + count);
  const end = entries.at(-1);
  if (end === undefined || start + count >= sorted.length) return { entries, headers: {} };
  const next = new URLSearchParams(query);
  next.set('n', String(count));
  next.set('last', nameOf(end));
  return { entries, headers: { Link: `<${path}?${next.toString()}>; rel="next"` } };
}

/** The place of the first entry whose name comes after `last`. */
function firstBehind<T>(sorted: readonly T[], nameOf: (entry: T) => string, last: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = sorted[middle];
    if (entry !== undefined && nameOf(entry) <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}
