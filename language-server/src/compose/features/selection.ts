// Selections that grow: the word, the value, its entry, the mapping, and so on to the file.

import type { SelectionRange } from 'vscode-languageserver';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { ComposeView } from '../view.ts';
import { innerSpan, touches, type Node } from '../yaml/tree.ts';

export function selection(view: ComposeView, offset: number): SelectionRange {
  const { document, file } = view;
  const spans: Span[] = [{ start: 0, end: document.text.length }];
  let node: Node | undefined = file.root;
  while (node !== undefined && touches(node.span, offset)) {
    spans.push(node.span);
    if (node.kind === 'scalar') spans.push(innerSpan(node));
    node = inside(node, offset, spans);
  }
  let range: SelectionRange = { range: document.range(0, document.text.length) };
  let last: Span = { start: 0, end: document.text.length };
  for (const span of spans) {
    const isSmaller = span.start >= last.start && span.end <= last.end && span.end - span.start < last.end - last.start;
    if (!isSmaller || !touches(span, offset)) continue;
    range = { range: document.range(span.start, span.end), parent: range };
    last = span;
  }
  return range;
}

/** The child at a place; the entry that it is the value of is put among the spans. */
function inside(node: Node, offset: number, spans: Span[]): Node | undefined {
  if (node.kind === 'sequence') return node.items.find((item) => touches(item.span, offset));
  if (node.kind !== 'mapping') return undefined;
  for (const { key, value } of node.pairs) {
    const entry = { start: key.span.start, end: Math.max(key.span.end, value?.span.end ?? 0) };
    if (!touches(entry, offset)) continue;
    spans.push(entry);
    return touches(key.span, offset) || value === undefined ? key : value;
  }
  return undefined;
}
