// Formatting as LSP asks for it, over the formatter.

import type { FormattingOptions, TextEdit } from 'vscode-languageserver';
import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { formatDockerfile, type Edit } from '../format/format.ts';
import { itemAt } from './items.ts';
import type { DockerfileView } from './view.ts';

export function formatting(view: DockerfileView, options: FormattingOptions): TextEdit[] {
  return format(view, options, undefined);
}

export function rangeFormatting(view: DockerfileView, span: Span, options: FormattingOptions): TextEdit[] {
  return format(view, options, span);
}

/** Behind a line's end that continues an instruction, the new line is indented as continued lines are. */
export function onTypeFormatting(
  view: DockerfileView,
  offset: number,
  typed: string,
  options: FormattingOptions,
): TextEdit[] {
  if (typed !== '\n') return [];
  const { text } = view.document;
  const item = view.instruction(itemAt(view.file, Math.max(0, offset - 1)));
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(text.lastIndexOf('\n', lineStart - 2) + 1, lineStart).trimEnd();
  if (item === undefined || !before.endsWith(view.file.escape)) return [];
  const blank = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? '';
  const above = /^[ \t]*/.exec(before)?.[0] ?? '';
  const unit = options.insertSpaces ? ' '.repeat(options.tabSize) : '\t';
  const indent = above === '' ? unit : above;
  return blank === indent ? [] : [{ range: view.document.range(lineStart, lineStart + blank.length), newText: indent }];
}

function format(view: DockerfileView, options: FormattingOptions, within: Span | undefined): TextEdit[] {
  const { tabSize, insertSpaces } = options;
  const edits = formatDockerfile(view.file, { tabSize, insertSpaces, keywords: 'upper' }, within);
  return edits.map(({ span, text }: Edit) => ({ range: view.document.range(span.start, span.end), newText: text }));
}
