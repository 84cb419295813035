// What a shape wants, in words.

import type { Shape, TypeName } from './shape.ts';

const words: Readonly<Record<TypeName, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: '`true` or `false`',
  null: 'nothing',
};

/** `a string or a list` */
export function expectation(shape: Shape): string {
  const types = typesOf(shape).filter((type) => type !== 'null');
  const names = types.map((type) => words[type]);
  return names.length <= 1 ? (names[0] ?? 'anything') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Types that a shape allows in any of its ways. */
export function typesOf(shape: Shape): readonly TypeName[] {
  const types = new Set(shape.types);
  for (const way of shape.ways) for (const type of typesOf(way)) types.add(type);
  return [...types];
}
