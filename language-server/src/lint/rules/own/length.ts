// long-file.

import type { FileFinding, FileRule, Rule } from '../../rule.ts';

/**
 * Lines, instructions and comments that rules look at, from the beginning of a file. Nobody writes so many; one that is made to have
 * them may not cost seconds and gigabytes at each key.
 */
export const mostItems = 20_000;

const longFile: FileRule = {
  id: 'long-file',
  severity: 'info',
  title: 'A file is short enough for rules to look at all of it',
  scope: 'file',
  *check({ model }): Generator<FileFinding> {
    const item = mostItems - 1;
    const last = model.file.items[item];
    if (last === undefined) return;
    const message = `Rules look at the first ${mostItems.toLocaleString('en')} parts of a file, up to here. Split it, or make it by a program that needs no advice.`;
    yield { item, message, span: { start: 0, end: last.text.trimEnd().length } };
  },
};

export const lengthRules: readonly Rule[] = [longFile];
