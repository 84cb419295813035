// Places in the tree of a file: what is there, and what is around.

import { textOf, touches, type Node, type Step } from './tree.ts';

export interface Around {
  readonly path: readonly Step[];
  readonly node: Node | undefined;
  /** Whether the place is inside of brackets, and of which. */
  readonly flow: boolean;
  readonly holder: Node | undefined;
}

/** The innermost node at a place, and the innermost bracket that holds it. */
export function nodeAround(root: Node | undefined, offset: number): Around {
  let node = root;
  let path: Step[] = [];
  let holder: Node | undefined;
  let holderPath: Step[] = [];
  while (node !== undefined && (node.kind === 'mapping' || node.kind === 'sequence')) {
    if (node.flow && node.span.start < offset && offset <= node.span.end && !closesAt(node, offset)) {
      holder = node;
      holderPath = path;
    }
    const next = childAt(node, offset);
    if (next === undefined) break;
    path = [...path, next.step];
    node = next.node;
  }
  return { path: holder === undefined ? path : holderPath, node, flow: holder !== undefined, holder };
}

/** After the closing bracket one is outside. */
function closesAt(node: Node, offset: number): boolean {
  return node.span.end === offset && node.span.end - node.span.start > 1;
}

function childAt(node: Node, offset: number): { readonly step: Step; readonly node: Node } | undefined {
  if (node.kind === 'sequence') {
    const index = node.items.findIndex((item) => touches(item.span, offset));
    const item = node.items[index];
    return item === undefined ? undefined : { step: index, node: item };
  }
  if (node.kind !== 'mapping') return undefined;
  for (const { key, value } of node.pairs) {
    if (value !== undefined && touches(value.span, offset)) return { step: textOf(key) ?? '', node: value };
  }
  return undefined;
}

/** The way to a place in the tree: every node that holds it, from the outside in. */
export interface Way {
  readonly path: readonly Step[];
  readonly node: Node;
  /** Whether the place is in the key of the last step. */
  readonly isKey: boolean;
}

/** The innermost key or value at a place. */
export function wayTo(root: Node | undefined, offset: number): Way | undefined {
  let node = root;
  const path: Step[] = [];
  while (node !== undefined) {
    if (node.kind === 'mapping') {
      const key = node.pairs.find((pair) => touches(pair.key.span, offset));
      if (key !== undefined) return { path: [...path, textOf(key.key) ?? ''], node: key.key, isKey: true };
    }
    const next = childAt(node, offset);
    if (next === undefined) break;
    path.push(next.step);
    node = next.node;
  }
  if (node === undefined || node.kind === 'mapping' || node.kind === 'sequence') return undefined;
  return touches(node.span, offset) ? { path, node, isKey: false } : undefined;
}
