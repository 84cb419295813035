// Keys that the schema knows at a place, with the beginning of their value.

import { expectation } from '../schema/expectation.ts';
import { shapesAt, waysOf } from '../schema/at.ts';
import type { Shape } from '../schema/shape.ts';
import { entriesOf, type Node, type Step } from '../yaml/tree.ts';
import { kinds, type Asked, type Offer } from './offer.ts';

/** What most services have, in the order in which people write it. */
const common = [
  'services',
  'image',
  'build',
  'ports',
  'environment',
  'volumes',
  'depends_on',
  'networks',
  'command',
  'restart',
];

export function keyOffers(asked: Asked, path: readonly Step[]): Offer[] {
  const present = new Set(entriesOf(nodeAt(asked.view.file.root, path)).map(({ key }) => key.text));
  const { text } = asked.view.document;
  // The key that is being typed is not there yet.
  const own = text.slice(asked.cursor.span.start, asked.cursor.span.end);
  const followed = /^[ \t]*:/.test(text.slice(asked.cursor.span.end, asked.cursor.span.end + 100));
  const offers = new Map<string, Offer>();
  for (const shape of shapesAt(path)) {
    for (const key of shape.keys) {
      if ((present.has(key) && key !== own) || offers.has(key)) continue;
      const child = shape.property(key);
      if (child === undefined) continue;
      offers.set(key, {
        label: key,
        kind: kinds.Property,
        insert: followed ? key : key + opening(child, asked),
        detail: child.deprecated ? 'has no meaning any more' : expectation(child),
        text: child.description,
        rank: rank(key, shape),
        deprecated: child.deprecated,
        more: true,
      });
    }
  }
  return [...offers.values()];
}

function rank(key: string, shape: Shape): number {
  if (shape.required.includes(key)) return 0;
  const index = common.indexOf(key);
  return index < 0 ? 100 : 1 + index;
}

/** What follows a key: a list and a mapping begin on the next line. */
export function opening(shape: Shape, { cursor }: Asked): string {
  if (cursor.flow) return ': ';
  const first = waysOf(shape).find((way) => !way.types.has('null') || way.types.size > 1);
  if (first?.types.has('object') === true) return `:\n${' '.repeat(2)}`;
  return first?.types.has('array') === true ? `:\n${' '.repeat(2)}- ` : ': ';
}

/** The node at a path; undefined where there is none. */
export function nodeAt(root: Node | undefined, path: readonly Step[]): Node | undefined {
  let node = root;
  for (const step of path) {
    if (typeof step === 'number') node = node?.kind === 'sequence' ? node.items[step] : undefined;
    else node = entriesOf(node).find(({ key }) => key.text === step)?.value;
  }
  return node;
}
