// hadolint's rules about single programs: DL3001, DL3003, DL3004, DL3046, DL3047, DL4001, DL4005.

import { hasArgument, hasOption, optionValues, textOf } from '../../../shell/arguments.ts';
import type { Stage } from '../../../../../runtime/src/spec/dockerfile/model.ts';
import { runsOf } from '../../instructions.ts';
import type { FileFinding, FileRule, Finding, InstructionRule, Rule } from '../../rule.ts';
import { addAfter, programRule, programSpan } from './run-rule.ts';

const senseless = new Set(['free', 'kill', 'mount', 'ps', 'service', 'shutdown', 'ssh', 'top', 'vim']);

const pointless = programRule(
  { id: 'DL3001', severity: 'info', title: 'No programs that make no sense while an image is built' },
  (name) => senseless.has(name),
  (program): Finding | undefined => {
    if (!senseless.has(program.name)) return undefined;
    const message = `\`${program.name}\` does nothing useful while an image is built. Leave it out.`;
    return { message, span: program.word.span };
  },
);

const directory: InstructionRule = {
  ...programRule(
    { id: 'DL3003', severity: 'warning', title: 'WORKDIR instead of cd' },
    ['cd'],
    (program): Finding | undefined => {
      if (program.name !== 'cd') return undefined;
      const message = '`cd` holds for this RUN only. Set the directory with WORKDIR, which holds from there on.';
      return { message, span: programSpan(program) };
    },
  ),
  onbuild: false,
};

const sudo = programRule(
  { id: 'DL3004', severity: 'error', title: 'No sudo' },
  ['sudo'],
  (program, { script }): Finding | undefined => {
    if (program.name !== 'sudo' && !program.wrappers.includes('sudo')) return undefined;
    const word = program.command.words.find((each) => /^(?:.*\/)?sudo$/.test(textOf(each))) ?? program.word;
    const next = program.command.words[program.command.words.indexOf(word) + 1];
    const isPlain = script !== undefined && next !== undefined && !textOf(next).startsWith('-');
    return {
      message: 'sudo behaves unpredictably without a terminal. Switch users with USER, or use gosu at run time.',
      span: word.span,
      ...(isPlain && {
        fix: {
          title: 'Remove sudo',
          edits: [{ span: { start: word.span.start, end: next.span.start }, text: '' }],
          // Where another user than root is in force, it was needed.
          safe: false,
        },
      }),
    };
  },
);

const highUser = programRule(
  { id: 'DL3046', severity: 'warning', title: 'useradd with a high user id has -l' },
  ['useradd'],
  (program, context): Finding | undefined => {
    if (program.name !== 'useradd' || hasOption(program, 'l', 'no-log-init')) return undefined;
    if (!optionValues(program, 'u', 'uid').some((id) => id.length > 5)) return undefined;
    return {
      message: 'With such a high id useradd makes a sparse log file that fills the layer. Add `-l`.',
      span: programSpan(program),
      ...addAfter(context, program.word, ' -l', 'Add -l'),
    };
  },
);

const progress = programRule(
  { id: 'DL3047', severity: 'info', title: 'wget draws no bar into the log' },
  ['wget'],
  (program, context): Finding | undefined => {
    if (program.name !== 'wget' || hasOption(program, 'progress', 'q', 'quiet', 'o', 'output-file')) return undefined;
    if (hasOption(program, 'a', 'append-output', 'no-verbose') || hasArgument(program, '-nv')) return undefined;
    return {
      message: 'wget fills the log with its progress. Add `--progress=dot:giga`, `-q` or `-nv`.',
      span: programSpan(program),
      ...addAfter(context, program.word, ' --progress=dot:giga', 'Add --progress=dot:giga'),
    };
  },
);

const both: FileRule = {
  id: 'DL4001',
  severity: 'warning',
  title: 'Either wget or curl, not both',
  scope: 'file',
  instructions: ['RUN'],
  *check({ model }): Generator<FileFinding> {
    let stage: Stage | undefined;
    let used = new Set<string>();
    const usedByTriggers = new Set<string>();
    for (const place of runsOf(model, ['wget', 'curl'])) {
      if (place.stage !== stage) used = new Set();
      stage = place.stage;
      const names = place.onbuild ? usedByTriggers : used;
      for (const name of place.run.names) if (isDownloader(name)) names.add(name);
      const first = place.run.programs.find(({ name }) => isDownloader(name));
      if (first === undefined || names.size < 2) continue;
      const message = 'Both wget and curl are used in this stage. One of them is enough, and makes the image smaller.';
      yield { item: place.item, message, span: first.word.span };
    }
  },
};

function isDownloader(name: string): boolean {
  return name === 'wget' || name === 'curl';
}

const shellLink = programRule(
  { id: 'DL4005', severity: 'warning', title: 'SHELL instead of a link over /bin/sh' },
  ['ln'],
  (program, { instruction, script, programs }): Finding | undefined => {
    if (program.name !== 'ln' || !hasArgument(program, '/bin/sh')) return undefined;
    const target = program.args.map(textOf).find((text) => /^\/\S*sh$/.test(text) && text !== '/bin/sh');
    const isAlone = script?.list.length === 1 && programs.length === 1 && instruction.heredocs.length === 0;
    return {
      message: 'Set the shell of the following RUN instructions with SHELL; /bin/sh stays what the system needs.',
      span: programSpan(program),
      ...(target !== undefined &&
        isAlone && {
          fix: {
            title: `Use SHELL ["${target}", "-c"]`,
            edits: [{ span: instruction.span, text: `SHELL ["${target}", "-c"]` }],
            // Programs that are run later may have relied on the link.
            safe: false,
          },
        }),
    };
  },
);

export const commandRules: readonly Rule[] = [pointless, directory, sudo, highUser, progress, both, shellLink];
