// A text document as an LSP client has it: immutable, so that what is computed of it can be kept by it. Offsets are UTF-16 code
// units, as in JavaScript and in our trees; positions are lines and characters in the encoding that was agreed with the client.

import type { Position, Range, TextDocumentContentChangeEvent } from 'vscode-languageserver';
import type { Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import { type Encoding, isLineEnd, lineEnds, offsetOfUnits, unitsOf } from './units.ts';

/** One replacement: `text` for what stood from `start` to `end`. */
export interface TextChange extends Span {
  readonly text: string;
}

export class Document {
  readonly uri: string;
  readonly languageId: string;
  readonly version: number;
  readonly text: string;
  readonly encoding: Encoding;
  /** The same for all versions from its opening on: what is kept by it goes when the document is closed. */
  readonly opening: object;
  #lineStarts: readonly number[] | undefined;
  #lastLine = 0;

  constructor(
    about: {
      readonly uri: string;
      readonly languageId: string;
      readonly version: number;
      readonly encoding?: Encoding;
      readonly opening?: object;
    },
    text: string,
    lineStarts?: readonly number[],
  ) {
    this.uri = about.uri;
    this.languageId = about.languageId;
    this.version = about.version;
    this.encoding = about.encoding ?? 'utf-16';
    this.opening = about.opening ?? {};
    this.text = text;
    this.#lineStarts = lineStarts;
  }

  /** Where lines begin; lines end with `\n`, `\r\n` or `\r`, as LSP says. */
  get lineStarts(): readonly number[] {
    this.#lineStarts ??= [0, ...lineEnds(this.text, 0)];
    return this.#lineStarts;
  }

  /** Index of the line that holds `offset`. Whoever walks through the text is answered at once. */
  lineAt(offset: number): number {
    const starts = this.lineStarts;
    for (let line = this.#lastLine; line <= this.#lastLine + 1; line++) {
      if ((starts[line] ?? Infinity) <= offset && offset < (starts[line + 1] ?? Infinity))
        return (this.#lastLine = line);
    }
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return (this.#lastLine = low);
  }

  /** Offsets beyond the text count as its end. */
  positionAt(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.text.length));
    const line = this.lineAt(at);
    return { line, character: unitsOf(this.text, this.lineStarts[line] ?? 0, at, this.encoding) };
  }

  /** Positions beyond a line count as its end, before the line's end; lines beyond the text as the text's end. */
  offsetAt(position: Position): number {
    const starts = this.lineStarts;
    const start = starts[position.line];
    if (start === undefined) return position.line < 0 ? 0 : this.text.length;
    const end = this.lineEnd(position.line);
    return offsetOfUnits(this.text, { start, end }, Math.max(0, position.character), this.encoding);
  }

  /** Where a line ends, without its `\n`, `\r\n` or `\r`. */
  lineEnd(line: number): number {
    const start = this.lineStarts[line] ?? this.text.length;
    let end = this.lineStarts[line + 1] ?? this.text.length;
    while (end > start && line + 1 < this.lineStarts.length && isLineEnd(this.text.charCodeAt(end - 1))) end--;
    return end;
  }

  range(start: number, end: number): Range {
    return { start: this.positionAt(start), end: this.positionAt(end) };
  }

  /** The next version, and what a client's changes were in offsets, each of the text that the ones before it made. */
  edit(
    version: number,
    events: readonly TextDocumentContentChangeEvent[],
  ): { document: Document; changes: TextChange[] } {
    const changes: TextChange[] = [];
    let document = new Document({ ...this.#about, version }, this.text, this.lineStarts);
    for (const event of events) {
      const change = document.#changeOf(event);
      changes.push(change);
      document = document.#apply(change);
    }
    return { document, changes };
  }

  get #about() {
    const { uri, languageId, version, encoding, opening } = this;
    return { uri, languageId, version, encoding, opening };
  }

  #changeOf(event: TextDocumentContentChangeEvent): TextChange {
    if (!('range' in event)) return { start: 0, end: this.text.length, text: event.text };
    const ends = [this.offsetAt(event.range.start), this.offsetAt(event.range.end)];
    return { start: Math.min(...ends), end: Math.max(...ends), text: event.text };
  }

  #apply(change: TextChange): Document {
    const { start, end, text } = change;
    const next = this.text.slice(0, start) + text + this.text.slice(end);
    return new Document(this.#about, next, this.#linesAfter(change, next));
  }

  /** Only the lines that a change touches are looked for anew; the ones behind it move. */
  #linesAfter({ start, end, text }: TextChange, next: string): readonly number[] {
    const starts = this.lineStarts;
    // A `\r` before the change may meet a `\n` in it, and one in it a `\n` behind it: a line more on each side is read again.
    const first = Math.max(0, this.lineAt(start) - 1);
    const last = Math.min(starts.length - 1, this.lineAt(end) + 1);
    const moved = text.length - (end - start);
    const from = starts[first] ?? 0;
    const to = last + 1 < starts.length ? (starts[last + 1] ?? 0) + moved : next.length;
    const middle = lineEnds(next.slice(from, to), from);
    const behind = starts.slice(last + 1 < starts.length && middle.at(-1) === to ? last + 2 : last + 1);
    return starts.slice(0, first + 1).concat(middle, moved === 0 ? behind : behind.map((at) => at + moved));
  }
}
