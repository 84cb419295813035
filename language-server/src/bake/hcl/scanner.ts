// A place in a text that moves on: white space, comments and words of HCL.

import type { Span } from '../../../../runtime/src/spec/dockerfile/tree.ts';
import type { HclFault } from './tree.ts';

const maximumFaults = 200;

export class Scanner {
  readonly text: string;
  readonly faults: HclFault[] = [];
  readonly comments: Span[] = [];
  at = 0;
  #end: number;

  constructor(text: string) {
    this.text = text;
    this.#end = text.length;
    if (text.startsWith('\uFEFF')) this.at = 1;
  }

  get done(): boolean {
    return this.at >= this.#end;
  }

  /** The character here, or an empty text at the end. */
  get char(): string {
    return this.done ? '' : this.text.charAt(this.at);
  }

  startsWith(text: string): boolean {
    return this.at + text.length <= this.#end && this.text.startsWith(text, this.at);
  }

  /** Moves past `text` where it is here. */
  take(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.at += text.length;
    return true;
  }

  fault(start: number, end: number, message: string): void {
    if (this.faults.length >= maximumFaults) return;
    const limit = Math.max(start, Math.min(end, this.text.length));
    // One place is wrong in one way.
    if (this.faults.at(-1)?.span.start === start) return;
    this.faults.push({ span: { start, end: limit }, message });
  }

  /** Moves past white space and comments; past line ends too where they have no meaning. */
  skip(lines: boolean): void {
    while (!this.done) {
      const char = this.text.charAt(this.at);
      if (char === ' ' || char === '\t' || char === '\r' || (lines && char === '\n')) this.at += 1;
      else if (char === '#' || this.startsWith('//')) this.#lineComment();
      else if (this.startsWith('/*')) this.#comment();
      else return;
    }
  }

  #lineComment(): void {
    const start = this.at;
    const newline = this.text.indexOf('\n', start);
    this.at = newline < 0 || newline > this.#end ? this.#end : newline;
    this.comments.push({ start, end: this.at });
  }

  #comment(): void {
    const start = this.at;
    const close = this.text.indexOf('*/', start + 2);
    this.at = close < 0 ? this.#end : close + 2;
    if (close < 0) this.fault(start, start + 2, 'This comment is never closed: `*/` is missing.');
    this.comments.push({ start, end: this.at });
  }

  /** A name, which may have dashes; undefined where none is here. */
  word(): { readonly text: string; readonly span: Span } | undefined {
    const start = this.at;
    if (this.done || !isWordStart(this.text.charCodeAt(start))) return undefined;
    let end = start + 1;
    while (end < this.#end && isWordPart(this.text.charCodeAt(end))) end += 1;
    this.at = end;
    return { text: this.text.slice(start, end), span: { start, end } };
  }

  /** Moves to the end of the line. */
  toLineEnd(): void {
    const newline = this.text.indexOf('\n', this.at);
    this.at = newline < 0 ? this.#end : newline;
  }
}

function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code > 127;
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || (code >= 48 && code <= 57) || code === 45;
}
