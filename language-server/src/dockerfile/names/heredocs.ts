// The delimiters of heredocs.

import { itemAt } from '../items.ts';
import type { DockerfileView } from '../view.ts';
import type { Named, Occurrence } from './named.ts';
import { touches } from './places.ts';

export function heredocAt(view: DockerfileView, offset: number): Named | undefined {
  const item = itemAt(view.file, offset);
  for (const { delimiter, delimiterSpan, endSpan } of view.instruction(item)?.heredocs ?? []) {
    const opening: Occurrence = { item, span: delimiterSpan, role: 'definition' };
    const closing: Occurrence[] =
      endSpan === undefined ? [] : [{ item, span: delimiterAlone(endSpan, delimiter), role: 'use' }];
    const occurrences = [opening, ...closing];
    const here = occurrences.find((each) => touches(view, each, offset));
    if (here !== undefined)
      return { kind: 'heredoc', name: delimiter, here, definition: opening, occurrences, fixed: undefined };
  }
  return undefined;
}

/** The line of the end without the tabs before it. */
function delimiterAlone({ end }: { readonly end: number }, delimiter: string): { start: number; end: number } {
  return { start: end - delimiter.length, end };
}
