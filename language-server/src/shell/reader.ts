// Where the shell parser stands in its text, and what it has found so far. Offsets count in the joined text; spans, in what comes
// out, in the instruction: the way back through continuations is here and nowhere else in the room.

import { sourceSpan } from '../../../runtime/src/spec/dockerfile/logical.ts';
import type { Logical, Span } from '../../../runtime/src/spec/dockerfile/tree.ts';
import type { ShellToken, Statement } from './tree.ts';

/** Deeper nesting than this is read as plain words: nobody writes it, and the stack is finite. */
const deepest = 40;

/** What ends a list: a closing character, a case's end, one of a few reserved words, or only the end of the text. */
export type Closing = 'end' | 'parenthesis' | 'case' | readonly string[];

/** A heredoc whose body comes after the line's end. */
export interface PendingHeredoc {
  readonly delimiter: string;
  readonly chomp: boolean;
}

type ReadList = (reader: Reader, closing: Closing) => readonly Statement[];

export class Reader {
  readonly text: string;
  readonly heredocs: PendingHeredoc[] = [];
  /** Where tokens go; undefined where nobody asks for them, which makes reading faster. */
  readonly #tokens: ShellToken[] | undefined;
  /** Stays true as long as everything that was opened has been closed. */
  complete = true;
  at: number;
  /** Where reading ends: that of the text, or of a backquoted script in it. */
  end: number;
  #depth = 0;
  readonly #source: Logical;
  readonly #readList: ReadList;

  /** `readList` is the grammar, which words need for the scripts in them. */
  constructor(source: Logical, range: Span, readList: ReadList, tokens?: ShellToken[]) {
    this.#readList = readList;
    this.#tokens = tokens;
    this.text = source.text;
    this.#source = source;
    this.at = range.start;
    this.end = range.end;
  }

  /** The character code here, or `ahead` of here; -1 past the end. */
  code(ahead = 0): number {
    const at = this.at + ahead;
    return at < this.end ? this.text.charCodeAt(at) : -1;
  }

  startsWith(text: string): boolean {
    return this.at + text.length <= this.end && this.text.startsWith(text, this.at);
  }

  span(start: number, end: number): Span {
    return sourceSpan(this.#source, start, end);
  }

  token(type: ShellToken['type'], start: number, end: number): void {
    if (end > start) this.#tokens?.push({ type, span: this.span(start, end) });
  }

  /** Reads an operator of that many characters and makes it a token. */
  operator(length: number): void {
    this.token('operator', this.at, this.at + length);
    this.at += length;
  }

  /** Reads statements up to what closes the list, and a closing parenthesis with it; reserved words are left for the caller. */
  list(closing: Closing): readonly Statement[] {
    return this.#readList(this, closing);
  }

  /** Runs `read` one level deeper; undefined, and nothing read, where that would be too deep. */
  nested<T>(read: () => T): T | undefined {
    if (this.#depth >= deepest) {
      this.complete = false;
      return undefined;
    }
    this.#depth += 1;
    const result = read();
    this.#depth -= 1;
    return result;
  }
}
