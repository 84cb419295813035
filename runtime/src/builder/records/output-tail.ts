// The end of what a step wrote, for its record.

/** Characters that are kept. */
const most = 16 * 1024;

export class OutputTail {
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  #text = '';

  push(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.#text += this.#decoders[stream].decode(bytes, { stream: true });
    if (this.#text.length > 2 * most) this.#cut();
  }

  /** @param hidden texts that must not be kept */
  text(hidden: readonly string[]): string {
    let text = this.#text;
    for (const each of hidden) text = text.replaceAll(each, '***');
    return text.length > most ? text.slice(text.indexOf('\n', text.length - most) + 1) : text;
  }

  /** Of the middle, so that a hidden text at the edge is still whole. */
  #cut(): void {
    this.#text = this.#text.slice(-(most + most / 2));
  }
}
