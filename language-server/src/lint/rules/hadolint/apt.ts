// hadolint's rules about apt: DL3008, DL3009, DL3014, DL3015, DL3027.

import { countOption, hasOption, operands, textOf } from '../../../shell/arguments.ts';
import type { Program } from '../../../shell/programs.ts';
import { runsOf } from '../../instructions.ts';
import type { FileContext, FileFinding, FileRule, Finding, Rule } from '../../rule.ts';
import { isPosixShell } from '../../surroundings.ts';
import { appendCommand } from './append.ts';
import { addAfter, hasCacheMount, listNames, programRule, programSpan, subcommand, wordsSpan } from './run-rule.ts';
import { isUsed } from './stages-used.ts';
import { keptBy } from '../../../../../runtime/src/spec/dockerfile/kept.ts';

const isInstall = (program: Program) => program.name === 'apt-get' && subcommand(program, 'install') !== undefined;

const pinned = programRule(
  { id: 'DL3008', severity: 'warning', title: 'Packages that apt-get installs have versions' },
  ['apt-get'],
  (program) => {
    if (!isInstall(program)) return undefined;
    const loose = operands(program, ['t', 'target-release', 'o', 'option', 'c', 'config-file'])
      .slice(1)
      .filter((word) => !isPinned(textOf(word)));
    if (loose.length === 0) return undefined;
    const names = listNames(loose.map(textOf));
    return {
      message: `No version is given for ${names}, so each build may install another one. Write \`name=version\`.`,
      span: wordsSpan(loose),
    };
  },
);

function isPinned(name: string): boolean {
  return name === 'install' || name.includes('=') || name.includes('/') || name.endsWith('.deb');
}

const yes = programRule(
  { id: 'DL3014', severity: 'warning', title: 'apt-get install does not ask' },
  ['apt-get'],
  (program, context): Finding | undefined => {
    const install = isInstall(program) ? subcommand(program, 'install') : undefined;
    if (install === undefined || saysYes(program)) return undefined;
    return {
      message: 'apt-get asks before it installs, and nobody is there to answer. Add `-y`.',
      span: programSpan(program),
      ...addAfter(context, install, ' -y', 'Add -y'),
    };
  },
);

function saysYes(program: Program): boolean {
  if (hasOption(program, 'y', 'yes', 'assume-yes', 'qq')) return true;
  return countOption(program, 'q') >= 2 || countOption(program, 'quiet') >= 2 || hasQuiet2(program);
}

function hasQuiet2({ args }: Program): boolean {
  return args.some((word) => /^(?:-q|--quiet)=2$/.test(textOf(word)));
}

const recommends = programRule(
  { id: 'DL3015', severity: 'info', title: 'apt-get installs no recommended packages' },
  ['apt-get'],
  (program, context): Finding | undefined => {
    const install = isInstall(program) ? subcommand(program, 'install') : undefined;
    if (install === undefined || leavesOutRecommended(program)) return undefined;
    return {
      message: 'Packages that are only recommended are installed too. Add `--no-install-recommends`.',
      span: programSpan(program),
      // Something in the image may need what is no longer installed.
      ...addAfter(context, install, ' --no-install-recommends', 'Add --no-install-recommends', false),
    };
  },
);

function leavesOutRecommended(program: Program): boolean {
  if (hasOption(program, 'no-install-recommends')) return true;
  return program.args.some((word) => /Install-Recommends\W*(?:false|no|0)/i.test(textOf(word)));
}

const endUserTool = programRule(
  { id: 'DL3027', severity: 'warning', title: 'apt is for terminals; apt-get and apt-cache are for scripts' },
  ['apt'],
  (program, { script }): Finding | undefined => {
    if (program.name !== 'apt') return undefined;
    const command = operands(program)[0];
    const name = command === undefined ? undefined : aptNames.get(textOf(command));
    return {
      message: 'apt is made for terminals and its behaviour changes. Use `apt-get` or `apt-cache` in scripts.',
      span: program.word.span,
      ...(name !== undefined &&
        script !== undefined &&
        program.word.raw.endsWith('apt') && {
          fix: {
            title: `Use ${name}`,
            edits: [{ span: { start: program.word.span.end - 3, end: program.word.span.end }, text: name }],
            safe: true,
          },
        }),
    };
  },
);

/** apt's subcommands that mean the same to another program. */
const aptNames: ReadonlyMap<string, string> = new Map([
  ...names(
    'apt-get',
    'install reinstall remove purge update autoremove autoclean clean source build-dep download changelog',
  ),
  ...names('apt-cache', 'search show policy depends rdepends showsrc'),
]);

function names(program: string, subcommands: string): [string, string][] {
  return subcommands.split(' ').map((name) => [name, program]);
}

const lists: FileRule = {
  id: 'DL3009',
  severity: 'info',
  title: "apt's lists are deleted in the layer that fetched them",
  scope: 'file',
  instructions: ['RUN'],
  *check(context): Generator<FileFinding> {
    for (const { item, instruction, stage, onbuild, run } of runsOf(context.model, aptPrograms)) {
      const surroundings = context.surroundings(item);
      if (!isPosixShell(surroundings.shell)) continue;
      const update = run.programs.find(isUpdate);
      if (update === undefined || run.programs.some(deletesLists) || hasListMounts(instruction)) continue;
      if (!onbuild && stage !== undefined && !isUsed(stage, context.model)) continue;
      const safe = !isNeededLater(context, item);
      yield {
        item,
        message: 'The package lists stay in this layer. Delete them in the same RUN: `rm -rf /var/lib/apt/lists/*`.',
        span: programSpan(update),
        ...appendCommand(
          { instruction, surroundings, ...run },
          'rm -rf /var/lib/apt/lists/*',
          'Delete the lists at the end',
          safe,
        ),
      };
    }
  },
};

const aptPrograms = ['apt-get', 'apt', 'aptitude'];
const isApt = (name: string) => aptPrograms.includes(name);

function isUpdate(program: Program): boolean {
  return isApt(program.name) && subcommand(program, 'update') !== undefined;
}

function deletesLists({ name, args }: Program): boolean {
  return (name === 'rm' || name === 'find') && args.some(({ raw }) => /\/var\/lib\/\{?(?:[\w,]*,)?apt/.test(raw));
}

function hasListMounts(instruction: Parameters<typeof hasCacheMount>[0]): boolean {
  if (hasCacheMount(instruction, '/var/lib/apt/lists')) return true;
  return hasCacheMount(instruction, '/var/lib/apt') && hasCacheMount(instruction, '/var/cache/apt');
}

/** Whether a later RUN installs something with the lists that an earlier one fetched. */
function isNeededLater({ model }: FileContext, item: number): boolean {
  let last = lastNeeds.get(model);
  if (last === undefined) {
    last = runsOf(model, aptPrograms).findLast(({ run }) => needsLists(run.programs))?.item ?? -1;
    lastNeeds.set(model, last);
  }
  return last > item;
}

/** The last RUN that takes what an earlier one fetched. */
const lastNeeds = keptBy<FileContext['model'], number>();

function needsLists(programs: readonly Program[]): boolean {
  return programs.some(({ name }) => isApt(name)) && !programs.some(isUpdate);
}

export const aptRules: readonly Rule[] = [pinned, lists, yes, recommends, endUserTool];
