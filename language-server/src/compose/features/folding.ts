// Folding: every entry and item over several lines, texts, and runs of comments.

import { FoldingRangeKind, type FoldingRange } from 'vscode-languageserver';
import type { ComposeView } from '../view.ts';
import { nodesOf } from '../yaml/tree.ts';

export function folding(view: ComposeView): FoldingRange[] {
  const ranges = new Map<number, FoldingRange>();
  const add = (start: number, end: number) => {
    const startLine = view.document.lineAt(start);
    const endLine = view.document.lineAt(Math.max(start, end));
    // Of two that begin on one line the longer one is the entry.
    if (endLine > startLine && endLine > (ranges.get(startLine)?.endLine ?? 0))
      ranges.set(startLine, { startLine, endLine });
  };
  for (const node of nodesOf(view.file.root)) {
    if (node.kind === 'mapping') {
      for (const { key, value } of node.pairs) if (value !== undefined) add(key.span.start, value.span.end);
    } else if (node.kind === 'sequence') for (const item of node.items) add(item.span.start, item.span.end);
  }
  return [...ranges.values(), ...comments(view)];
}

function comments({ document }: ComposeView): FoldingRange[] {
  const { lineStarts, text } = document;
  const ranges: FoldingRange[] = [];
  let first = -1;
  for (let line = 0; line <= lineStarts.length; line += 1) {
    const isComment = line < lineStarts.length && startsWithHash(text, lineStarts[line] ?? 0);
    if (isComment && first < 0) first = line;
    if (isComment || first < 0) continue;
    if (line - 1 > first) ranges.push({ startLine: first, endLine: line - 1, kind: FoldingRangeKind.Comment });
    first = -1;
  }
  return ranges;
}

function startsWithHash(text: string, start: number): boolean {
  let at = start;
  while (text.charAt(at) === ' ') at += 1;
  return text.charAt(at) === '#';
}
