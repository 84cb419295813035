// Counting in lines and in the units of a position encoding.

import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';

/** LSP 3.17's `PositionEncodingKind`, those that we speak. */
export type Encoding = 'utf-16' | 'utf-8';

const lineFeed = 10;
const carriageReturn = 13;

/** Whether a code unit is part of a line's end. */
export function isLineEnd(unit: number): boolean {
  return unit === lineFeed || unit === carriageReturn;
}

/** Where lines begin after each line end of `text`, which itself begins at `base`. */
export function lineEnds(text: string, base: number): number[] {
  const starts: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === carriageReturn && text.charCodeAt(at + 1) === lineFeed) continue;
    if (isLineEnd(unit)) starts.push(base + at + 1);
  }
  return starts;
}

/** How many units of `encoding` stand between two offsets. */
export function unitsOf(text: string, start: number, end: number, encoding: Encoding): number {
  if (encoding === 'utf-16') return end - start;
  let units = 0;
  for (let at = start; at < end; at++) units += bytesOf(text, at);
  return units;
}

/** The offset that stands `units` behind a line's start, or the line's end when it is shorter. */
export function offsetOfUnits(text: string, line: Span, units: number, encoding: Encoding): number {
  if (encoding === 'utf-16') return Math.min(line.start + units, line.end);
  let at = line.start;
  let left = units;
  // The second half of a pair is no byte more.
  while (at < line.end && (left > 0 || bytesOf(text, at) === 0)) left -= bytesOf(text, at++);
  return at;
}

/** UTF-8 bytes of the code unit at `at`: of a surrogate pair four, told with its first half. */
function bytesOf(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  if (unit >= 0xd800 && unit < 0xdc00 && isLowHalf(text.charCodeAt(at + 1))) return 4;
  return isLowHalf(unit) && at > 0 && isHighHalf(text.charCodeAt(at - 1)) ? 0 : 3;
}

function isHighHalf(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowHalf(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
