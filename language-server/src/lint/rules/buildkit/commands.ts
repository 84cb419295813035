// BuildKit's checks of single instructions: JSONArgsRecommended, MaintainerDeprecated, MultipleInstructionsDisallowed,
// NoEmptyContinuation.

import type { InstructionName, Span } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { instructionNames } from '../../../../../runtime/src/spec/dockerfile/names.ts';
import { placed } from '../../instructions.ts';
import type { FileFinding, FileRule, Finding, InstructionRule, Rule } from '../../rule.ts';
import { isPosixShell } from '../../surroundings.ts';
import { toExecForm } from '../hadolint/shell.ts';
import { toLabel } from '../hadolint/values.ts';

const jsonArguments: InstructionRule = {
  id: 'JSONArgsRecommended',
  severity: 'warning',
  title: 'CMD and ENTRYPOINT are JSON arrays',
  twins: ['DL3025'],
  scope: 'instruction',
  instructions: ['CMD', 'ENTRYPOINT'],
  *check(instruction, { shellSet, shell }): Generator<Finding> {
    const { form, keyword, keywordSpan } = instruction;
    // Who sets SHELL wants a shell.
    if (form.kind !== 'command' || form.json?.closed === true || shellSet) return;
    const fix = isPosixShell(shell) ? toExecForm(instruction) : undefined;
    yield {
      message: `In this form a shell runs the program, and signals such as that of \`docker stop\` do not reach it. Write ${keyword} ["program", "argument"].`,
      span: form.shell ?? keywordSpan,
      ...(fix === undefined ? {} : { fix }),
    };
  },
};

const maintainer: InstructionRule = {
  id: 'MaintainerDeprecated',
  severity: 'warning',
  title: 'A label instead of MAINTAINER',
  twins: ['DL4000'],
  scope: 'instruction',
  instructions: ['MAINTAINER'],
  *check(instruction): Generator<Finding> {
    const fix = toLabel(instruction);
    yield {
      message: 'MAINTAINER is deprecated. The label `org.opencontainers.image.authors` says the same.',
      span: instruction.keywordSpan,
      ...(fix === undefined ? {} : { fix }),
    };
  },
};

const single: readonly InstructionName[] = ['CMD', 'ENTRYPOINT', 'HEALTHCHECK'];

const multiple: FileRule = {
  id: 'MultipleInstructionsDisallowed',
  severity: 'warning',
  title: 'A stage has one CMD, one ENTRYPOINT and one HEALTHCHECK',
  twins: ['DL3012', 'DL4003', 'DL4004'],
  scope: 'file',
  instructions: ['CMD', 'ENTRYPOINT', 'HEALTHCHECK'],
  *check({ model }): Generator<FileFinding> {
    for (const name of single) {
      const all = placed(model, name).filter(({ onbuild, stage }) => !onbuild && stage !== undefined);
      for (const [index, { item, instruction, stage }] of all.entries()) {
        const next = all[index + 1];
        if (next === undefined || next.stage !== stage) continue;
        const edits = [{ span: { start: 0, end: instruction.text.length }, text: '' }];
        yield {
          item,
          message: `Only the last ${name} of a stage counts, and another one follows.`,
          span: instruction.keywordSpan,
          related: [{ item: next.item, span: next.instruction.keywordSpan, message: 'This one replaces it.' }],
          fix: { title: `Remove this ${name}`, edits, safe: true },
        };
      }
    }
  },
};

const emptyContinuation: InstructionRule = {
  id: 'NoEmptyContinuation',
  severity: 'warning',
  title: 'No empty lines in an instruction',
  scope: 'instruction',
  instructions: instructionNames,
  *check({ text, emptyLines }): Generator<Finding> {
    if (emptyLines.length === 0) return;
    for (const span of wholeLines(text, emptyLines)) {
      yield {
        message:
          'An empty line goes on with the instruction today, and will be an error. Remove it, or make it a comment.',
        span,
        fix: { title: 'Remove the empty lines', edits: [{ span, text: '' }], safe: true },
      };
    }
  },
};

/** Lines with their ends, those that follow each other as one. */
function wholeLines(text: string, lines: readonly Span[]): Span[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of lines) {
    const lineEnd = text.indexOf('\n', end);
    const next = lineEnd < 0 ? text.length : lineEnd + 1;
    const last = joined.at(-1);
    if (last?.end === start) last.end = next;
    else joined.push({ start, end: next });
  }
  return joined;
}

export const commandRules: readonly Rule[] = [jsonArguments, maintainer, multiple, emptyContinuation];
