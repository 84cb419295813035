// How things are written: single-quoted-json, directive-casing, instruction-casing, empty-command, empty-flag.

import { sourceSpan } from '../../../../../runtime/src/spec/dockerfile/logical.ts';
import { instructionNames } from '../../../../../runtime/src/spec/dockerfile/names.ts';
import type { Instruction } from '../../../../../runtime/src/spec/dockerfile/tree.ts';
import { allPlaced } from '../../instructions.ts';
import type { FileFinding, FileRule, Finding, Fix, InstructionRule, Rule } from '../../rule.ts';

const singleQuotes: InstructionRule = {
  id: 'single-quoted-json',
  severity: 'warning',
  title: 'A JSON array has double quotes',
  scope: 'instruction',
  instructions: ['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'HEALTHCHECK', 'RUN', 'SHELL', 'VOLUME'],
  onbuild: true,
  *check({ body, name, text }): Generator<Finding> {
    const start = name === 'HEALTHCHECK' ? (/^\w+\s*/.exec(body.text)?.[0].length ?? 0) : 0;
    const array = body.text.slice(start);
    if (!/^\[\s*'/.test(array) || !array.endsWith(']')) return;
    const span = sourceSpan(body, start, body.text.length);
    const isOneLine = text.slice(span.start, span.end) === array;
    const fix = isOneLine ? toDoubleQuotes(array, span.start) : undefined;
    yield {
      message: 'With single quotes this is no JSON array: the builder takes it for plain words. Use double quotes.',
      span,
      ...(fix === undefined ? {} : { fix }),
    };
  },
};

/** The same array in JSON, where all of its strings are plain and in single quotes. */
function toDoubleQuotes(array: string, start: number): Fix | undefined {
  const strings = array.slice(1, -1).replace(/,\s*$/, '').split(',');
  if (!strings.every((string) => /^\s*'[^'"\\]*'\s*$/.test(string))) return undefined;
  const text = `[${strings.join(',').replaceAll("'", '"')}]`;
  return { title: 'Use double quotes', edits: [{ span: { start, end: start + array.length }, text }], safe: true };
}

const directiveCasing: FileRule = {
  id: 'directive-casing',
  severity: 'style',
  title: 'Parser directives are in lower case',
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    for (const [item, directive] of model.file.items.entries()) {
      if (directive.kind === 'instruction') return;
      if (directive.kind !== 'directive') continue;
      const { name, nameSpan, text } = directive;
      if (text.slice(nameSpan.start, nameSpan.end) === name) continue;
      const fix = { title: `Change to ${name}`, edits: [{ span: nameSpan, text: name }], safe: true };
      yield { item, message: `Parser directives are written in lower case: ${name}.`, span: nameSpan, fix };
    }
  },
};

const instructionCasing: FileRule = {
  id: 'instruction-casing',
  severity: 'off',
  title: 'Instructions are in upper case',
  twins: ['ConsistentInstructionCasing'],
  scope: 'file',
  instructions: [],
  *check({ model }): Generator<FileFinding> {
    for (const { item, instruction } of allPlaced(model)) {
      const { name, keyword, keywordSpan } = instruction;
      if (name === undefined || keyword === name) continue;
      const fix = { title: `Change to ${name}`, edits: [{ span: keywordSpan, text: name }], safe: true };
      yield { item, message: `Instructions are written in upper case: ${name}.`, span: keywordSpan, fix };
    }
  },
};

const emptyCommand: InstructionRule = {
  id: 'empty-command',
  severity: 'warning',
  title: 'RUN and ENTRYPOINT have a command',
  scope: 'instruction',
  instructions: ['RUN', 'ENTRYPOINT'],
  onbuild: true,
  *check({ name, form, keywordSpan }): Generator<Finding> {
    if (form.kind !== 'command' || form.shell !== undefined || form.json !== undefined) return;
    const message =
      name === 'RUN'
        ? 'This runs nothing. Say what to run, or remove the line.'
        : 'This takes the entrypoint away. Write ENTRYPOINT [] if that is meant.';
    yield { message, span: keywordSpan };
  },
};

const emptyFlag: InstructionRule = {
  id: 'empty-flag',
  severity: 'warning',
  title: 'A flag has a value',
  scope: 'instruction',
  instructions: instructionNames,
  onbuild: true,
  *check(instruction): Generator<Finding> {
    for (const { name, value, span } of instruction.flags) {
      if (value?.raw !== '' || !textFlags.has(name)) continue;
      yield {
        message: `--${name}= without a value does nothing. Give it one, or leave it out.`,
        span,
        fix: { title: `Remove --${name}=`, edits: [{ span: withBlanks(instruction, span), text: '' }], safe: true },
      };
    }
  },
};

/** Flags that an empty value is no error of. */
const textFlags: ReadonlySet<string> = new Set(
  'chmod chown checksum from platform interval timeout start-period start-interval retries'.split(' '),
);

function withBlanks({ text }: Instruction, span: Finding['span']): Finding['span'] {
  let { end } = span;
  while (text[end] === ' ' || text[end] === '\t') end += 1;
  return { start: span.start, end };
}

export const writingRules: readonly Rule[] = [
  singleQuotes,
  directiveCasing,
  instructionCasing,
  emptyCommand,
  emptyFlag,
];
