// What the command of a build's step writes, line by line.

/** A line that goes on for longer is cut here, so that a step without line ends takes no memory. */
const longestLine = 16_384;

/** Output of a step as it comes: bytes in base64, cut anywhere, as lines. */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** @returns the lines that are whole by now, without their ends */
  cut(base64: string): string[] {
    const lines = (this.#rest + this.#decoder.decode(fromBase64(base64), { stream: true })).split('\n');
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
