// The outline: stages with their instructions, each by words that say what it does.

import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import type { Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, InstructionName } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { DockerfileView } from './view.ts';

const longestName = 72;

const kinds: Partial<Record<InstructionName, SymbolKind>> = {
  ADD: SymbolKind.File,
  ARG: SymbolKind.Variable,
  CMD: SymbolKind.Event,
  COPY: SymbolKind.File,
  ENTRYPOINT: SymbolKind.Event,
  ENV: SymbolKind.Constant,
  EXPOSE: SymbolKind.Interface,
  RUN: SymbolKind.Function,
  VOLUME: SymbolKind.Object,
};

export function symbols(view: DockerfileView): DocumentSymbol[] {
  const { items } = view.file;
  const first = view.model.stages[0]?.item ?? items.length;
  const globals = Array.from({ length: first }, (_, item) => item).flatMap(
    (item) => instructionSymbol(view, item) ?? [],
  );
  return [...globals, ...view.model.stages.map((stage) => stageSymbol(view, stage))];
}

function stageSymbol(view: DockerfileView, stage: Stage): DocumentSymbol {
  const { start } = view.range(stage.item, stage.from.span);
  const last = stage.instructions.at(-1) ?? stage.item;
  const { end } = view.range(last, view.instruction(last)?.span ?? stage.from.span);
  const { form } = stage.from;
  const image = form.kind === 'from' ? (form.image?.raw ?? '') : '';
  const written = form.kind === 'from' ? form.stageName?.raw : undefined;
  return {
    name: shortened(written ?? `FROM ${image}`),
    ...(written === undefined ? {} : { detail: shortened(`FROM ${image}`) }),
    kind: SymbolKind.Class,
    range: { start, end },
    selectionRange: stage.namePlace
      ? view.range(stage.namePlace.item, stage.namePlace.span)
      : view.range(stage.item, stage.from.span),
    children: stage.instructions.flatMap((item) => instructionSymbol(view, item) ?? []),
  };
}

function instructionSymbol(view: DockerfileView, item: number): DocumentSymbol | undefined {
  const instruction = view.instruction(item);
  // A line that only continues has no word: clients refuse an outline with a name that is empty.
  if (instruction === undefined || instruction.keyword === '') return undefined;
  return {
    name: nameOf(instruction),
    kind: (instruction.name && kinds[instruction.name]) ?? SymbolKind.Property,
    range: view.range(item, instruction.span),
    selectionRange: view.range(item, instruction.keywordSpan),
  };
}

const names = new WeakMap<Instruction, string>();

function nameOf(instruction: Instruction): string {
  const known = names.get(instruction) ?? describe(instruction);
  names.set(instruction, known);
  return known;
}

/** `RUN apt-get update …`, `COPY --from=build /src /dst`, `ENV A B`. */
function describe(instruction: Instruction): string {
  const keyword = instruction.keyword.toUpperCase();
  return shortened(`${keyword} ${argumentsOf(instruction)}`);
}

function argumentsOf(instruction: Instruction): string {
  const { form, body, flags, heredocs } = instruction;
  if (form.kind === 'pairs' && instruction.name !== 'LABEL') return form.pairs.map(({ key }) => key.raw).join(' ');
  if (form.kind === 'onbuild' && form.trigger !== undefined) return describe(form.trigger);
  if (form.kind !== 'command') {
    const from = flags.find(({ name, value }) => name === 'from' && value !== undefined);
    return `${from === undefined ? '' : `--from=${from.value?.raw ?? ''} `}${body.text}`;
  }
  if (form.json !== undefined)
    return form.json.strings
      .slice(0, longestName)
      .map(({ value }) => value)
      .join(' ');
  return firstCommand(heredocs[0]?.body.text ?? body.text);
}

/** The first command of a script, with a sign that there are more. */
function firstCommand(script: string): string {
  const begin = script.slice(0, 4 * longestName).replace(/^(?:\s|#[^\n]*\n)+/, '');
  const end = begin.search(/&&|\|\||[;\n]/);
  return end < 0 ? begin : `${begin.slice(0, end).trimEnd()} …`;
}

/** One line of a length that an outline shows. */
function shortened(text: string): string {
  const line = text
    .slice(0, 4 * longestName)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > longestName ? `${line.slice(0, longestName - 2).trimEnd()} …` : line;
}
