// From tokens that stand in each other to tokens side by side, as LSP wants them.

import type { Token } from '../language/tokens.ts';

/** Cuts each token where another one stands in it; of two that only overlap, the later one's rest is dropped. Linear but for a sort. */
export function flatten(nested: Token[]): Token[] {
  const flat: Token[] = [];
  const open: Token[] = [];
  let reached = 0;
  const emitTo = (end: number) => {
    const top = open.at(-1);
    if (top !== undefined && end > reached) flat.push(at(top, reached, end));
    reached = Math.max(reached, end);
  };
  for (const token of inOrder(nested)) {
    closeBefore(token.start);
    emitTo(token.start);
    const end = Math.min(token.end, open.at(-1)?.end ?? token.end);
    if (end > token.start) open.push(at(token, token.start, end));
    reached = Math.max(reached, token.start);
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

/** Wider ones first where they begin together. Most lists are in order already. */
function inOrder(tokens: Token[]): Token[] {
  const isBefore = (a: Token, b: Token) => a.start < b.start || (a.start === b.start && a.end >= b.end);
  const isSorted = tokens.every((token, index) => index === 0 || isBefore(tokens[index - 1] ?? token, token));
  return isSorted ? tokens : tokens.toSorted((a, b) => a.start - b.start || b.end - a.end);
}

/** The same token in another place. */
export function at({ type, modifiers }: Token, start: number, end: number): Token {
  return modifiers === undefined ? { start, end, type } : { start, end, type, modifiers };
}
