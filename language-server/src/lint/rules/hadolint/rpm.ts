// hadolint's rules about yum and dnf: DL3030, DL3032, DL3033, DL3038, DL3040, DL3041.

import { hasOption, operands, textOf } from '../../../shell/arguments.ts';
import type { Program } from '../../../shell/programs.ts';
import type { ShellWord } from '../../../shell/tree.ts';
import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import { placed, runsOf } from '../../instructions.ts';
import type { FileContext, FileFinding, FileRule, Finding, InstructionRule, Rule, RuleInfo } from '../../rule.ts';
import { isPosixShell } from '../../surroundings.ts';
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
import { lineage } from './stages-used.ts';
import { keptBy } from '../../../../../runtime/src/spec/dockerfile/kept.ts';

const installCommands = ['install', 'groupinstall', 'localinstall'];

function yesRule(info: RuleInfo, ...names: readonly string[]): InstructionRule {
  return programRule(info, names, (program, context): Finding | undefined => {
    const install = names.includes(program.name) ? subcommand(program, ...installCommands) : undefined;
    if (install === undefined || hasOption(program, 'y', 'assumeyes')) return undefined;
    return {
      message: `${program.name} asks before it installs, and nobody is there to answer. Add \`-y\`.`,
      span: programSpan(program),
      ...addAfter(context, install, ' -y', 'Add -y'),
    };
  });
}

interface Cleaning {
  readonly info: RuleInfo;
  readonly names: readonly string[];
  /** Subcommands that fill the cache. */
  readonly commands: readonly string[];
  /** Part of the path where the cache is. */
  readonly cache: RegExp;
  readonly mounts: readonly string[];
}

function cleanRule({ info, names, commands, cache, mounts }: Cleaning): InstructionRule {
  return runRule(
    info,
    (name) => names.includes(name),
    function* (context): Generator<Finding> {
      const { programs, instruction } = context;
      if (mounts.some((path) => hasCacheMount(instruction, path))) return;
      for (const name of names) {
        const isThis = (program: Program) => program.name === name;
        const install = programs.findIndex(
          (program) => isThis(program) && subcommand(program, ...commands) !== undefined,
        );
        const program = programs[install];
        const clean = programs.findLastIndex(
          (each) => (isThis(each) && subcommand(each, 'clean') !== undefined) || removes(each, cache),
        );
        if (program === undefined || clean > install) continue;
        yield {
          message: `What ${name} downloaded stays in this layer. Run \`${name} clean all\` at the end of the same RUN.`,
          span: programSpan(program),
          ...appendCommand(context, `${name} clean all`, `Run ${name} clean all at the end`),
        };
      }
    },
  );
}

function removes({ name, args }: Program, path: RegExp): boolean {
  return name === 'rm' && args.some(({ raw }) => path.test(raw));
}

function pinRule(info: RuleInfo, ...names: readonly string[]): FileRule {
  return {
    ...info,
    scope: 'file',
    instructions: ['ARG', 'ENV', 'RUN'],
    *check(context): Generator<FileFinding> {
      for (const { item, run } of runsOf(context.model, names)) {
        if (!isPosixShell(context.surroundings(item).shell)) continue;
        for (const program of run.programs) {
          if (!names.includes(program.name) || subcommand(program, 'install') === undefined) continue;
          const loose = unpinned(program, context, item);
          if (loose.length === 0) continue;
          const what = listNames(loose.map(textOf));
          const form = subcommand(program, 'module') === undefined ? 'name-version' : 'name:stream';
          yield {
            item,
            message: `No version is given for ${what}, so each build may install another one. Write \`${form}\`.`,
            span: wordsSpan(loose),
          };
        }
      }
    },
  };
}

function unpinned(program: Program, context: FileContext, item: number): readonly ShellWord[] {
  if (subcommand(program, 'group') !== undefined) return [];
  const isModule = subcommand(program, 'module') !== undefined;
  const words = operands(program, ['c', 'config', 'x', 'exclude', 'enablerepo', 'disablerepo', 'installroot']);
  return words.filter((word) => {
    const text = textOf(word);
    if (text === 'install' || text === 'module') return false;
    return isModule ? !text.includes(':') : !isPinned(text, context, item);
  });
}

function isPinned(name: string, context: FileContext, item: number): boolean {
  if (name.startsWith('@') || name.endsWith('.rpm')) return true;
  if (name.includes('$')) return name.includes('-') && isDefined(name, context, item);
  const [, ...parts] = name.split('-');
  return parts.every((part) => /^[\w.~^:+]*$/.test(part)) && parts.some((part) => /^\d/.test(part));
}

/** Whether a variable in a name is one that the file gives a value: there the version may be. */
function isDefined(name: string, { model }: FileContext, item: number): boolean {
  const { args, envs } = definitions(model);
  const stage = model.stageOf(item);
  const stages = stage === undefined ? [undefined] : [undefined, ...lineage(stage)];
  return [...name.matchAll(/\$\{?(\w+)/g)].some(([, variable = '']) => {
    if ((args.get(variable) ?? Infinity) <= item) return true;
    return stages.some((each) => (envs.get(each)?.get(variable) ?? Infinity) <= item);
  });
}

/** The first item that defines each variable. */
interface Definitions {
  readonly args: ReadonlyMap<string, number>;
  readonly envs: ReadonlyMap<Stage | undefined, ReadonlyMap<string, number>>;
}

const known = keptBy<FileContext['model'], Definitions>();

function definitions(model: FileContext['model']): Definitions {
  let found = known.get(model);
  if (found === undefined) {
    found = collectDefinitions(model);
    known.set(model, found);
  }
  return found;
}

function collectDefinitions(model: FileContext['model']): Definitions {
  const args = new Map<string, number>();
  const envs = new Map<Stage | undefined, Map<string, number>>();
  for (const { item, instruction, stage } of placed(model, 'ARG', 'ENV')) {
    if (instruction.form.kind !== 'pairs') continue;
    const names = instruction.name === 'ARG' ? args : (envs.get(stage) ?? new Map<string, number>());
    if (instruction.name === 'ENV') envs.set(stage, names);
    for (const { key } of instruction.form.pairs) if (!names.has(key.raw)) names.set(key.raw, item);
  }
  return { args, envs };
}

const dnf = ['dnf', 'microdnf'];

export const rpmRules: readonly Rule[] = [
  yesRule({ id: 'DL3030', severity: 'warning', title: 'yum install does not ask' }, 'yum'),
  cleanRule({
    info: { id: 'DL3032', severity: 'warning', title: 'yum cleans up after itself' },
    names: ['yum'],
    commands: ['install'],
    cache: /\/var\/cache\/yum/,
    mounts: ['/var/cache/yum'],
  }),
  pinRule({ id: 'DL3033', severity: 'warning', title: 'Packages that yum installs have versions' }, 'yum'),
  yesRule({ id: 'DL3038', severity: 'warning', title: 'dnf install does not ask' }, ...dnf),
  cleanRule({
    info: { id: 'DL3040', severity: 'warning', title: 'dnf cleans up after itself' },
    names: dnf,
    commands: ['install', 'in', 'upgrade', 'up', 'upgrade-minimal', 'up-min', 'reinstall', 'rei'],
    cache: /\/var\/cache\/(?:libdnf5|dnf|yum)/,
    mounts: ['/var/cache/libdnf5', '.cache/libdnf5', '/var/cache/dnf'],
  }),
  pinRule({ id: 'DL3041', severity: 'warning', title: 'Packages that dnf installs have versions' }, ...dnf),
];
