// The shapes that a value at a path may have.

import type { Step } from '../yaml/tree.ts';
import { composeShape, type Shape } from './shape.ts';

/** Every way in which the value at `path` may be said; none where anything may be there. */
export function shapesAt(path: readonly Step[]): readonly Shape[] {
  let shapes: readonly Shape[] = waysOf(composeShape());
  for (const step of path) {
    const next = shapes.flatMap((shape) => {
      const child = typeof step === 'number' ? shape.items : shape.property(step);
      return child === undefined ? [] : waysOf(child);
    });
    shapes = next;
  }
  return shapes;
}

/** The shape of the value at a path before one of its ways is chosen, which has the description. */
export function shapeAt(path: readonly Step[]): Shape | undefined {
  const last = path.at(-1);
  if (last === undefined) return composeShape();
  for (const shape of shapesAt(path.slice(0, -1))) {
    const child = typeof last === 'number' ? shape.items : shape.property(last);
    if (child !== undefined) return child;
  }
  return undefined;
}

export function waysOf(shape: Shape): readonly Shape[] {
  return shape.ways.length === 0 ? [shape] : shape.ways.flatMap(waysOf);
}
