// Definitions in the order of the file, and those that no line makes.

import { platformArguments } from './globals.ts';
import type { Definition, Model } from './model.ts';
import { keptBy } from './kept.ts';

/** A definition, and the first item that it counts for. */
export interface Placed {
  readonly from: number;
  readonly definition: Definition;
}

/** Definitions by name, each list in the order of the file. */
export type PlacedByName = Map<string, Placed[]>;

export function put(scope: PlacedByName, from: number, definition: Definition): void {
  const placed = scope.get(definition.name);
  if (placed === undefined) scope.set(definition.name, [{ from, definition }]);
  else placed.push({ from, definition });
}

/** The last definition that counts for an item: those of its own line do not. */
export function lastBefore(definitions: readonly Placed[], item: number): Definition | undefined {
  let low = 0;
  let high = definitions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((definitions[middle]?.from ?? 0) <= item) low = middle + 1;
    else high = middle;
  }
  return definitions[low - 1]?.definition;
}

/** What FROM and the ARGs before it can use: the platform's arguments, and the ARGs before an item. */
export function* globalsBefore(model: Model, item: number): Generator<[string, Definition]> {
  for (const [name] of platformArguments) yield [name, predefined(name, undefined)];
  for (const definition of model.globals) {
    if ((definition.place?.item ?? 0) < item) yield [definition.name, definition];
  }
}

/** The global ARG of a name, or the platform's argument, for an item. */
export function globalBefore(model: Model, item: number, name: string): Definition | undefined {
  const own = lastBefore(globalsByName(model).get(name) ?? [], item);
  return own ?? (platformArguments.has(name) ? predefined(name, undefined) : undefined);
}

const placedGlobals = keptBy<Model['globals'], PlacedByName>();

function globalsByName(model: Model): PlacedByName {
  let placed = placedGlobals.get(model.globals);
  if (placed !== undefined) return placed;
  placed = new Map();
  for (const definition of model.globals) put(placed, (definition.place?.item ?? 0) + 1, definition);
  placedGlobals.set(model.globals, placed);
  return placed;
}

/** A variable that the builder sets by itself. */
export function predefined(name: string, value: string | undefined): Definition {
  return { kind: 'predefined', name, place: undefined, value, global: undefined };
}
