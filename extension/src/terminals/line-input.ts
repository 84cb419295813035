// A little line discipline for containers without a terminal of their own: what is typed is shown and sent line by line.

export interface Typed {
  /** For the screen. */
  readonly echo: string;
  /** For the container. */
  readonly send: string;
  /** Ctrl-D on an empty line: the input ends. */
  readonly isEnd: boolean;
}

export class LineInput {
  #line: string[] = [];

  push(text: string): Typed {
    let echo = '';
    let send = '';
    for (const char of text) {
      if (char === '\r' || char === '\n') {
        echo += '\r\n';
        send += `${this.#line.join('')}\n`;
        this.#line = [];
      } else if (char === '\u007f' || char === '\b') {
        if (this.#line.pop() !== undefined) echo += '\b \b';
      } else if (char === '\u0004') {
        if (this.#line.length === 0) return { echo, send, isEnd: true };
        send += this.#line.join('');
        this.#line = [];
      } else if (char >= ' ') {
        this.#line.push(char);
        echo += char;
      }
    }
    return { echo, send, isEnd: false };
  }
}
