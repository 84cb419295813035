// The way from text that was joined (continuations, chomped heredocs, unquoted values) back to where it stands in its item.

import type { Logical, Span } from './tree.ts';

/** The place in the item of the character at `at`; for the end of the text, one past its last character. */
export function sourceOffset(logical: Logical, at: number): number {
  const { segments } = logical;
  const inside = at >= logical.text.length && at > 0 ? at - 1 : at;
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.at ?? 0) <= inside) low = middle;
    else high = middle - 1;
  }
  const segment = segments[low];
  return segment === undefined ? at : segment.source + at - segment.at;
}

/** The place in the joined text of the character at `source`; of what was left out, the place of what comes next. */
export function logicalOffset(logical: Logical, source: number): number {
  const { segments } = logical;
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.source ?? 0) <= source) low = middle;
    else high = middle - 1;
  }
  const segment = segments[low];
  if (segment === undefined) return Math.min(source, logical.text.length);
  const end = segments[low + 1]?.at ?? logical.text.length;
  return Math.max(segment.at, Math.min(segment.at + source - segment.source, end));
}

/** The stretch of the item from the character at `start` to before the one at `end`; what was left out between them is inside. */
export function sourceSpan(logical: Logical, start: number, end: number): Span {
  const { segments } = logical;
  if (segments.length === 1) {
    const shift = (segments[0]?.source ?? 0) - (segments[0]?.at ?? 0);
    return { start: start + shift, end: end + shift };
  }
  const from = sourceOffset(logical, start);
  return { start: from, end: end > start ? sourceOffset(logical, end - 1) + 1 : from };
}

/** A part of a logical text as one of its own. */
export function sliceLogical(logical: Logical, start: number, end: number): Logical {
  const text = logical.text.slice(start, end);
  const { segments } = logical;
  if (segments.length === 1) return { text, segments: [{ at: 0, source: sourceOffset(logical, start) }] };
  const parts = [{ at: 0, source: sourceOffset(logical, start) }];
  for (const { at, source } of segments) {
    if (at > start && at < end) parts.push({ at: at - start, source });
  }
  return { text, segments: parts };
}

/** Collects text from pieces of a source and remembers where each came from. */
export class LogicalBuilder {
  #text = '';
  #next = -1;
  readonly #segments: { at: number; source: number }[] = [];

  get length(): number {
    return this.#text.length;
  }

  /** Adds `text`, which stands at `source`. */
  add(text: string, source: number): void {
    if (text === '') return;
    if (source !== this.#next) this.#segments.push({ at: this.#text.length, source });
    this.#text += text;
    this.#next = source + text.length;
  }

  /** @param empty where the text would stand, were there any */
  build(empty: number): Logical {
    return { text: this.#text, segments: this.#segments.length === 0 ? [{ at: 0, source: empty }] : this.#segments };
  }
}
