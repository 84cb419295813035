// What the command of a build's step or a container writes, line by line.

/** A line that goes on for longer is cut here, so that a step without line ends takes no memory. */
const longestLine = 16_384;

/** Output as it comes, cut anywhere, as lines. */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** @param piece base64, or the bytes @returns the lines that are whole by now, without their ends */
  cut(piece: string | Uint8Array): string[] {
    const bytes = typeof piece === 'string' ? fromBase64(piece) : piece;
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > longestLine) lines.push(...this.rest());
    return lines.map((line) => line.replace(/\r$/, ''));
  }

  /** What stands after the last line end, once. */
  rest(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** Without control sequences: output of a step draws nothing on our screen. */
export function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]/g, '');
}
