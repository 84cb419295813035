// hadolint's rules about pip: DL3013, DL3042.

import { hasOption, operands, textOf } from '../../../shell/arguments.ts';
import type { Program } from '../../../shell/programs.ts';
import type { Instruction } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Model, Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import { placed, programNames, runsOf } from '../../instructions.ts';
import type { FileFinding, FileRule, Finding, Rule } from '../../rule.ts';
import { isPosixShell } from '../../surroundings.ts';
import { plain } from '../../words.ts';
import { addAfter, hasCacheMount, listNames, programRule, programSpan, wordsSpan } from './run-rule.ts';
import { lineage } from './stages-used.ts';
import { keptBy } from '../../../../../runtime/src/spec/dockerfile/kept.ts';

/** The arguments after `install` of a pip in any of its names; undefined for everything else. */
function installArguments(program: Program): Program['args'] | undefined {
  const { name, args } = program;
  const texts = args.map(textOf);
  if (name.startsWith('pip') && !name.startsWith('pipenv')) {
    const install = texts.indexOf('install');
    return install < 0 ? undefined : args.slice(install + 1);
  }
  if (!name.startsWith('python')) return undefined;
  const module = texts.findIndex((text, at) => text === '-m' && texts[at + 1] === 'pip' && texts[at + 2] === 'install');
  return module < 0 ? undefined : args.slice(module + 3);
}

/** Options that take the next word as their value. */
const valued = (
  'abi b build e editable extra-index-url f find-links i index-url implementation no-binary only-binary platform prefix ' +
  'progress-bar proxy python python-version root root-user-action src t target trusted-host upgrade-strategy cache-dir ' +
  'timeout retries config-settings C log cert client-cert report index pip-args suffix'
).split(' ');

const pinned = programRule(
  { id: 'DL3013', severity: 'warning', title: 'Packages that pip installs have versions' },
  isPip,
  (program): Finding | undefined => {
    const args = installArguments(program);
    if (args === undefined || hasOption(program, 'c', 'constraint', 'r', 'requirement')) return undefined;
    const packages = operands({ ...program, args }, valued);
    if (packages.some((word) => textOf(word) === '.')) return undefined;
    const loose = packages.filter((word) => !isPinned(textOf(word)));
    if (loose.length === 0) return undefined;
    const names = listNames(loose.map(textOf));
    return {
      message: `No version is given for ${names}, so each build may install another one. Write \`name==version\`, or use a requirements file.`,
      span: wordsSpan(loose),
    };
  },
);

const sources =
  /^(?:git(?:\+(?:file|https?|ssh|git))?|hg\+(?:file|https?|ssh|static-http)|svn(?:\+(?:svn|https?|ssh))?|bzr\+(?:https?|ssh|sftp|ftp|lp))(?=[:+])/;

function isPinned(name: string): boolean {
  if (sources.test(name)) return name.includes('@');
  return /[<>]|[=!~]=|\.whl$|\.tar\.gz$|\//.test(name);
}

const truthy = /^(?:1|true|True|TRUE|on|On|ON|yes|Yes|YES)$/;

const cache: FileRule = {
  id: 'DL3042',
  severity: 'warning',
  title: 'pip keeps no cache in the image',
  scope: 'file',
  instructions: ['ENV', 'RUN'],
  *check({ model, surroundings }): Generator<FileFinding> {
    for (const { item, instruction, stage, onbuild, run } of runsOf(model, programNames(model).filter(isPip))) {
      if (!isPosixShell(surroundings(item).shell)) continue;
      if (!onbuild && isSwitchedOff(stage, item, model)) continue;
      if (setsInScript(instruction) || hasCacheMount(instruction, '.cache/pip')) continue;
      for (const program of run.programs.filter(usesCache)) {
        const install = program.args.find((word) => textOf(word) === 'install') ?? program.word;
        yield {
          item,
          message: "pip's cache stays in this layer. Add `--no-cache-dir`, or give the cache a mount.",
          span: programSpan(program),
          ...addAfter(run, install, ' --no-cache-dir', 'Add --no-cache-dir'),
        };
      }
    }
  },
};

function isPip(name: string): boolean {
  return name.startsWith('pip') || name.startsWith('python');
}

function switchesOff({ form }: Instruction): boolean {
  if (form.kind !== 'pairs') return false;
  return form.pairs.some(({ key, value }) => {
    return key.raw === 'PIP_NO_CACHE_DIR' && value !== undefined && truthy.test(plain(value));
  });
}

/** Whether an ENV above, in the stage or in one that it stands on, has switched the cache off. */
function isSwitchedOff(stage: Stage | undefined, item: number, model: Model): boolean {
  let switches = firstSwitches.get(model.stages);
  if (switches === undefined) {
    const all = placed(model, 'ENV').filter(({ instruction, onbuild }) => !onbuild && switchesOff(instruction));
    switches = new Map(all.toReversed().map((place) => [place.stage, place.item]));
    firstSwitches.set(model.stages, switches);
  }
  if (switches.size === 0) return false;
  const stages = stage === undefined ? [undefined] : lineage(stage);
  return stages.some((each) => (switches.get(each) ?? Infinity) < item);
}

/** The first ENV of each stage that does. */
const firstSwitches = keptBy<Model['stages'], ReadonlyMap<Stage | undefined, number>>();

function setsInScript({ body }: Instruction): boolean {
  const value = /PIP_NO_CACHE_DIR=["']?(\w+)/.exec(body.text)?.[1];
  return value !== undefined && truthy.test(value);
}

function usesCache(program: Program): boolean {
  if (program.name.startsWith('pipx') || installArguments(program) === undefined) return false;
  return !program.args.some((word) => /^--no-cache-dir(?:=|$)/.test(textOf(word)));
}

export const pipRules: readonly Rule[] = [pinned, cache];
