// The page's terminal, at one process at a time.

import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import type { WebAnswer } from '../../../runtime/src/web/client.ts';

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

export class PageTerminal {
  readonly #terminal = new Terminal({ convertEol: false, scrollback: 5000 });
  #session: WebAnswer | undefined;
  #resized: (size: Size) => void = () => undefined;

  constructor(element: HTMLElement) {
    const fit = new FitAddon();
    this.#terminal.loadAddon(fit);
    this.#terminal.open(element);
    fit.fit();
    const encoder = new TextEncoder();
    this.#terminal.onData((text) => void this.#session?.write(encoder.encode(text)));
    this.#terminal.onResize(() => this.#resized(this.size));
    addEventListener('resize', () => fit.fit());
  }

  get size(): Size {
    return { rows: this.#terminal.rows, columns: this.#terminal.cols };
  }

  /** Shows what a process with a terminal writes, to its end; whoever was shown before is left. @param resized called when the size changes */
  async show(session: WebAnswer, resized: (size: Size) => void): Promise<void> {
    this.#session?.close();
    this.#session = session;
    this.#resized = resized;
    this.#terminal.reset();
    this.#terminal.focus();
    try {
      for await (const bytes of session.body) {
        // At the terminal's pace.
        await new Promise<void>((resolve) => this.#terminal.write(bytes, resolve));
      }
    } catch (error) {
      // Left for another one.
      if (this.#session === session) throw error;
    }
    if (this.#session === session) this.#session = undefined;
  }
}
