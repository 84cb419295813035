// hadolint's rules about how commands are written: DL3025, DL3059, DL4006.

import type { Instruction } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { commands, findPipe } from '../../../shell/programs.ts';
import type { Script, SimpleCommand } from '../../../shell/tree.ts';

import type { FileFinding, FileRule, Finding, Fix, InstructionRule, Rule } from '../../rule.ts';
import { commandOf, execForm, runOf, scriptOf } from '../../scripts.ts';
import { isPosixShell } from '../../surroundings.ts';
import { runRule } from './run-rule.ts';

const pipes: InstructionRule = {
  ...runRule(
    { id: 'DL4006', severity: 'warning', title: 'A pipe fails where any of its programs does' },
    undefined,
    function* ({ script, surroundings, instruction }): Generator<Finding> {
      if (script === undefined || surroundings.pipefail) return;
      const piped = findPipe(script.list);
      if (piped === undefined) return;
      const shell = surroundings.shell === 'ash' ? '/bin/ash' : '/bin/bash';
      yield {
        message:
          'Only the last program of this pipe can make the build fail. Put `SHELL ["/bin/bash", "-o", "pipefail", "-c"]` before it (/bin/ash on Alpine).',
        span: piped.span,
        fix: {
          title: `Set SHELL to ${shell} with pipefail`,
          edits: [
            {
              span: { start: instruction.keywordSpan.start, end: instruction.keywordSpan.start },
              text: `SHELL ["${shell}", "-o", "pipefail", "-c"]\n`,
            },
          ],
          // The base image may not have that shell.
          safe: false,
        },
      };
    },
  ),
  onbuild: false,
};

const execFormRule: InstructionRule = {
  id: 'DL3025',
  severity: 'warning',
  title: 'CMD and ENTRYPOINT are JSON arrays',
  twins: ['JSONArgsRecommended'],
  scope: 'instruction',
  instructions: ['CMD', 'ENTRYPOINT', 'HEALTHCHECK'],
  *check(instruction, surroundings): Generator<Finding> {
    const command = commandOf(instruction);
    if (command?.shell === undefined || execForm(instruction) !== undefined) return;
    const fix = isPosixShell(surroundings.shell) ? toExecForm(instruction) : undefined;
    yield {
      message: `In this form a shell stands between the engine and the program, and signals do not reach it. Write ${instruction.keyword} ["program", "argument"].`,
      span: command.shell,
      ...(fix === undefined ? {} : { fix }),
    };
  },
};

/** Programs that are no files, so that only a shell can run them. */
const builtins = new Set(
  '. : alias bg break cd command continue declare eval exit export fg getopts hash jobs let local popd pushd read readonly return set shift source times trap type typeset ulimit umask unalias unset wait'.split(
    ' ',
  ),
);

/** The same command as a JSON array, where it needs nothing of a shell. */
export function toExecForm(instruction: Instruction): Fix | undefined {
  const command = onlyCommand(scriptOf(instruction));
  const shell = commandOf(instruction)?.shell;
  if (command === undefined || shell === undefined || instruction.heredocs.length > 0) return undefined;
  const literals = command.words.map(({ literal, raw }) => (/^~|^\{|[{,].*\}/.test(raw) ? undefined : literal));
  const words = literals[0] === 'exec' ? literals.slice(1) : literals;
  const known = words.filter((word) => word !== undefined);
  const [program] = known;
  if (program === undefined || known.length < words.length || builtins.has(program)) return undefined;
  const text = `[${known.map((word) => JSON.stringify(word)).join(', ')}]`;
  // An ENTRYPOINT in this form gets CMD as its arguments, which the shell form left out.
  const safe = instruction.name !== 'ENTRYPOINT';
  return { title: 'Write as a JSON array', edits: [{ span: shell, text }], safe };
}

function onlyCommand(script: Script | undefined): SimpleCommand | undefined {
  if (script?.complete !== true || script.list.length !== 1) return undefined;
  const pipeline = script.list[0]?.pipeline;
  const [command] = pipeline?.commands ?? [];
  if (pipeline?.negated === true || pipeline?.commands.length !== 1 || command?.kind !== 'simple') return undefined;
  const isPlain = command.redirects.length === 0 && command.assignments.length === 0;
  return isPlain && command.span.end === script.span.end ? command : undefined;
}

const consecutive: FileRule = {
  id: 'DL3059',
  severity: 'info',
  title: 'RUNs that follow each other are one',
  scope: 'file',
  instructions: ['RUN'],
  *check({ model, surroundings }): Generator<FileFinding> {
    const { items } = model.file;
    let before: { readonly item: number; readonly instruction: Instruction } | undefined;
    for (let item = 0; item < items.length; item += 1) {
      const instruction = items[item];
      if (instruction?.kind !== 'instruction') continue;
      if (instruction.name !== 'RUN') {
        before = undefined;
        continue;
      }
      const isSecond = before !== undefined && sameFlags(before.instruction, instruction);
      if (before !== undefined && isSecond && isSingle(before.instruction) && isSingle(instruction)) {
        const fix = surroundings(item).escape === '\\' ? joined(before, { item, instruction }, items) : undefined;
        yield {
          item,
          message: 'This RUN follows another one; joined with && they make one layer instead of two.',
          span: instruction.keywordSpan,
          ...(fix === undefined ? {} : { fix }),
        };
      }
      before = { item, instruction };
    }
  },
};

/** Whether a RUN has at most one command: somebody who chains commands has chosen what to join. */
function isSingle(instruction: Instruction): boolean {
  const { script, programs } = runOf(instruction);
  if (script === undefined) return programs.length <= 1;
  let count = 0;
  for (const command of commands(script.list)) {
    if (command.kind === 'simple' && command.words.length > 0 && command.words[0]?.raw.startsWith('[') !== true)
      count += 1;
    if (count > 1) return false;
  }
  return true;
}

function sameFlags(one: Instruction, other: Instruction): boolean {
  if (one.flags.length === 0 && other.flags.length === 0) return true;
  const key = ({ text, flags }: Instruction) => flags.map(({ span }) => text.slice(span.start, span.end)).toSorted();
  return key(one).join(' ') === key(other).join(' ');
}

/** What changes the shell itself, so that a following command would see it. */
const stateful =
  /^(?:cd|pushd|popd|export|unset|set|shopt|umask|ulimit|alias|source|\.|exec|exit|eval|trap|declare|local|readonly|return)$/;

/** Both RUNs as one, where the first is a plain command and nothing but comments stands between them. */
function joined(
  first: { readonly item: number; readonly instruction: Instruction },
  second: { readonly item: number; readonly instruction: Instruction },
  items: readonly { readonly kind: string; readonly text: string }[],
): Fix | undefined {
  const between = items.slice(first.item + 1, second.item);
  if (between.length > 0) return undefined;
  const scripts = [scriptOf(first.instruction), scriptOf(second.instruction)];
  if (!scripts.every((script) => isPlain(script))) return undefined;
  if (first.instruction.heredocs.length + second.instruction.heredocs.length > 0) return undefined;
  const start = {
    span: { start: first.instruction.span.end, end: first.instruction.text.length },
    text: ' \\\n    && ',
  };
  return {
    title: 'Join with the RUN before',
    edits: [
      { ...start, item: first.item },
      { span: { start: 0, end: second.instruction.bodyStart }, text: '' },
    ],
    safe: true,
  };
}

function isPlain(script: Script | undefined): boolean {
  const command = onlyCommand(script);
  const name = command?.words[0]?.literal;
  return name !== undefined && !stateful.test(name);
}

export const shellRules: readonly Rule[] = [execFormRule, consecutive, pipes];
