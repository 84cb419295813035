// Nodes moved to another place of the text.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { Anchor, Node, Pair, YamlFault } from './tree.ts';

export function shiftPair(pair: Pair, by: number): Pair {
  return { key: shift(pair.key, by), value: pair.value === undefined ? undefined : shift(pair.value, by) };
}

export function shiftFault(fault: YamlFault, by: number): YamlFault {
  return { ...fault, span: move(fault.span, by) };
}

/** As deep as the converter lets nodes be, so recursion is bounded. */
function shift(node: Node, by: number): Node {
  const span = move(node.span, by);
  const anchor = node.anchor === undefined ? undefined : moveAnchor(node.anchor, by);
  switch (node.kind) {
    case 'mapping':
      return { ...node, span, anchor, pairs: node.pairs.map((pair) => shiftPair(pair, by)) };
    case 'sequence':
      return { ...node, span, anchor, items: node.items.map((item) => shift(item, by)) };
    case 'alias':
      return { ...node, span, anchor, nameSpan: move(node.nameSpan, by) };
    case 'scalar':
      return { ...node, span, anchor };
  }
}

function moveAnchor(anchor: Anchor, by: number): Anchor {
  return { name: anchor.name, span: move(anchor.span, by) };
}

function move(span: Span, by: number): Span {
  return { start: span.start + by, end: span.end + by };
}
