// hadolint's rules about zypper: DL3034, DL3035, DL3036, DL3037.

import { hasOption, operands, textOf } from '../../../shell/arguments.ts';
import type { Program } from '../../../shell/programs.ts';
import type { Finding, Rule } from '../../rule.ts';
import { appendCommand } from './append.ts';
import {
  addAfter,
  hasCacheMount,
  listNames,
  programRule,
  programSpan,
  runRule,
  subcommand,
  wordsSpan,
} from './run-rule.ts';

const command = (program: Program, ...names: readonly string[]) => {
  return program.name === 'zypper' ? subcommand(program, ...names) : undefined;
};

const yes = programRule(
  { id: 'DL3034', severity: 'warning', title: 'zypper does not ask' },
  ['zypper'],
  (program, context): Finding | undefined => {
    const word = command(program, 'install', 'in', 'remove', 'rm', 'source-install', 'si', 'patch');
    if (word === undefined || hasOption(program, 'non-interactive', 'n', 'no-confirm', 'y')) return undefined;
    return {
      message: 'zypper asks before it does that, and nobody is there to answer. Add `-y`.',
      span: programSpan(program),
      ...addAfter(context, word, ' -y', 'Add -y'),
    };
  },
);

const upgrade = programRule(
  { id: 'DL3035', severity: 'warning', title: 'No zypper dist-upgrade in an image' },
  ['zypper'],
  (program): Finding | undefined => {
    if (command(program, 'dist-upgrade', 'dup') === undefined) return undefined;
    const message = 'This upgrades the whole distribution under your feet. Start from a newer base image instead.';
    return { message, span: programSpan(program) };
  },
);

const clean = runRule(
  { id: 'DL3036', severity: 'warning', title: 'zypper cleans up after itself' },
  (name) => name === 'zypper',
  function* (context): Generator<Finding> {
    const { programs, instruction } = context;
    const install = programs.findIndex((program) => command(program, 'install', 'in') !== undefined);
    const program = programs[install];
    const cleaning = programs.findLastIndex((each) => command(each, 'clean', 'cc') !== undefined);
    if (program === undefined || cleaning > install || hasCacheMount(instruction, '/var/cache/zypp')) return;
    yield {
      message: 'What zypper downloaded stays in this layer. Run `zypper clean` at the end of the same RUN.',
      span: programSpan(program),
      ...appendCommand(context, 'zypper clean', 'Run zypper clean at the end'),
    };
  },
);

const pinned = programRule(
  { id: 'DL3037', severity: 'warning', title: 'Packages that zypper installs have versions' },
  ['zypper'],
  (program): Finding | undefined => {
    if (command(program, 'install', 'in') === undefined) return undefined;
    const loose = operands(program, ['r', 'repo', 'from', 't', 'type']).filter((word) => {
      const text = textOf(word);
      return text !== 'install' && text !== 'in' && !/[=<>]|\.rpm$/.test(text);
    });
    if (loose.length === 0) return undefined;
    const names = listNames(loose.map(textOf));
    return {
      message: `No version is given for ${names}, so each build may install another one. Write \`name=version\`.`,
      span: wordsSpan(loose),
    };
  },
);

export const zypperRules: readonly Rule[] = [yes, upgrade, clean, pinned];
