// Lines of YAML by their indentation: what a line begins, and the way from it to the top of the file.

import { lineStart } from '../../language/line-start.ts';
import type { Step } from './tree.ts';

/** Nobody types in a longer line. */
export const maximumLine = 2000;

export interface Line {
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

export function readLine(text: string): Line {
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
export function linePath(text: string, from: number, line: Line): Step[] {
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
