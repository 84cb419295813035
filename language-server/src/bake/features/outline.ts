// Outline, folding, selections and links of a Bake file.

import {
  FoldingRangeKind,
  SymbolKind,
  type DocumentLink,
  type DocumentSymbol,
  type FoldingRange,
  type SelectionRange,
} from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Context } from '../../language/context.ts';
import { attributeOf, plainText, type Block, type Body, type Expression } from '../hcl/tree.ts';
import { within } from '../hcl/walk.ts';
import { lastOf } from '../model/model.ts';
import { buildFileOf, projectOf } from '../model/project.ts';
import type { BakeView } from '../view.ts';

const kinds: Readonly<Record<string, SymbolKind>> = {
  target: SymbolKind.Class,
  group: SymbolKind.Array,
  variable: SymbolKind.Variable,
  function: SymbolKind.Function,
};

export function symbols({ document, file }: BakeView): DocumentSymbol[] {
  return [...attributes(file.body), ...file.body.blocks.filter(hasName).map(blockSymbol)];

  function blockSymbol(block: Block): DocumentSymbol {
    const [label] = block.labels;
    const selection = label?.span ?? block.typeSpan;
    return {
      name: nameOf(block),
      detail: block.type,
      kind: kinds[block.type] ?? SymbolKind.Object,
      range: document.range(Math.min(block.span.start, selection.start), Math.max(block.span.end, selection.end)),
      selectionRange: document.range(selection.start, selection.end),
      children: attributes(block.body),
    };
  }

  function attributes(body: Body): DocumentSymbol[] {
    return body.attributes
      .filter(({ name }) => name !== '')
      .map(({ name, nameSpan, span, value }) => ({
        name: name.slice(0, 200),
        detail: plainText(value)?.slice(0, 200) ?? '',
        kind: SymbolKind.Property,
        range: document.range(Math.min(span.start, nameSpan.start), Math.max(span.end, nameSpan.end)),
        selectionRange: document.range(nameSpan.start, nameSpan.end),
      }));
  }
}

function nameOf({ type, labels: [label] }: Block): string {
  return (label?.text || type).slice(0, 200);
}

/** Half typed, a block may have neither word; clients refuse an outline with a name that is empty. */
function hasName(block: Block): boolean {
  return nameOf(block) !== '';
}

export function folding({ document, file }: BakeView): FoldingRange[] {
  const ranges: FoldingRange[] = [];
  const add = (span: Span, kind?: FoldingRangeKind) => {
    const startLine = document.lineAt(span.start);
    const endLine = document.lineAt(Math.max(span.start, span.end));
    if (endLine > startLine) ranges.push({ startLine, endLine, ...(kind === undefined ? {} : { kind }) });
  };
  for (const span of spansOf(file.body)) add(span);
  for (const comment of joined(document.text, file.comments)) add(comment, FoldingRangeKind.Comment);
  return ranges;
}

/** Blocks, attributes, and expressions that go over lines. */
function* spansOf(body: Body): Iterable<Span> {
  for (const { span, value } of body.attributes) {
    yield span;
    for (const { expression } of within(value, new Set())) if (expression.kind !== 'reference') yield expression.span;
  }
  for (const block of body.blocks) {
    yield block.span;
    yield* spansOf(block.body);
  }
}

/** Comments of lines that follow each other are one. */
function joined(text: string, comments: readonly Span[]): Span[] {
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of comments) {
    const last = result.at(-1);
    const between = last === undefined ? 'x' : text.slice(last.end, Math.min(start, last.end + 500));
    if (last !== undefined && between.trim() === '' && between.split('\n').length === 2) last.end = end;
    else result.push({ start, end });
  }
  return result;
}

export function selection({ document, file }: BakeView, offset: number): SelectionRange {
  const spans: Span[] = [{ start: 0, end: document.text.length }];
  collect(file.body, offset, spans);
  let range: SelectionRange = { range: document.range(0, document.text.length) };
  let last = spans[0] ?? { start: 0, end: 0 };
  for (const span of spans.toSorted((a, b) => b.end - b.start - (a.end - a.start))) {
    if (span.start < last.start || span.end > last.end || (span.start === last.start && span.end === last.end))
      continue;
    range = { range: document.range(span.start, span.end), parent: range };
    last = span;
  }
  return range;
}

function collect(body: Body, offset: number, spans: Span[]): void {
  const add = (span: Span) => {
    if (span.start <= offset && offset <= span.end) spans.push(span);
  };
  for (const { span, nameSpan, value } of body.attributes) {
    if (offset < span.start || offset > span.end) continue;
    add(span);
    add(nameSpan);
    for (const { expression } of within(value, new Set())) add(expression.span);
    for (const { expression } of within(value, new Set())) if (expression.kind === 'template') add(expression.inner);
  }
  for (const block of body.blocks) {
    add(block.span);
    for (const { span } of block.labels) add(span);
    if (block.span.start <= offset && offset <= block.span.end) collect(block.body, offset, spans);
  }
}

/** The Dockerfile of each target that names one. */
export function links(view: BakeView, context: Context): DocumentLink[] {
  const project = projectOf(view, context);
  return lastOf(view.model, 'target').flatMap((target) => {
    const named = pathOf(target.block);
    const reading = named === undefined ? undefined : buildFileOf(view, target, project, context);
    // A file that is not there yet can be made from its link.
    const uri = reading?.kind === 'known' ? reading.file.uri : reading?.kind === 'absent' ? reading.uri : undefined;
    if (named === undefined || named.start >= named.end || uri === undefined || uri === view.document.uri) return [];
    return [{ range: view.document.range(named.start, named.end), target: uri }];
  });
}

function pathOf(block: Block | undefined): Span | undefined {
  const value: Expression | undefined =
    attributeOf(block?.body, 'dockerfile')?.value ?? attributeOf(block?.body, 'context')?.value;
  return value?.kind === 'template' && !value.heredoc ? value.inner : undefined;
}
