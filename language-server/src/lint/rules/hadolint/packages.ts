// hadolint's rules about npm, yarn, gem and go: DL3016, DL3028, DL3060, DL3062.

import { hasOption, operands, textOf } from '../../../shell/arguments.ts';
import type { Program } from '../../../shell/programs.ts';
import type { ShellWord } from '../../../shell/tree.ts';
import { runsOf } from '../../instructions.ts';
import type { FileFinding, FileRule, Finding, Rule } from '../../rule.ts';
import { isPosixShell } from '../../surroundings.ts';
import { appendCommand } from './append.ts';
import { hasCacheMount, listNames, programRule, programSpan, subcommand, wordsSpan } from './run-rule.ts';
import { isUsed } from './stages-used.ts';

function unpinned(loose: readonly ShellWord[], form: string): Finding | undefined {
  if (loose.length === 0) return undefined;
  const names = listNames(loose.map(textOf));
  return {
    message: `No version is given for ${names}, so each build may install another one. Write \`${form}\`.`,
    span: wordsSpan(loose),
  };
}

const npm = programRule(
  { id: 'DL3016', severity: 'warning', title: 'Packages that npm installs have versions' },
  ['npm'],
  (program): Finding | undefined => {
    if (program.name !== 'npm') return undefined;
    const [command, ...packages] = operands(program, ['loglevel', 'registry', 'prefix', 'C', 'w', 'workspace', 'tag']);
    if (command === undefined || !/^(?:install|i|add)$/.test(textOf(command))) return undefined;
    return unpinned(
      packages.filter((word) => !isNpmPinned(textOf(word))),
      'name@version',
    );
  },
);

function isNpmPinned(name: string): boolean {
  if (/^git(?:\+(?:ssh|https?))?:\/\//.test(name)) return name.includes('#');
  if (/\.(?:tar|tar\.gz|tgz)$/.test(name) || /^(?:\/|\.\.?\/|~\/|\.$)/.test(name)) return true;
  const unscoped = name.startsWith('@') ? name.slice(name.indexOf('/') + 1) : name;
  return unscoped.includes('@') && !unscoped.startsWith('@');
}

const gem = programRule(
  { id: 'DL3028', severity: 'warning', title: 'Gems have versions' },
  ['gem'],
  (program): Finding | undefined => {
    if (program.name !== 'gem' || subcommand(program, 'install', 'i') === undefined) return undefined;
    if (hasOption(program, 'v', 'version')) return undefined;
    return unpinned(
      gemOperands(program).filter((word) => {
        const text = textOf(word);
        return text !== 'install' && text !== 'i' && !text.includes(':') && !text.endsWith('.gem');
      }),
      'name:version',
    );
  },
);

/** gem's options without a value. Extensions add options of their own, and those have one. */
const gemSwitches =
  /^(?:-[fENVwq]|--(?:no-.*|force|user-install|env-shebang|wrappers|verbose|quiet|silent|debug|conservative|development|pre(?:release)?|local|remote|both|clear-sources|format-executable|ignore-dependencies|minimal-deps|post-install-message|explain|lock|suggestions|vendor|ri|rdoc|document))$/;

/** Arguments that are no options, up to `--`, behind which are those of the compiler. */
function gemOperands({ args }: Program): readonly ShellWord[] {
  const found: ShellWord[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index];
    const text = word === undefined ? '--' : textOf(word);
    if (word === undefined || text === '--') break;
    if (!text.startsWith('-')) found.push(word);
    else if (!text.includes('=') && !gemSwitches.test(text)) index += 1;
  }
  return found;
}

const goValued =
  'tags ldflags gcflags asmflags mod modfile o p C exec buildmode compiler overlay pkgdir toolexec installsuffix'.split(
    ' ',
  );

const go = programRule(
  { id: 'DL3062', severity: 'warning', title: 'Go modules that are installed have versions' },
  ['go'],
  (program): Finding | undefined => {
    if (program.name !== 'go') return undefined;
    const [command, ...names] = goOperands(program);
    if (command === undefined || !/^(?:run|install|get)$/.test(textOf(command))) return undefined;
    const packages = textOf(command) === 'run' ? names.slice(0, 1) : names;
    return unpinned(
      packages.filter((word) => !isGoPinned(textOf(word))),
      'module@version',
    );
  },
);

/** Go's options have one dash however long they are. */
function goOperands({ args }: Program): readonly ShellWord[] {
  const found: ShellWord[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index];
    if (word === undefined) break;
    const text = textOf(word);
    if (!text.startsWith('-')) found.push(word);
    else if (goValued.includes(text.replace(/^--?/, ''))) index += 1;
  }
  return found;
}

function isGoPinned(name: string): boolean {
  return /^[./]/.test(name) || name === 'tool' || (name.includes('@') && !/@(?:latest|none)$/.test(name));
}

const yarn: FileRule = {
  id: 'DL3060',
  severity: 'info',
  title: 'yarn cleans up after itself',
  scope: 'file',
  instructions: ['RUN'],
  *check({ model, surroundings }): Generator<FileFinding> {
    for (const { item, instruction, stage, onbuild, run } of runsOf(model, ['yarn'])) {
      const here = surroundings(item);
      if (!isPosixShell(here.shell)) continue;
      const install = run.programs.findIndex(
        (each) => each.name === 'yarn' && subcommand(each, 'install') !== undefined,
      );
      const program = run.programs[install];
      if (program === undefined || run.programs.findLastIndex(cleansYarn) > install) continue;
      if (hasCacheMount(instruction, '.cache/yarn')) continue;
      if (!onbuild && stage !== undefined && !isUsed(stage, model)) continue;
      yield {
        item,
        message: "yarn's cache stays in this layer. Run `yarn cache clean` at the end of the same RUN.",
        span: programSpan(program),
        ...appendCommand(
          { instruction, surroundings: here, ...run },
          'yarn cache clean',
          'Run yarn cache clean at the end',
        ),
      };
    }
  },
};

function cleansYarn(program: Program): boolean {
  return (
    program.name === 'yarn' && subcommand(program, 'cache') !== undefined && subcommand(program, 'clean') !== undefined
  );
}

export const packageRules: readonly Rule[] = [npm, gem, yarn, go];
