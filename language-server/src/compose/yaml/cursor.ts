// Where somebody types: told by the lines and their indentation, since what is half-typed is no YAML yet, and by the tree inside of
// brackets.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { lineStart } from '../../language/line-start.ts';
import { linePath, maximumLine, readLine } from './climb.ts';
import type { Step, YamlFile } from './tree.ts';
import { nodeAround, type Around } from './way.ts';

export interface Cursor {
  /** Of the mapping or sequence that holds what is typed; for a value, of the value itself. */
  readonly path: readonly Step[];
  /** `entry`: a key or an item may be typed here, `value`: what follows a key, or stands in an item. */
  readonly place: 'entry' | 'value';
  /** What is typed already and what belongs to it after the cursor. */
  readonly span: Span;
  /** From the beginning of `span` to the cursor. */
  readonly typed: string;
  /** The quote that the value begins with. */
  readonly quote: '"' | "'" | '';
  /** Whether a space is missing between the colon and the value. */
  readonly needsSpace: boolean;
  readonly flow: boolean;
  /** Whether a `- ` stands before the cursor in its line. */
  readonly inItem: boolean;
}

/** Undefined where nothing is completed: comments and texts over several lines. */
export function cursorAt(file: YamlFile, offset: number): Cursor | undefined {
  const start = lineStart(file.text, offset);
  const newline = file.text.indexOf('\n', offset);
  const end = newline < 0 ? file.text.length : newline;
  if (offset - start > maximumLine) return undefined;
  const line = readLine(file.text.slice(start, offset));
  if (line.inComment) return undefined;
  const around = nodeAround(file.root, offset);
  if (around.node?.kind === 'scalar' && around.node.style === 'block') return undefined;
  if (around.flow) return flowCursor(file.text, around, offset);
  const path = linePath(file.text, start, line);
  const rest = file.text.slice(offset, end);
  const from = start + line.valueColumn;
  const value = file.text.slice(from, offset);
  const quote = value.startsWith('"') ? '"' : value.startsWith("'") ? "'" : '';
  const word = wordAfter(rest, quote);
  const begin = from + quote.length;
  return {
    path: line.key === undefined ? path : [...path, line.key],
    place: line.key === undefined ? 'entry' : 'value',
    span: { start: Math.min(begin, offset), end: offset + word },
    typed: file.text.slice(begin, offset),
    quote,
    needsSpace: line.needsSpace,
    flow: false,
    inItem: line.markers.length > 0,
  };
}

/** What of the line behind the cursor belongs to the word at the cursor. */
function wordAfter(rest: string, quote: string): number {
  if (quote !== '') {
    const close = rest.indexOf(quote);
    return close < 0 ? rest.trimEnd().length : close;
  }
  return /^[^\s:#,\]}]*/.exec(rest)?.[0].length ?? 0;
}

/** In brackets: an item, a key, or what follows `key:`. */
function flowCursor(text: string, around: Around, offset: number): Cursor | undefined {
  const { holder } = around;
  if (holder === undefined) return undefined;
  const before = text.slice(Math.max(holder.span.start + 1, offset - maximumLine), offset);
  const part = /[^,[\]{}]*$/.exec(before)?.[0] ?? '';
  const pair = /^\s*(?:"([^"]*)"|'([^']*)'|([^\s:][^:]*?))\s*:\s+(.*)$/s.exec(part);
  const raw = pair === null ? part.trimStart() : (pair[4] ?? '');
  const quote = raw.startsWith('"') ? '"' : raw.startsWith("'") ? "'" : '';
  const typed = raw.slice(quote.length);
  const key = pair?.[1] ?? pair?.[2] ?? pair?.[3];
  const inner: Step[] = holder.kind === 'sequence' ? [0] : key === undefined ? [] : [key];
  return {
    path: [...around.path, ...inner],
    place: inner.length > 0 ? 'value' : 'entry',
    span: {
      start: offset - typed.length,
      end: offset + wordAfter(text.slice(offset, offset + 200).split('\n')[0] ?? '', quote),
    },
    typed,
    quote,
    needsSpace: false,
    flow: true,
    inItem: false,
  };
}
