// Whether two YAML texts say the same.

import { nodesOf, type Node, type YamlFile } from '../yaml/tree.ts';

/** Kinds, values, keys, anchors, aliases, tags and styles; places aside. */
export function sameTree(a: Node | undefined, b: Node | undefined): boolean {
  const others = nodesOf(b)[Symbol.iterator]();
  for (const node of nodesOf(a)) {
    const other = others.next();
    if (other.done === true || !sameNode(node, other.value)) return false;
  }
  return others.next().done === true;
}

function sameNode(a: Node, b: Node): boolean {
  if (a.kind !== b.kind || a.anchor?.name !== b.anchor?.name || a.tag !== b.tag) return false;
  if (a.kind === 'scalar' && b.kind === 'scalar')
    return a.value === b.value && a.text === b.text && a.style === b.style;
  if (a.kind === 'alias' && b.kind === 'alias') return a.name === b.name;
  if (a.kind === 'sequence' && b.kind === 'sequence') return a.items.length === b.items.length && a.flow === b.flow;
  // A half-typed key has no value where the other may have one.
  if (a.kind !== 'mapping' || b.kind !== 'mapping' || a.pairs.length !== b.pairs.length || a.flow !== b.flow)
    return false;
  return a.pairs.every(({ value }, index) => (value === undefined) === (b.pairs[index]?.value === undefined));
}

/** Comments in order, each without the white space around it. */
export function commentsOf(text: string, file: YamlFile): readonly string[] {
  const texts: { readonly start: number; readonly end: number }[] = [];
  for (const node of nodesOf(file.root)) if (node.kind === 'scalar') texts.push(node.span);
  const comments: string[] = [];
  let index = 0;
  for (let at = text.indexOf('#'); at >= 0; at = text.indexOf('#', at + 1)) {
    while ((texts[index]?.end ?? Infinity) <= at) index += 1;
    const start = texts[index]?.start ?? Infinity;
    if (start <= at || (at > 0 && !/\s/.test(text.charAt(at - 1)))) continue;
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    comments.push(text.slice(at, end).trim());
    at = end - 1;
  }
  return comments;
}
