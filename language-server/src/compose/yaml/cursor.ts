// Where somebody types: told by the lines and their indentation, since what is half-typed is no YAML yet, and by the tree inside of
// brackets.

import { lineStart } from '../../language/line-start.ts';
import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import { innerSpan, textOf, touches, type Node, type Step, type YamlFile } from './tree.ts';

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
  /** Column of what is typed: inner lines of what is inserted are indented from here. */
  readonly column: number;
  readonly flow: boolean;
  /** Whether a `- ` stands before the cursor in its line. */
  readonly inItem: boolean;
}

/** Nobody types in a longer one, and expressions that look at lines are linear only in short ones. */
const maximumLine = 2000;

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
  if (around.flow) return flowCursor(file.text, around, offset, start);
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
    column: line.column,
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

interface Line {
  /** Columns of the `-` that begin items. */
  readonly markers: readonly number[];
  /** Where the content after them begins. */
  readonly column: number;
  readonly key: string | undefined;
  /** Whether nothing but an anchor, a tag or a comment follows the key. */
  readonly open: boolean;
  readonly valueColumn: number;
  readonly needsSpace: boolean;
  readonly blank: boolean;
  /** Whether nothing but a comment stands in it. */
  readonly comment: boolean;
  /** Whether its end is in a comment. */
  readonly inComment: boolean;
}

function readLine(text: string): Line {
  let column = indentOf(text, 0);
  const markers: number[] = [];
  while (text.charAt(column) === '-' && /[ \t]/.test(text.charAt(column + 1))) {
    markers.push(column);
    column = indentOf(text, column + 1);
  }
  const content = text.slice(column);
  const key = /^(?:"([^"]*)"|'([^']*)'|([^\s"'#:&*[{][^:#]*))\s*:(\s+|$)/.exec(content);
  const name = key?.[1] ?? key?.[2] ?? key?.[3]?.trimEnd();
  const after = key === null ? content : content.slice(key[0].length);
  return {
    markers,
    column,
    key: name,
    open: key !== null && /^(?:[&!][^\s]*\s*)*(?:#.*)?$/.test(after),
    valueColumn: key === null ? column : column + key[0].length,
    needsSpace: key !== null && key[4] === '',
    blank: content.trim() === '' && markers.length === 0,
    comment: content.startsWith('#'),
    inComment: content.startsWith('#') || hasComment(after),
  };
}

/** A `#` after white space, outside of quotes. */
function hasComment(text: string): boolean {
  if (text.startsWith('"') || text.startsWith("'")) return false;
  return /\s#/.test(text) || text.startsWith('#');
}

function indentOf(text: string, from: number): number {
  let at = from;
  while (text.charAt(at) === ' ') at += 1;
  return at;
}

/** Steps to the mapping or sequence that a line's content stands in, found upwards. */
function linePath(text: string, from: number, line: Line): Step[] {
  const path: Step[] = [];
  const climb = new Climb(path, line.column);
  climb.markers(line.markers);
  let end = from - 1;
  while (end >= 0 && !climb.done) {
    const start = lineStart(text, end);
    const above = readLine(text.slice(start, Math.min(end, start + maximumLine)).trimEnd());
    if (!above.blank && !above.comment) climb.line(above);
    end = start - 1;
  }
  return path.toReversed();
}

/** The way from a column outwards. Steps are collected from the inside out. */
class Climb {
  readonly #path: Step[];
  /** What is looked for: the key above a mapping at this column, or the beginning of the item or the sequence that it is in. */
  #column: number;
  #sequence = false;
  #index = 0;

  constructor(path: Step[], column: number) {
    this.#path = path;
    this.#column = column;
  }

  get done(): boolean {
    return this.#column <= 0 && !this.#sequence;
  }

  /** Markers of the line itself, or of the line that begins the item. */
  markers(markers: readonly number[]): void {
    for (const column of markers.toReversed()) {
      if (this.#sequence) this.#path.push(this.#index);
      this.#sequence = true;
      this.#index = 0;
      this.#column = column;
    }
  }

  line(line: Line): void {
    if (this.#sequence) this.#inSequence(line);
    else this.#inMapping(line);
  }

  #inMapping(line: Line): void {
    if (line.column < this.#column) {
      if (line.key === undefined || !line.open) return;
      this.#path.push(line.key);
      this.#column = line.column;
      this.markers(line.markers);
      return;
    }
    const marker = line.markers.findLast((column) => column < this.#column);
    // The line begins the item that the content belongs to.
    if (marker !== undefined) this.markers(line.markers.filter((column) => column < this.#column));
  }

  #inSequence(line: Line): void {
    const [first] = line.markers;
    if (line.markers.includes(this.#column)) {
      const outer = line.markers.filter((column) => column < this.#column);
      this.#index += 1;
      if (outer.length > 0) this.#leave(outer);
      return;
    }
    if (line.column > this.#column || (first !== undefined && first >= this.#column)) return;
    if (line.key === undefined || !line.open) return;
    this.#path.push(this.#index, line.key);
    this.#sequence = false;
    this.#column = line.column;
    this.markers(line.markers);
  }

  #leave(outer: readonly number[]): void {
    this.#path.push(this.#index);
    this.#index = 0;
    this.#sequence = false;
    this.markers(outer);
  }
}

interface Around {
  readonly path: readonly Step[];
  readonly node: Node | undefined;
  /** Whether the place is inside of brackets, and of which. */
  readonly flow: boolean;
  readonly holder: Node | undefined;
}

/** The innermost node at a place, and the innermost bracket that holds it. */
function nodeAround(root: Node | undefined, offset: number): Around {
  let node = root;
  let path: Step[] = [];
  let holder: Node | undefined;
  let holderPath: Step[] = [];
  while (node !== undefined && (node.kind === 'mapping' || node.kind === 'sequence')) {
    if (node.flow && node.span.start < offset && offset <= node.span.end && !closesAt(node, offset)) {
      holder = node;
      holderPath = path;
    }
    const next = childAt(node, offset);
    if (next === undefined) break;
    path = [...path, next.step];
    node = next.node;
  }
  return { path: holder === undefined ? path : holderPath, node, flow: holder !== undefined, holder };
}

/** After the closing bracket one is outside. */
function closesAt(node: Node, offset: number): boolean {
  return node.span.end === offset && node.span.end - node.span.start > 1;
}

function childAt(node: Node, offset: number): { readonly step: Step; readonly node: Node } | undefined {
  if (node.kind === 'sequence') {
    const index = node.items.findIndex((item) => touches(item.span, offset));
    const item = node.items[index];
    return item === undefined ? undefined : { step: index, node: item };
  }
  if (node.kind !== 'mapping') return undefined;
  for (const { key, value } of node.pairs) {
    if (value !== undefined && touches(value.span, offset)) return { step: textOf(key) ?? '', node: value };
  }
  return undefined;
}

/** In brackets: an item, a key, or what follows `key:`. */
function flowCursor(text: string, around: Around, offset: number, from: number): Cursor | undefined {
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
    column: offset - from,
    flow: true,
    inItem: false,
  };
}

/** The way to a place in the tree: every node that holds it, from the outside in. */
export interface Way {
  readonly path: readonly Step[];
  readonly node: Node;
  /** Whether the place is in the key of the last step. */
  readonly isKey: boolean;
}

/** The innermost key or value at a place. */
export function wayTo(root: Node | undefined, offset: number): Way | undefined {
  let node = root;
  const path: Step[] = [];
  while (node !== undefined) {
    if (node.kind === 'mapping') {
      const key = node.pairs.find((pair) => touches(pair.key.span, offset));
      if (key !== undefined) return { path: [...path, textOf(key.key) ?? ''], node: key.key, isKey: true };
    }
    const next = childAt(node, offset);
    if (next === undefined) break;
    path.push(next.step);
    node = next.node;
  }
  if (node === undefined || node.kind === 'mapping' || node.kind === 'sequence') return undefined;
  return touches(node.span, offset) ? { path, node, isKey: false } : undefined;
}

/** Where in the text of a scalar a place is. */
export function offsetIn(node: Node, offset: number): number {
  return node.kind === 'scalar' ? offset - innerSpan(node).start : offset - node.span.start;
}
