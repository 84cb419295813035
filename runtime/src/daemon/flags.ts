// Reads the daemon's command line with the grammar of Docker's flags: `--flag value`, `--flag=value`, `-f value`, `-fvalue`,
// booleans without a value or with `=false`, lists by repetition.

import { EngineError } from '../spec/errors.ts';
import type { Setting } from './settings.ts';
import { settings } from './settings.ts';

/** Flag -> what was given, in order. */
export type Given = ReadonlyMap<string, readonly string[]>;

function wrong(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}

/**
 * @param program whose words they are, and the settings that it has
 * @throws EngineError invalidParameter in pflag's words
 */
export function parseFlags(argv: readonly string[], table = settings, program = 'coracle daemon'): Given {
  const given = new Map<string, readonly string[]>();
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('-') || word === '-')
      throw wrong(`"${program}" accepts no arguments, got ${JSON.stringify(word)}`);
    const { setting, shown, attached } = recognise(word, table);
    const value = attached ?? (setting.kind === 'boolean' ? 'true' : rest.shift());
    if (value === undefined) throw wrong(`flag needs an argument: ${shown}`);
    checkValue(setting, value, shown);
    given.set(setting.flag, [...(given.get(setting.flag) ?? []), value]);
  }
  return given;
}

function recognise(
  word: string,
  table: readonly Setting[],
): { readonly setting: Setting; readonly shown: string; readonly attached?: string } {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const setting = table.find((each) => each.flag === name);
    if (setting === undefined) throw wrong(`unknown flag: --${name}`);
    return { setting, shown: `--${name}`, ...(equals < 0 ? {} : { attached: word.slice(equals + 1) }) };
  }
  const letter = word.slice(1, 2);
  const setting = table.find((each) => each.short === letter);
  if (setting === undefined) throw wrong(`unknown shorthand flag: '${letter}' in ${word}`);
  const behind = word.slice(2);
  return { setting, shown: `-${letter}`, ...(behind === '' ? {} : { attached: behind.replace(/^=/, '') }) };
}

const truths: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

/** Go's `strconv.ParseBool`. */
export function parseBoolean(text: string): boolean | undefined {
  return Object.hasOwn(truths, text) ? truths[text] : undefined;
}

function checkValue(setting: Setting, value: string, shown: string): void {
  const fits =
    setting.kind === 'boolean'
      ? parseBoolean(value) !== undefined
      : setting.kind === 'integer'
        ? /^\d{1,9}$/.test(value)
        : setting.kind !== 'runtimes' || /^[\w.-]+=\/.+/.test(value);
  if (!fits) throw wrong(`invalid argument ${JSON.stringify(value)} for "${shown}" flag`);
}
