// What project files hold, taken with care: they are anybody's.

import { splitWords } from '../commands/words.ts';

type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that is an object; an empty one else. */
export function fieldsOf(value: unknown, key: string): Fields {
  const found = isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isFields(found) ? found : {};
}

/** A field that is a text; empty else. */
export function textOf(value: unknown, key: string): string {
  const found = isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'string' ? found : '';
}

/** A path below the project that needs no quotes anywhere, without `./` before it. */
export function plainPath(path: string): string | undefined {
  const own = path.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '');
  return /^[\w@+-][\w.@+/-]*$/.test(own) && !own.split('/').includes('..') ? own : undefined;
}

/** The first port that a source names where ports are named. */
export function portIn(source: string | undefined): number | undefined {
  const found =
    source === undefined
      ? undefined
      : (/\blisten\(\s*(\d{2,5})\b/i.exec(source) ??
        /\bPORT\b["'\])]{0,3}\s*(?:\|\||\?\?|,|or)\s*["']?(\d{2,5})\b/.exec(source) ??
        /\bport\s*[:=]\s*["']?(\d{2,5})\b/i.exec(source) ??
        /["'`](?:0\.0\.0\.0|127\.0\.0\.1|localhost)?:(\d{2,5})["'`]/.exec(source));
  const port = Number(found?.[1]);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** A command as words of the exec form; through a shell where it asks something of one. */
export function commandWords(command: string): readonly string[] {
  return /[|&;<>()$`*?#~{}]/.test(command) ? ['sh', '-c', command] : splitWords(command);
}
