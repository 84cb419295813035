// JSON whose whole numbers are kept to the last digit: 64-bit counters and nanoseconds do not fit a double.

interface RawJson {
  rawJSON(text: string): { readonly rawJSON: string };
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
}

// Node has these since version 22; the standard library's types do not know them yet.
const exact = JSON as unknown as RawJson;

/**
 * Like JSON.parse, but a whole number that a double cannot hold becomes an object whose text is kept: `JSON.stringify`
 * writes it as it was, `exactText` tells it.
 */
export function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown;
  return exact.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
      ? exact.rawJSON(source)
      : value,
  );
}

/** The digits of a number that `parseExact` kept, undefined for anything else. */
export function exactText(value: unknown): string | undefined {
  return exact.isRawJSON(value) ? value.rawJSON : undefined;
}
