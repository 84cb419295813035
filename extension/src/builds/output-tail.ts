// The last lines that a step wrote.

import { plainLine } from '../logs/text.ts';

/** Lines that are kept, and characters of one. */
const mostLines = 200;
const longestLine = 2000;

export class OutputTail {
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  readonly #lines: string[] = [];
  /** The line that goes on. */
  #rest = '';

  push(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.pushText(this.#decoders[stream].decode(bytes, { stream: true }));
  }

  pushText(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    // What is drawn over again and again would grow without end.
    this.#rest = undrawn(lines.pop() ?? '').slice(-longestLine);
    // Not spread: there may be more lines than a call takes arguments.
    for (const line of lines.slice(-mostLines)) this.#lines.push(drawn(line).slice(0, longestLine));
    if (this.#lines.length > mostLines) this.#lines.splice(0, this.#lines.length - mostLines);
  }

  /** Without control sequences. */
  get lines(): readonly string[] {
    return [...this.#lines, ...(this.#rest === '' ? [] : [drawn(this.#rest)])].map(plainLine);
  }
}

/** What a terminal shows in the end of a line that was drawn several times. */
function drawn(line: string): string {
  const text = undrawn(line);
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

/** Without what was drawn over; a return at the end may be that of a line's end. */
function undrawn(line: string): string {
  return line.length < 2 ? line : line.slice(line.lastIndexOf('\r', line.length - 2) + 1);
}
