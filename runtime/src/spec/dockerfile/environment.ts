// What the pairs of an ENV set.

import { expandWord, type Lookup } from './expand.ts';
import type { Definition } from './model.ts';
import type { Instruction } from './tree.ts';

/**
 * The variables that an ENV sets, all filled in with what holds before it. A name without a value is refused by builders; while somebody
 * writes it, it is the variable's place all the same.
 */
export function environmentOf({ form }: Instruction, item: number, lookup: Lookup): readonly Definition[] {
  if (form.kind !== 'pairs') return [];
  return form.pairs.flatMap(({ key, value }): Definition[] => {
    const name = expandWord(key, lookup).value;
    if (name === undefined || name === '') return [];
    const known = value === undefined ? undefined : expandWord(value, lookup).value;
    return [{ kind: 'env', name, place: { item, span: key.span }, value: known, global: undefined }];
  });
}
