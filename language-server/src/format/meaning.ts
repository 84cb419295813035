// What a file says apart from its layout, as a list of strings: two files with equal lists build the same.

import { logicalOffset } from '../../../runtime/src/spec/dockerfile/logical.ts';
import type { CommandForm, Dockerfile, Instruction, Item } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Script } from '../shell/tree.ts';

/** Reads the script of a shell form; undefined where its text counts as it is. */
export type ReadScript = (instruction: Instruction, form: CommandForm) => Script | undefined;

export function sameMeaning(before: Dockerfile, after: Dockerfile, read: ReadScript): boolean {
  const [one, two] = [before, after].map((file) => file.items.flatMap((item) => itemMeaning(item, read)));
  return one !== undefined && two !== undefined && sameList(one, two);
}

/** The meaning of one item; lists of equal strings in equal order mean the same. */
export function itemMeaning(item: Item, read: ReadScript): string[] {
  switch (item.kind) {
    case 'blank':
      return [];
    case 'comment':
      return [`# ${item.text.trim()}`];
    case 'directive':
      return [`#${item.name}=${item.value}`];
    case 'instruction':
      return instructionMeaning(item, read);
  }
}

function instructionMeaning(instruction: Instruction, read: ReadScript): string[] {
  return [
    instruction.keyword.toUpperCase(),
    ...instruction.flags.map(({ name, value }) => `--${name}=${value?.raw ?? ' '}`),
    ...formMeaning(instruction, read),
    ...instruction.heredocs.map(({ delimiter, body, chomp, expand, endSpan }) =>
      JSON.stringify([delimiter, body.text, chomp, expand, endSpan !== undefined]),
    ),
    ...instruction.faults.map(({ code, message }) => `${code}: ${message}`),
  ];
}

function formMeaning(instruction: Instruction, read: ReadScript): string[] {
  const { form } = instruction;
  switch (form.kind) {
    case 'from':
      return raws([form.image, form.as === undefined ? undefined : upper(form.as), form.stageName, ...form.extra]);
    case 'command':
      return commandMeaning(instruction, form, read);
    case 'pairs':
      return [String(form.legacy), ...form.pairs.flatMap(({ key, value }) => raws([key, value]))];
    case 'copy':
      return form.json?.strings.map(({ value }) => JSON.stringify(value)) ?? raws([...form.sources, form.destination]);
    case 'words':
      if (instruction.name === 'MAINTAINER') return [instruction.body.text.trim()];
      return form.json?.strings.map(({ value }) => JSON.stringify(value)) ?? raws(form.words);
    case 'healthcheck':
      return [
        ...raws([form.type === undefined ? undefined : upper(form.type), ...form.extra]),
        ...(form.command === undefined ? [] : commandMeaning(instruction, form.command, read)),
      ];
    case 'onbuild':
      return form.trigger === undefined ? [] : instructionMeaning(form.trigger, read);
    case 'unknown':
      return [instruction.body.text.trim()];
  }
}

function commandMeaning(instruction: Instruction, form: CommandForm, read: ReadScript): string[] {
  if (form.json !== undefined) return ['exec', ...form.json.strings.map(({ value }) => JSON.stringify(value))];
  if (form.shell === undefined) return ['nothing'];
  const script = read(instruction, form);
  const { body } = instruction;
  const text = (start: number, end: number) => body.text.slice(logicalOffset(body, start), logicalOffset(body, end));
  if (script === undefined) return ['shell', text(form.shell.start, form.shell.end).trim()];
  return [
    'shell',
    ...script.tokens.map(({ span, type }, index) => {
      const next = script.tokens[index + 1];
      // Whether two tokens touch is part of what they mean: `a=` and `"b"`, `2` and `>`.
      const apart = next !== undefined && text(span.end, next.span.start) !== '';
      return `${type} ${text(span.start, span.end)}${apart ? ' ' : ''}`;
    }),
  ];
}

function upper({ raw }: { readonly raw: string }): { readonly raw: string } {
  return { raw: raw.toUpperCase() };
}

function raws(words: readonly ({ readonly raw: string } | undefined)[]): string[] {
  return words.map((word) => word?.raw ?? ' ');
}

function sameList(one: readonly string[], two: readonly string[]): boolean {
  return one.length === two.length && one.every((entry, index) => entry === two[index]);
}
