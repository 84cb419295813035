// Comparing places.

import type { Place } from '../../../../runtime/src/spec/dockerfile/model.ts';
import type { DockerfileView } from '../view.ts';

/** Whether an offset of the file is in a place, or at its end, where an editor's cursor stands after a word. */
export function touches({ file }: DockerfileView, { item, span }: Place, offset: number): boolean {
  const at = offset - (file.starts[item] ?? 0);
  return span.start <= at && at <= span.end;
}

/** Sorts by the order of the file. */
export function byPlace(a: Place, b: Place): number {
  return a.item - b.item || a.span.start - b.span.start;
}

/** The text at a place. */
export function textAt({ file }: DockerfileView, { item, span }: Place): string {
  return file.items[item]?.text.slice(span.start, span.end) ?? '';
}
