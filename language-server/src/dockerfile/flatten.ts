// From tokens that stand in each other to tokens side by side, as LSP wants them.

import type { Token } from '../language/tokens.ts';

/** Cuts each token where another one stands in it; of two that only overlap, the later one's rest is dropped. Linear but for a sort. */
export function flatten(nested: Token[]): Token[] {
  const flat: Token[] = [];
  const open: Token[] = [];
  let at = 0;
  const emitTo = (end: number) => {
    const top = open.at(-1);
    if (top !== undefined && end > at) flat.push({ ...top, start: at, end });
    at = Math.max(at, end);
  };
  for (const token of nested.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    closeBefore(token.start);
    emitTo(token.start);
    const end = Math.min(token.end, open.at(-1)?.end ?? token.end);
    if (end > token.start) open.push({ ...token, end });
    at = Math.max(at, token.start);
  }
  closeBefore(Infinity);
  return flat;

  function closeBefore(start: number): void {
    for (let top = open.at(-1); top !== undefined && top.end <= start; top = open.at(-1)) {
      emitTo(top.end);
      open.pop();
    }
  }
}
