// The functions of docker's --format templates, and how Go prints a value.

import { exactText } from '../../client/exact-json.ts';
import { htmlSafeJson } from '../../text/json-text.ts';
import type { TemplateFunction } from './template-run.ts';
import { truth } from './template-run.ts';

/** Rows of lists carry their own JSON: all columns, sorted, as docker's formatter writes them. */
export const jsonForm: unique symbol = Symbol('json');

/**
 * Go's `%v` of a value that came from JSON.
 * @param isInner inside a list or map an empty object is an empty struct: the API has sets as maps of those
 */
export function goPrint(value: unknown, isInner = false): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  const exact = exactText(value);
  if (exact !== undefined) return exact;
  if (Array.isArray(value)) return `[${value.map((item) => goPrint(item, true)).join(' ')}]`;
  if (typeof value === 'object') {
    if (Object.keys(value).length === 0 && isInner) return '{}';
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([key, item]) => `${key}:${goPrint(item, true)}`).join(' ')}]`;
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function json(value: unknown): string {
  if (typeof value === 'object' && value !== null && jsonForm in value) return htmlSafeJson(value[jsonForm]);
  return value === undefined ? 'null' : JSON.stringify(value);
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error(`wrong type for value; expected string; got ${value === null ? 'nil' : typeof value}`);
}

function count(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new Error('expected integer');
}

function length(value: unknown): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  if (value === null || value === undefined) return 0;
  throw new Error(`len of type ${typeof value}`);
}

function index(value: unknown, ...keys: readonly unknown[]): unknown {
  return keys.reduce((of, key) => {
    if (of === undefined || of === null) throw new Error('index of untyped nil');
    if (Array.isArray(of)) {
      const at = count(key);
      if (at < 0 || at >= of.length) throw new Error(`index out of range: ${at}`);
      return of[at] as unknown;
    }
    if (typeof of === 'string') return new TextEncoder().encode(of)[count(key)];
    if (typeof of === 'object') return Object.hasOwn(of, text(key)) ? (of as Record<string, unknown>)[text(key)] : '';
    throw new Error(`can't index item of type ${typeof of}`);
  }, value);
}

function slice(value: unknown, from?: unknown, to?: unknown): unknown {
  if (!Array.isArray(value) && typeof value !== 'string') throw new Error('can only slice strings and lists');
  return value.slice(from === undefined ? 0 : count(from), to === undefined ? undefined : count(to));
}

/** Spaces between operands when neither is a string, as Go's Sprint. */
function sprint(...values: readonly unknown[]): string {
  return values.reduce<string>((out, value, at) => {
    const before = values[at - 1];
    const gap = at > 0 && typeof value !== 'string' && typeof before !== 'string' ? ' ' : '';
    return out + gap + goPrint(value);
  }, '');
}

const sprintln = (...values: readonly unknown[]): string => `${values.map((value) => goPrint(value)).join(' ')}\n`;

/** `%s %v %d %q %x %t %f %%` with width, precision and the flags `-`, `0`. */
function sprintf(format: unknown, ...values: readonly unknown[]): string {
  let next = 0;
  return text(format).replaceAll(/%([-0+ #]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g, (_all, flags, width, precision, verb) => {
    if (verb === '%') return '%';
    if (next >= values.length) return `%!${String(verb)}(MISSING)`;
    const value = values[next];
    next += 1;
    const digits = precision === undefined ? undefined : Number(precision);
    const body = formatVerb(String(verb), value, digits);
    const columns = Number(width ?? 0);
    if (String(flags).includes('-')) return body.padEnd(columns);
    return body.padStart(columns, String(flags).includes('0') ? '0' : ' ');
  });
}

function formatVerb(verb: string, value: unknown, precision: number | undefined): string {
  switch (verb) {
    case 'q':
      return JSON.stringify(goPrint(value));
    case 'x':
      return typeof value === 'number'
        ? value.toString(16)
        : [...new TextEncoder().encode(goPrint(value))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    case 'f':
      return typeof value === 'number' ? value.toFixed(precision ?? 6) : goPrint(value);
    case 'T':
      return typeof value === 'number' ? (Number.isInteger(value) ? 'int' : 'float64') : typeof value;
    default:
      return precision === undefined ? goPrint(value) : goPrint(value).slice(0, precision);
  }
}

function equal(a: unknown, ...others: readonly unknown[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  return others.some((b) => a === b || (isNil(a) && isNil(b)));
}

function isNil(value: unknown): boolean {
  return value === undefined || value === null;
}

function less(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  throw new Error('incompatible types for comparison');
}

function title(value: unknown): string {
  return text(value).replaceAll(
    /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
    (_all, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

function pad(value: unknown, before: unknown, after: unknown): string {
  const inner = text(value);
  return inner === '' ? inner : ' '.repeat(count(before)) + inner + ' '.repeat(count(after));
}

function truncate(value: unknown, width: unknown): string {
  return Array.from(text(value)).slice(0, count(width)).join('');
}

export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['json', json],
  ['split', (value, by) => text(value).split(text(by))],
  ['join', (values, by) => (Array.isArray(values) ? values.map((value) => goPrint(value)) : []).join(text(by))],
  ['title', title],
  ['lower', (value) => text(value).toLowerCase()],
  ['upper', (value) => text(value).toUpperCase()],
  ['pad', pad],
  ['truncate', truncate],
  ['len', length],
  ['index', index],
  ['slice', slice],
  ['not', (value) => !truth(value)],
  ['print', sprint],
  ['println', sprintln],
  ['printf', sprintf],
  ['eq', equal],
  ['ne', (a, b) => !equal(a, b)],
  ['lt', less],
  ['le', (a, b) => !less(b, a)],
  ['gt', (a, b) => less(b, a)],
  ['ge', (a, b) => !less(a, b)],
]);

/** For the header row of a table every function hands its column's name through. */
export const headerFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ...templateFunctions,
  ...['json', 'title', 'lower', 'upper', 'truncate', 'split', 'join', 'pad'].map(
    (name) => [name, (value: unknown) => value] as const,
  ),
]);
