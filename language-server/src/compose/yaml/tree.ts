// The YAML of a Compose file as a tree with places. It is made for every input: what is wrong is a `YamlFault`, and what can be
// read beside it is there. Aliases are leaves; nothing is expanded, so a bomb of aliases costs what its text costs.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';

export interface YamlFile {
  readonly text: string;
  /** Undefined for a file without content. */
  readonly root: Node | undefined;
  readonly faults: readonly YamlFault[];
}

/** What keeps the text from being YAML. */
export interface YamlFault {
  readonly span: Span;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

export type Node = Mapping | Sequence | Scalar | Alias;

interface Common {
  readonly span: Span;
  readonly anchor: Anchor | undefined;
  /** `!reset`, `!override`, … as written. */
  readonly tag: string | undefined;
}

export interface Anchor {
  readonly name: string;
  /** Of the name, without `&`. */
  readonly span: Span;
}

export interface Mapping extends Common {
  readonly kind: 'mapping';
  readonly flow: boolean;
  readonly pairs: readonly Pair[];
}

export interface Pair {
  readonly key: Node;
  /** Undefined where no colon follows the key: it is half-typed. */
  readonly value: Node | undefined;
}

export interface Sequence extends Common {
  readonly kind: 'sequence';
  readonly flow: boolean;
  readonly items: readonly Node[];
}

export interface Scalar extends Common {
  readonly kind: 'scalar';
  readonly style: 'plain' | 'single' | 'double' | 'block';
  readonly value: string | number | boolean | null;
  /** What it would be as a string: `1.10` and not 1.1. */
  readonly text: string;
}

export interface Alias extends Common {
  readonly kind: 'alias';
  readonly name: string;
  /** Of the name, without `*`. */
  readonly nameSpan: Span;
}

/** A step from a node to one inside: a key, or the place in a sequence. */
export type Step = string | number;

/** The text of a key or of a scalar value; undefined for other kinds. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' ? node.text : undefined;
}

/** The last pair of that key, as the last one counts; undefined where there is none. */
export function pairOf(node: Node | undefined, key: string): Pair | undefined {
  if (node?.kind !== 'mapping') return undefined;
  return node.pairs.findLast((pair) => pair.key.kind === 'scalar' && pair.key.text === key);
}

export function valueOf(node: Node | undefined, ...keys: readonly string[]): Node | undefined {
  let value = node;
  for (const key of keys) value = pairOf(value, key)?.value;
  return value;
}

/** Pairs whose key is a scalar, with the key. */
export function entriesOf(node: Node | undefined): readonly { key: Scalar; value: Node | undefined }[] {
  if (node?.kind !== 'mapping') return [];
  return node.pairs.flatMap(({ key, value }) => (key.kind === 'scalar' ? [{ key, value }] : []));
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'sequence' ? node.items : [];
}

/** The span of what a scalar says, without its quotes. */
export function innerSpan(scalar: Scalar): Span {
  const { start, end } = scalar.span;
  return scalar.style === 'single' || scalar.style === 'double'
    ? { start: start + 1, end: Math.max(start + 1, end - 1) }
    : { start, end };
}

/** Whether offset `at` is in the span or at its end. */
export function touches(span: Span, at: number): boolean {
  return span.start <= at && at <= span.end;
}

/** Every node below and with `node`, in the order of the text. */
export function* nodesOf(node: Node | undefined): Iterable<Node> {
  const pending: Node[] = node === undefined ? [] : [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    if (next.kind === 'sequence') for (const item of next.items.toReversed()) pending.push(item);
    if (next.kind !== 'mapping') continue;
    for (const { key, value } of next.pairs.toReversed()) {
      if (value !== undefined) pending.push(value);
      pending.push(key);
    }
  }
}

const listed = new WeakMap<YamlFile, readonly Node[]>();

/** Every node of a file, in the order of the text; listed once. */
export function allNodes(file: YamlFile): readonly Node[] {
  const known = listed.get(file);
  if (known !== undefined) return known;
  const nodes: Node[] = [];
  if (file.root !== undefined) list(file.root, nodes);
  listed.set(file, nodes);
  return nodes;
}

/** As deep as the converter lets nodes be. */
function list(node: Node, nodes: Node[]): void {
  nodes.push(node);
  if (node.kind === 'sequence') for (const item of node.items) list(item, nodes);
  if (node.kind !== 'mapping') return;
  for (const { key, value } of node.pairs) {
    list(key, nodes);
    if (value !== undefined) list(value, nodes);
  }
}
