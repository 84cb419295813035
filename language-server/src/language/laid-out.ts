// A text that is laid out, line by line: each keeps the end that it had, empty lines come alone, and the last line has an end.

export class LaidOut {
  readonly #lines: { readonly text: string; readonly end: string }[] = [];

  /** @param end `\n` or `\r\n`; empty for a last line without one */
  add(text: string, end: string): void {
    this.#lines.push({ text, end });
  }

  /** An empty line, but for a second one and for one at the beginning. */
  space(end: string): void {
    const last = this.#lines.at(-1);
    if (last !== undefined && last.text !== '') this.add('', end);
  }

  toString(): string {
    while (this.#lines.at(-1)?.text.trim() === '') this.#lines.pop();
    const usual = this.#lines.find(({ end }) => end !== '')?.end ?? '\n';
    return this.#lines.map(({ text, end }) => text + (end === '' ? usual : end)).join('');
  }
}
