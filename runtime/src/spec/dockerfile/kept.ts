// What is found out of a file's parts and kept with them, and the way to be rid of it early. The entries of a WeakMap go with the next
// full collection only: until then each file of a thousand would be moved from one part of the heap to the next, with all that it has.

import type { Model } from './model.ts';

const all: WeakMap<object, unknown>[] = [];

/** A map of facts by the model, stages, definitions or item that they were found out of. */
export function keptBy<K extends object, V>(): WeakMap<K, V> {
  const map = new WeakMap<K, V>();
  all.push(map);
  return map;
}

/** Forgets what was found out of a file that is not asked about again; whoever does gets the same answers, later. */
export function letGo(model: Model): void {
  const { file, stages, globals } = model;
  for (const map of all) {
    map.delete(model);
    map.delete(stages);
    map.delete(globals);
    for (const item of file.items) map.delete(item);
  }
}
