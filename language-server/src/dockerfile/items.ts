// From an offset to the item that holds it, and what stands around an item.

import type { Model, Stage } from '../../../runtime/src/spec/dockerfile/model.ts';
import type { Dockerfile } from '../../../runtime/src/spec/dockerfile/tree.ts';

/** Items that an editor is told of when it does not say which are on the screen: more would cost seconds at each key. */
export const mostItemsTold = 20_000;

/** Index of the item that holds `offset`; the last one for the text's end. */
export function itemAt({ starts, items }: Dockerfile, offset: number): number {
  let low = 0;
  let high = items.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

/** The stage of an item; for what follows the last instruction, the last stage. */
export function stageAt(model: Model, item: number): Stage | undefined {
  return model.stageOf(item) ?? model.stages.findLast((stage) => stage.item <= item);
}

/** The image that a stage stands on, through the stages between; undefined for `scratch` and what only the build knows. */
export function baseImage(stage: Stage | undefined): string | undefined {
  let current = stage;
  // Stages only stand on earlier ones.
  while (current?.base.kind === 'stage') current = current.base.stage;
  return current?.base.kind === 'image' ? current.base.reference : undefined;
}

/** The stage and the ones below it, from the top. */
export function* chain(stage: Stage | undefined): Generator<Stage> {
  let current = stage;
  while (current !== undefined) {
    yield current;
    current = current.base.kind === 'stage' ? current.base.stage : undefined;
  }
}
