// Selections that grow: a variable, its word, the flag or pair, the command, the instruction, the stage, the file.

import type { SelectionRange } from 'vscode-languageserver';
import type {
  Flag,
  Form,
  Instruction,
  JsonForm,
  Piece,
  Span,
  Word,
} from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { Command, ShellWord, Statement } from '../shell/tree.ts';
import { itemAt } from './items.ts';
import { scriptsOf } from './scripts.ts';
import type { DockerfileView } from './view.ts';

/** Deeper than anybody nests by hand; what is nested deeper is selected as one. */
const deepest = 40;

export function selection(view: DockerfileView, offset: number): SelectionRange {
  const index = itemAt(view.file, offset);
  const base = view.file.starts[index] ?? 0;
  const item = view.file.items[index];
  const around: Span[] = [{ start: 0, end: view.document.text.length }, ...stageSpan(view, index)];
  const inside = item?.kind === 'instruction' ? instructionSpans(item) : item?.kind === 'blank' ? [] : itemSpans(item);
  const spans = [...around, ...inside.map(({ start, end }) => ({ start: base + start, end: base + end }))];
  return chain(
    view,
    spans.filter((span) => span.start <= offset && offset <= span.end),
  );
}

/** From the widest in; a span that is not inside the one before is left out. */
function chain(view: DockerfileView, spans: readonly Span[]): SelectionRange {
  let parent: SelectionRange | undefined;
  let last: Span | undefined;
  for (const span of spans.toSorted((a, b) => b.end - b.start - (a.end - a.start))) {
    const isInside = last === undefined || (span.start >= last.start && span.end <= last.end);
    const isSame = last !== undefined && span.start === last.start && span.end === last.end;
    if (!isInside || isSame) continue;
    const range = view.document.range(span.start, span.end);
    parent = parent === undefined ? { range } : { range, parent };
    last = span;
  }
  return parent ?? { range: view.document.range(0, view.document.text.length) };
}

function stageSpan(view: DockerfileView, item: number): Span[] {
  const stage = view.model.stageOf(item);
  const last = stage?.instructions.at(-1) ?? stage?.item;
  if (stage === undefined || last === undefined) return [];
  const end = (view.file.starts[last] ?? 0) + (view.instruction(last)?.span.end ?? 0);
  return [{ start: (view.file.starts[stage.item] ?? 0) + stage.from.span.start, end }];
}

function itemSpans(item: DockerfileView['file']['items'][number] | undefined): Span[] {
  if (item?.kind === 'comment') return [item.span];
  return item?.kind === 'directive'
    ? [{ start: 0, end: item.text.trimEnd().length }, item.nameSpan, item.valueSpan]
    : [];
}

function instructionSpans(instruction: Instruction): Span[] {
  const { span, keywordSpan, bodyStart, flags, form, heredocs, comments } = instruction;
  return [
    span,
    keywordSpan,
    ...(bodyStart < span.end ? [{ start: bodyStart, end: span.end }] : []),
    ...comments,
    ...flags.flatMap(flagSpans),
    ...formSpans(form),
    ...heredocs.flatMap(({ span: opening, delimiterSpan, bodySpan, endSpan, variables }) => [
      opening,
      delimiterSpan,
      bodySpan,
      ...(endSpan === undefined ? [] : [endSpan]),
      ...variables.map((variable) => variable.span),
    ]),
    ...(form.kind === 'onbuild' ? [] : scriptsOf(instruction).flatMap(({ list }) => listSpans(list, 0))),
  ];
}

function flagSpans({ span, nameSpan, value, fields }: Flag): Span[] {
  const parts = (fields ?? []).flatMap((field) => [
    field.span,
    field.keySpan,
    ...(field.valueSpan ? [field.valueSpan] : []),
  ]);
  return [span, nameSpan, ...wordSpans(value), ...parts];
}

function formSpans(form: Form): Span[] {
  switch (form.kind) {
    case 'from':
      return [form.image, form.as, form.stageName].flatMap(wordSpans);
    case 'pairs':
      return form.pairs.flatMap(({ span, key, value }) => [span, ...wordSpans(key), ...wordSpans(value)]);
    case 'command':
      return jsonSpans(form.json);
    case 'copy':
      return [...jsonSpans(form.json), ...[...form.sources, form.destination].flatMap(wordSpans)];
    case 'words':
      return [...jsonSpans(form.json), ...form.words.flatMap(wordSpans)];
    case 'healthcheck':
      return [...wordSpans(form.type), ...jsonSpans(form.command?.json)];
    case 'onbuild':
      return form.trigger === undefined ? [] : instructionSpans(form.trigger);
    case 'unknown':
      return form.words.flatMap(wordSpans);
  }
}

function jsonSpans(json: JsonForm | undefined): Span[] {
  if (json === undefined) return [];
  const inner = ({ start, end }: Span): Span => ({ start: start + 1, end: Math.max(start + 1, end - 1) });
  return [json.span, ...json.strings.flatMap(({ span, word }) => [span, inner(span), ...pieceSpans(word.pieces, 0)])];
}

function wordSpans(word: Word | undefined): Span[] {
  return word === undefined ? [] : [word.span, ...pieceSpans(word.pieces, 0)];
}

function pieceSpans(pieces: readonly Piece[], depth: number): Span[] {
  if (depth > deepest) return [];
  return pieces.flatMap((piece) => {
    if (piece.kind === 'text') return [piece.span];
    const { span, nameSpan, modifier } = piece;
    const inner = [modifier?.word, modifier?.replacement].flatMap((word) =>
      word === undefined ? [] : [word.span, ...pieceSpans(word.pieces, depth + 1)],
    );
    return [span, nameSpan, ...inner];
  });
}

function listSpans(list: readonly Statement[], depth: number): Span[] {
  if (depth > deepest) return [];
  return list.flatMap(({ span, pipeline }) => [
    span,
    pipeline.span,
    ...pipeline.commands.flatMap((command) => commandSpans(command, depth + 1)),
  ]);
}

function commandSpans(command: Command, depth: number): Span[] {
  const redirects = command.redirects.flatMap(({ span, target }) => [span, ...shellWordSpans(target, depth)]);
  const words = command.words.flatMap((word) => shellWordSpans(word, depth));
  const parts =
    command.kind === 'compound'
      ? command.parts.flatMap((list) => listSpans(list, depth))
      : command.assignments.flatMap(({ span, nameSpan, value }) => [span, nameSpan, ...shellWordSpans(value, depth)]);
  return [command.span, ...redirects, ...words, ...parts];
}

function shellWordSpans(word: ShellWord | undefined, depth: number): Span[] {
  if (word === undefined) return [];
  const variables = word.variables.flatMap(({ span, nameSpan }) => [span, nameSpan]);
  return [word.span, ...variables, ...word.substitutions.flatMap((list) => listSpans(list, depth + 1))];
}
