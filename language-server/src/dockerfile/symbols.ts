// The outline: stages with their instructions, each by words that say what it does.

import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import type { Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Instruction, InstructionName } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { mostItemsTold } from './items.ts';
import { jsonOf } from './json-text.ts';
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
  return [...globals(view).map(({ symbol }) => symbol), ...stagesOf(view).map((stage) => stageSymbol(view, stage))];
}

/** The outline as JSON: nearly all of it is what it was before the last edit, and editors ask for each state more than once. */
export function symbolsText(view: DockerfileView): string {
  const known = texts.get(view) ?? writeSymbols(view);
  texts.set(view, known);
  return known;
}

const texts = new WeakMap<DockerfileView, string>();

function writeSymbols(view: DockerfileView): string {
  const stages = stagesOf(view).map((stage) => {
    const { children: _, ...own } = stageSymbol(view, stage, []);
    return `${jsonOf(own).slice(0, -1)},"children":[${textOf(instructionSymbols(view, stage.instructions))}]}`;
  });
  const before = textOf(globals(view));
  return `[${before}${before === '' || stages.length === 0 ? '' : ','}${stages.join(',')}]`;
}

function textOf(all: readonly Kept[]): string {
  let text = '';
  for (const each of all) {
    each.text ??= jsonOf(each.symbol);
    text += text === '' ? each.text : `,${each.text}`;
  }
  return text;
}

function stagesOf(view: DockerfileView): readonly Stage[] {
  return view.model.stages.filter(({ item }) => item < mostItemsTold);
}

/** What stands before the first FROM, parser directives among it. */
function globals(view: DockerfileView): readonly Kept[] {
  const first = view.model.stages[0]?.item ?? view.file.items.length;
  const items = Array.from({ length: first }, (_, item) => item);
  return [...directiveSymbols(view), ...instructionSymbols(view, items)];
}

function directiveSymbols(view: DockerfileView): readonly Kept[] {
  const found: Kept[] = [];
  for (const [item, directive] of view.file.items.entries()) {
    // They stand before everything else, but for a byte order mark.
    if (directive.kind !== 'directive') {
      if (item > 0) break;
      continue;
    }
    const { nameSpan, valueSpan } = directive;
    const range = view.range(item, { start: nameSpan.start, end: valueSpan.end });
    const selectionRange = view.range(item, nameSpan);
    const symbol = {
      name: shortened(`${directive.name}=${directive.value}`),
      kind: SymbolKind.Property,
      range,
      selectionRange,
    };
    found.push({ line: range.start.line, symbol, text: undefined });
  }
  return found;
}

function stageSymbol(
  view: DockerfileView,
  stage: Stage,
  children = instructionSymbols(view, stage.instructions).map(({ symbol }) => symbol),
): DocumentSymbol {
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
    children,
  };
}

/** The symbol of an instruction, as long as that begins at the same line. */
interface Kept {
  readonly line: number;
  readonly symbol: DocumentSymbol;
  /** As JSON, once that has been asked for. */
  text: string | undefined;
}

const kept = new WeakMap<Instruction, Kept>();

function instructionSymbols(view: DockerfileView, items: readonly number[]): readonly Kept[] {
  return items.flatMap((item) => {
    if (item >= mostItemsTold) return [];
    const instruction = view.instruction(item);
    // A line that only continues has no word: clients refuse an outline with a name that is empty.
    return instruction === undefined || instruction.keyword === '' ? [] : keptSymbol(view, item, instruction);
  });
}

function keptSymbol(view: DockerfileView, item: number, instruction: Instruction): Kept {
  const line = view.document.lineAt(view.file.starts[item] ?? 0);
  const known = kept.get(instruction);
  if (known?.line === line) return known;
  const symbol = {
    name: known?.symbol.name ?? describe(instruction),
    kind: (instruction.name && kinds[instruction.name]) ?? SymbolKind.Property,
    range: view.range(item, instruction.span),
    selectionRange: view.range(item, instruction.keywordSpan),
  };
  const fresh = { line, symbol, text: undefined };
  kept.set(instruction, fresh);
  return fresh;
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
