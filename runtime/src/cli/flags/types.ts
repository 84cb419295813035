// The kinds of flags that docker's commands have: how each reads its text, and what help says about it. A command's flags are
// a plain object of these, so that the parsed values are typed by the table itself.

import { parseDuration } from '../../text/duration.ts';
import { parseBytes } from '../../text/size.ts';

/** One flag: how it is written, what it holds, and how a text changes it. */
export interface Flag<T> {
  readonly short?: string;
  /** What help shows behind the name, empty for booleans. */
  readonly type: string;
  readonly usage: string;
  readonly initial: T;
  /** What help shows as `(default …)`. */
  readonly shown?: string;
  readonly hidden?: boolean;
  /** Needs no value: `--flag` alone means `--flag=true`. */
  readonly isSwitch?: boolean;
  /** @throws Error whose message says why the text is no value */
  set(previous: T, text: string): T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;
export type Values<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

interface More {
  readonly hidden?: boolean;
  readonly shown?: string;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

function withShort<T>(short: string, flag: Omit<Flag<T>, 'short'>): Flag<T> {
  return short === '' ? flag : { ...flag, short };
}

export function bool(short: string, usage: string, initial = false, more: More = {}): Flag<boolean> {
  return withShort(short, {
    type: '',
    usage,
    initial,
    isSwitch: true,
    ...(initial ? { shown: 'true' } : {}),
    ...more,
    set: (_previous, text) => {
      const value = booleans.get(text);
      if (value === undefined) throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
      return value;
    },
  });
}

export function string(short: string, usage: string, initial = '', more: More & { type?: string } = {}): Flag<string> {
  const shown = initial === '' ? {} : { shown: JSON.stringify(initial) };
  return withShort(short, { type: 'string', usage, initial, ...shown, ...more, set: (_previous, text) => text });
}

/** A whole number; undefined when it was not given. */
export function int(
  short: string,
  usage: string,
  more: More & { type?: string; min?: number; max?: number } = {},
): Flag<number | undefined> {
  return withShort<number | undefined>(short, {
    type: more.type ?? 'int',
    usage,
    initial: undefined,
    ...more,
    set: (_previous, text) => {
      const parser = more.min === 0 ? 'ParseUint' : 'ParseInt';
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
      if (Number.isNaN(value) || (more.min === 0 && text.startsWith('-'))) {
        throw new Error(`strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`);
      }
      if (!Number.isSafeInteger(value) || value > (more.max ?? Infinity)) {
        throw new Error(`strconv.${parser}: parsing ${JSON.stringify(text)}: value out of range`);
      }
      return value;
    },
  });
}

/** A list: every use adds a value. `check` throws what is wrong with one, or returns it put in order. */
export function list(
  short: string,
  usage: string,
  more: More & { type?: string; check?: (text: string) => string } = {},
): Flag<readonly string[]> {
  return withShort<readonly string[]>(short, {
    type: more.type ?? 'list',
    usage,
    initial: [],
    ...more,
    set: (previous, text) => [...previous, more.check === undefined ? text : more.check(text)],
  });
}

/** A list whose values may also be separated by commas. */
export function strings(short: string, usage: string): Flag<readonly string[]> {
  return withShort<readonly string[]>(short, {
    type: 'strings',
    usage,
    initial: [],
    set: (previous, text) => [...previous, ...(text === '' ? [] : text.split(','))],
  });
}

/** `key=value` pairs; a later use of a key wins. `needsValue` refuses a bare key. */
export function map(
  short: string,
  usage: string,
  more: More & { needsValue?: boolean; type?: string } = {},
): Flag<Readonly<Record<string, string>>> {
  return withShort<Readonly<Record<string, string>>>(short, {
    type: 'map',
    usage,
    initial: {},
    ...more,
    set: (previous, text) => {
      const at = text.indexOf('=');
      if (at < 0 && more.needsValue === true) throw new Error(`${text} must be formatted as key=value`);
      const key = at < 0 ? text : text.slice(0, at);
      return Object.fromEntries([...Object.entries(previous), [key, at < 0 ? '' : text.slice(at + 1)]]);
    },
  });
}

/** A size in bytes: `512m`, `1g`, `1048576`. `minusOne` allows -1 for unlimited. */
export function bytes(short: string, usage: string, minusOne = false): Flag<number | undefined> {
  return withShort<number | undefined>(short, {
    type: 'bytes',
    usage,
    initial: undefined,
    set: (_previous, text) => (minusOne && text === '-1' ? -1 : parseBytes(text)),
  });
}

/** A duration in nanoseconds: `1m30s`. */
export function duration(short: string, usage: string): Flag<number | undefined> {
  return withShort<number | undefined>(short, {
    type: 'duration',
    usage,
    initial: undefined,
    shown: '0s',
    set: (_previous, text) => {
      const value = parseDuration(text);
      if (value < 0) throw new Error('duration cannot be negative');
      return value;
    },
  });
}

/** A number of CPUs, in billionths. */
export function cpus(usage: string): Flag<number | undefined> {
  return {
    type: 'decimal',
    usage,
    initial: undefined,
    set: (_previous, text) => {
      if (!/^\d*\.?\d+$|^\d+\.$/.test(text)) throw new Error(`failed to parse ${text} as a rational number`);
      const value = Number(text) * 1e9;
      if (!Number.isInteger(Math.round(value * 1e6) / 1e6)) throw new Error('value is too precise');
      return Math.round(value);
    },
  };
}

/** `-f key=value`, gathered as the API takes them. */
export function filter(usage = 'Filter output based on conditions provided', short = 'f'): Flag<FilterValues> {
  return withShort<FilterValues>(short, {
    type: 'filter',
    usage,
    initial: {},
    set: (previous, text) => {
      const at = text.indexOf('=');
      if (at < 0) throw new Error('bad format of filter (expected name=value)');
      const key = text.slice(0, at).trim().toLowerCase();
      const value = text.slice(at + 1).trim();
      const before = Object.hasOwn(previous, key) ? (previous[key] ?? []) : [];
      return { ...previous, [key]: before.includes(value) ? before : [...before, value] };
    },
  });
}

export type FilterValues = Readonly<Record<string, readonly string[]>>;

/** The `--format` of lists, with docker's help. */
export function format(): Flag<string> {
  return string('', 'Format the output: table, table TEMPLATE, json or a Go TEMPLATE');
}
