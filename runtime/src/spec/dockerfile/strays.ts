// ENV before the first FROM: no build takes it, but while that FROM is not written yet, names lead there.

import { globalBefore, lastBefore, put, type PlacedByName } from './definitions.ts';
import { environmentOf } from './environment.ts';
import { unknownValue } from './expand.ts';
import { keptBy } from './kept.ts';
import type { Definition, Model } from './model.ts';

/** The variables that ENV gives a value before any FROM. */
export function strays(model: Model): PlacedByName {
  const known = kept.get(model.stages);
  if (known !== undefined) return known;
  const found: PlacedByName = new Map();
  const end = model.stages[0]?.item ?? model.file.items.length;
  for (const [item, instruction] of model.file.items.slice(0, end).entries()) {
    if (instruction.kind !== 'instruction' || instruction.name !== 'ENV') continue;
    const lookup = (name: string) => strayBefore(found, item, name, model)?.value ?? unknownValue;
    for (const definition of environmentOf(instruction, item, lookup)) put(found, item + 1, definition);
  }
  kept.set(model.stages, found);
  return found;
}

const kept = keptBy<Model['stages'], PlacedByName>();

/** Of ENV and ARG before any FROM, the one that gives a variable its value for an item. */
export function strayBefore(found: PlacedByName, item: number, name: string, model: Model): Definition | undefined {
  const stray = lastBefore(found.get(name) ?? [], item);
  const global = globalBefore(model, item, name);
  const isLast = (stray?.place?.item ?? -1) > (global?.place?.item ?? -1);
  return isLast ? stray : global;
}
