// How the Engine API wants its query strings: booleans as 1 and 0, filters as JSON, lists repeated.

/** Filters as the API takes them: key -> values. */
export type FilterQuery = Readonly<Record<string, readonly string[]>>;

type Value = string | number | boolean | undefined;
export type Query = Readonly<Record<string, Value | readonly string[]>>;

/** `?a=1&b=2` of what is defined, or an empty string. */
export function queryString(query: Query = {}): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(query)) {
    const values = typeof value === 'object' ? value : [value];
    for (const one of values) {
      if (one === undefined) continue;
      const text = typeof one === 'boolean' ? (one ? '1' : '0') : String(one);
      parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(text)}`);
    }
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** Filters in the form that every version of the API since 1.22 takes; undefined when there are none. */
export function encodeFilters(filters: FilterQuery | undefined, version = '1.51'): string | undefined {
  if (filters === undefined || Object.keys(filters).length === 0) return undefined;
  if (compareVersions(version, '1.22') >= 0) {
    return JSON.stringify(
      Object.fromEntries(
        Object.entries(filters).map(([key, values]) => [key, Object.fromEntries(values.map((value) => [value, true]))]),
      ),
    );
  }
  return JSON.stringify(filters);
}

/** Negative, zero or positive as API version `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}
