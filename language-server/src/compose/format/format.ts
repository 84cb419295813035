// Layout of a Compose file: indentation, one space after colons and dashes, no white space at line ends, no heaps of empty lines.
// Nothing else is touched, and the result is read again: where its tree or its comments are not the same, nothing is changed.

import type { FormattingOptions, TextEdit } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { Refusal } from '../../language/context.ts';
import { Document } from '../../language/document.ts';
import { LaidOut } from '../../language/laid-out.ts';
import type { ComposeView } from '../view.ts';
import { parseYaml } from '../yaml/parse.ts';
import type { YamlFile } from '../yaml/tree.ts';
import { layoutOf, type Layout } from './lines.ts';
import { commentsOf, sameTree } from './same.ts';

/** A file with errors is left alone. @throws Refusal where the result would mean something else */
export function formatting(view: ComposeView, options: FormattingOptions): TextEdit[] {
  return format(view, options, undefined);
}

/** Lines that `span` touches. */
export function rangeFormatting(view: ComposeView, span: Span, options: FormattingOptions): TextEdit[] {
  return format(view, options, span);
}

function format(view: ComposeView, options: FormattingOptions, within: Span | undefined): TextEdit[] {
  const { document, file } = view;
  // Its problems are shown; who saves while typing is not told of them once more.
  if (file.faults.some(({ severity }) => severity === 'error')) return [];
  const formatted = formatText(document.text, Math.max(2, Math.min(8, options.tabSize)), file);
  if (formatted === document.text) return [];
  return lineEdits(document, formatted, within);
}

/** Several documents, directives and tabs have no layout that we know. @throws Refusal where the result would not mean the same */
export function formatText(text: string, step: number, file: YamlFile = parseYaml(text)): string {
  const { root } = file;
  if (root === undefined || /^(?:---|\.\.\.|%)/m.test(text) || text.includes('\t')) return text;
  const document = new Document({ uri: '', languageId: 'yaml', version: 0 }, text);
  const result = lay(document, layoutOf(document, root, step));
  const after = parseYaml(result);
  if (!sameTree(root, after.root) || commentsOf(text, file).join('\n') !== commentsOf(result, after).join('\n')) {
    throw new Refusal('This file would mean something else when it is laid out: it is left as it is.');
  }
  return result;
}

function lay(document: Document, layout: Layout): string {
  const { lineStarts, text } = document;
  const comments = commentColumns(document, layout);
  const gaps = gapsByLine(document, layout);
  const result = new LaidOut();
  let moved = 0;
  for (let line = 0; line < lineStarts.length; line += 1) {
    const start = lineStarts[line] ?? 0;
    const source = text.slice(start, document.lineEnd(line));
    const end = text.slice(document.lineEnd(line), lineStarts[line + 1]);
    const content = source.trimStart();
    const indent = source.length - content.length;
    const wanted = layout.columns.get(line) ?? comments.get(line);
    if (layout.columns.has(line)) moved = (wanted ?? 0) - indent;
    if (content === '') {
      if (layout.verbatim.has(line)) result.add(source, end);
      else result.space(end);
      continue;
    }
    const at = layout.inside.has(line) ? Math.max(0, indent + moved) : (wanted ?? Math.max(0, indent + moved));
    const body = narrowed(source, start, gaps.get(line) ?? []).slice(indent);
    result.add(' '.repeat(at) + (layout.verbatim.has(line) ? body : body.trimEnd()), end);
  }
  return result.toString();
}

/** A comment stands where what follows it stands, or where what is before it stands at the end of a file. */
function commentColumns(document: Document, layout: Layout): ReadonlyMap<number, number> {
  const result = new Map<number, number>();
  let next: number | undefined;
  for (let line = document.lineStarts.length - 1; line >= 0; line -= 1) {
    const column = layout.columns.get(line);
    if (column !== undefined) next = column;
    if (column !== undefined || layout.inside.has(line)) continue;
    const start = document.lineStarts[line] ?? 0;
    const source = document.text.slice(start, document.lineEnd(line));
    if (source.trimStart().startsWith('#') && next !== undefined) result.set(line, next);
  }
  return result;
}

function gapsByLine(document: Document, layout: Layout): ReadonlyMap<number, Span[]> {
  const result = new Map<number, Span[]>();
  for (const gap of layout.gaps) {
    const line = document.lineAt(gap.start);
    const known = result.get(line);
    if (known === undefined) result.set(line, [gap]);
    else known.push(gap);
  }
  return result;
}

/** A line with its gaps made one space. */
function narrowed(source: string, start: number, gaps: readonly Span[]): string {
  let result = '';
  let at = 0;
  for (const gap of gaps.toSorted((a, b) => a.start - b.start)) {
    result += `${source.slice(at, gap.start - start)} `;
    at = gap.end - start;
  }
  return result + source.slice(at);
}

/** The change as edits of lines, so that cursors and marks elsewhere stay where they are. */
function lineEdits(document: Document, formatted: string, within: Span | undefined): TextEdit[] {
  const before = linesOf(document.text);
  const after = linesOf(formatted);
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail))
    tail += 1;
  const startOf = (line: number) => document.lineStarts[line] ?? document.text.length;
  if (before.length === after.length) {
    return before.flatMap((line, index) => {
      const start = startOf(index);
      if (line === after[index] || (within !== undefined && (start > within.end || start + line.length < within.start)))
        return [];
      return [{ range: document.range(start, start + line.length), newText: after[index] ?? '' }];
    });
  }
  if (within !== undefined) return [];
  const start = startOf(head);
  const end = tail === 0 ? document.text.length : startOf(before.length - tail);
  return [
    { range: document.range(start, Math.max(start, end)), newText: after.slice(head, after.length - tail).join('') },
  ];
}

/** Lines with their ends. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}
