// Decoders for JSON that came from outside: small functions that check a value and name the place where it is wrong. Docker's
// leniency is theirs: unknown fields pass and are dropped, null is absent, names of fields match whatever their case, as Go
// has it. Values are copied field by field, so that a key like `__proto__` is only ever data.

import { EngineError } from './errors.ts';

/** Checks `value`, found at `path` (`HostConfig.Binds[0]`, empty for the document). @throws EngineError invalidParameter */
export type Decoder<T> = (value: unknown, path: string) => T;

/** The decoder of each field of a wire type; a field cannot be forgotten. */
export type Fields<T> = { readonly [Key in keyof T]-?: Decoder<NonNullable<T[Key]>> };

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function mismatch(value: unknown, path: string, wanted: string): EngineError {
  const place = path === '' ? 'document' : `field ${path}`;
  return new EngineError(
    'invalidParameter',
    `invalid JSON: cannot unmarshal ${kindOf(value)} into ${place} of type ${wanted}`,
  );
}

export const string: Decoder<string> = (value, path) => {
  if (typeof value !== 'string') throw mismatch(value, path, 'string');
  return value;
};

export const boolean: Decoder<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw mismatch(value, path, 'bool');
  return value;
};

/** A whole number in the range of a signed 64-bit integer; beyond 2^53 it is as near as a double gets. */
export const integer: Decoder<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 2 ** 63) {
    throw mismatch(value, path, 'int64');
  }
  return value;
};

/** Any JSON value, unchecked; for what is handed on as it is. */
export const anything: Decoder<unknown> = (value) => value;

/** The value of Go's `struct{}`: whatever object is given, nothing is kept. */
export const emptyObject: Decoder<Readonly<Record<string, never>>> = (value, path) => {
  if (value !== null && !isRecord(value)) throw mismatch(value, path, 'object');
  return {};
};

export function array<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw mismatch(value, path, 'array');
    return value.map((each: unknown, index) => item(each, `${path}[${index}]`));
  };
}

/** An object used as a map. A null value becomes `ofNull` as Go's zero value would. */
export function record<T>(item: Decoder<T>, ofNull: T): Decoder<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isRecord(value)) throw mismatch(value, path, 'object');
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, each === null ? ofNull : item(each, `${path}[${key}]`)]),
    );
  };
}

/** Docker's `StrSlice`: a list of strings, or one string for a list of one. */
export const stringOrList: Decoder<readonly string[]> = (value, path) =>
  typeof value === 'string' ? [value] : array(string)(value, path);

/** An object with known fields; the others are dropped. */
export function object<T extends object>(fields: Fields<T>): Decoder<T> {
  const known = Object.keys(fields) as (keyof T & string)[];
  const folded = new Map(known.map((name) => [name.toLowerCase(), name]));
  return (value, path) => {
    if (!isRecord(value)) throw mismatch(value, path, 'object');
    const found: [string, unknown][] = [];
    for (const [given, each] of Object.entries(value)) {
      const name = Object.hasOwn(fields, given) ? (given as keyof T & string) : folded.get(given.toLowerCase());
      if (name === undefined || each === null || each === undefined) continue;
      found.push([name, fields[name](each as never, path === '' ? name : `${path}.${name}`)]);
    }
    return Object.fromEntries(found) as T;
  };
}

/** True for a plain JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a JSON document.
 * @throws EngineError invalidParameter in the words that Go's decoder uses for an early end, V8's otherwise
 */
export function parseJson(text: string): unknown {
  if (text.trim() === '') throw new EngineError('invalidParameter', 'invalid JSON: got EOF while reading request body');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    const words = endsEarly(text, reason) ? 'unexpected EOF' : reason;
    throw new EngineError('invalidParameter', `invalid JSON: ${words}`, { cause });
  }
}

/** V8 says where it stopped; at the very end of the text that is what Go calls an unexpected EOF. */
function endsEarly(text: string, reason: string): boolean {
  const position = /position (\d+)/.exec(reason)?.[1];
  return position === undefined ? reason.includes('end of JSON input') : Number(position) >= text.trimEnd().length;
}
