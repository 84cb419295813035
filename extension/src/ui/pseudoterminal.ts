// A program of ours as VS Code's terminal: sizes, input and closing in, text and the exit code out.

import * as vscode from 'vscode';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { l10n } from '../l10n.ts';
import { plainLine } from '../logs/text.ts';
import { plainTitle } from './plain.ts';
import type { Size, TerminalOptions, TerminalProgram, TerminalScreen } from './ui.ts';

/** VS Code does not say when it has drawn: after so much text it is given a moment. */
const breathAfter = 128 * 1024;
const breathMs = 8;

/** What VS Code makes a terminal of. */
export function terminalOptions({ name, icon, program }: TerminalOptions): vscode.ExtensionTerminalOptions {
  return { name: plainTitle(plainLine(name)), pty: new ProgramTerminal(program), iconPath: new vscode.ThemeIcon(icon) };
}

export function openTerminal(options: TerminalOptions): void {
  vscode.window.createTerminal(terminalOptions(options)).show();
}

class ProgramTerminal implements vscode.Pseudoterminal, TerminalScreen {
  readonly #program: TerminalProgram;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number | void>();
  readonly #controller = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;
  size: Size | undefined;
  #sinceBreath = 0;
  /** The program failed; the next key closes the terminal. */
  #isOver = false;

  constructor(program: TerminalProgram) {
    this.#program = program;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    this.size = dimensions;
    void this.#run();
  }

  async #run(): Promise<void> {
    let code: number | undefined;
    try {
      code = await this.#program.run(this);
    } catch (error) {
      if (this.signal.aborted) return;
      // Closing now would take the words away before they are read.
      const words = plainLine(messageOf(error));
      this.#written.fire(`\r\n\u001b[31m${words}\u001b[0m\r\n${l10n.t('Press any key to close the terminal.')}\r\n`);
      this.#isOver = true;
      return;
    }
    this.#closed.fire(code);
  }

  close(): void {
    this.#controller.abort();
  }

  handleInput(text: string): void {
    if (this.#isOver) this.#closed.fire();
    else this.#program.input?.(text);
  }

  setDimensions(dimensions: vscode.TerminalDimensions): void {
    this.size = dimensions;
    this.#program.resize?.(dimensions);
  }

  async write(text: string): Promise<void> {
    this.#written.fire(text);
    this.#sinceBreath += text.length;
    if (this.#sinceBreath < breathAfter) return;
    this.#sinceBreath = 0;
    await new Promise((resolve) => setTimeout(resolve, breathMs));
  }
}
