// Keeps a terminal open when its program has ended, so that what it wrote can be read; the next key closes it.

import { l10n } from '../l10n.ts';
import type { Size, TerminalProgram, TerminalScreen } from '../ui/ui.ts';

export class HeldProgram implements TerminalProgram {
  readonly #program: TerminalProgram;
  #close: (() => void) | undefined;

  constructor(program: TerminalProgram) {
    this.#program = program;
  }

  async run(screen: TerminalScreen): Promise<number | undefined> {
    const code = await this.#program.run(screen);
    if (screen.signal.aborted) return undefined;
    const ended = code === undefined ? l10n.t('The terminal was left.') : l10n.t('It exited with code {0}.', code);
    const closing = new Promise<void>((resolve) => {
      this.#close = resolve;
      screen.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await screen.write(`\r\n\u001b[2m${ended} ${l10n.t('Press any key to close the terminal.')}\u001b[0m\r\n`);
    await closing;
    // The code has been told.
    return undefined;
  }

  input(text: string): void {
    if (this.#close === undefined) this.#program.input?.(text);
    else this.#close();
  }

  resize(size: Size): void {
    this.#program.resize?.(size);
  }
}
