// hadolint's rules about apk: DL3018, DL3019.

import { hasOption, operands, textOf } from '../../../shell/arguments.ts';
import type { Finding, Rule } from '../../rule.ts';
import { addAfter, hasCacheMount, listNames, programRule, programSpan, subcommand, wordsSpan } from './run-rule.ts';

const pinned = programRule(
  { id: 'DL3018', severity: 'warning', title: 'Packages that apk adds have versions' },
  ['apk'],
  (program): Finding | undefined => {
    if (program.name !== 'apk' || subcommand(program, 'add') === undefined) return undefined;
    const loose = operands(program, ['t', 'virtual', 'X', 'repository', 'p', 'root']).filter((word) => {
      const text = textOf(word);
      return text !== 'add' && !/[=~<>]|\.apk$/.test(text);
    });
    if (loose.length === 0) return undefined;
    const names = listNames(loose.map(textOf));
    return {
      message: `No version is given for ${names}, so each build may add another one. Write \`name=version\`.`,
      span: wordsSpan(loose),
    };
  },
);

const cache = programRule(
  { id: 'DL3019', severity: 'info', title: 'apk keeps no index in the image' },
  ['apk'],
  (program, context): Finding | undefined => {
    const add = program.name === 'apk' ? subcommand(program, 'add') : undefined;
    if (add === undefined || hasOption(program, 'no-cache')) return undefined;
    if (hasCacheMount(context.instruction, '/var/cache/apk')) return undefined;
    return {
      message: "apk's index stays in this layer. With `--no-cache` it is fetched and forgotten.",
      span: programSpan(program),
      ...addAfter(context, add, ' --no-cache', 'Add --no-cache'),
    };
  },
);

export const apkRules: readonly Rule[] = [pinned, cache];
