// What the tests do to the debugger of a VS Code window, in a user's words. Selectors are those of VS Code 1.139.

import { until } from '../helpers/poll.ts';
import type { Editor } from './editor.ts';
import { patience, type Workbench } from './workbench.ts';

export class Debugging {
  readonly #vscode: Workbench;

  constructor(vscode: Workbench) {
    this.#vscode = vscode;
  }

  get #page() {
    return this.#vscode.page;
  }

  /** In the active editor. @param line from 1 */
  async toggleBreakpoint(editor: Editor, line: number): Promise<void> {
    const kinds = ['', '-unverified'].map((end) => `.codicon-debug-breakpoint${end}`);
    // Of this editor: others may have some, and they are listed beside.
    const dot = this.#page.locator(kinds.map((kind) => `.editor-group-container.active .monaco-editor ${kind}`).join());
    await until(`line ${line} has a breakpoint`, async (attempt) => {
      if (await dot.first().isVisible()) return true;
      await editor.goTo(line);
      await this.#page.keyboard.press('F9');
      // A second time would take it away.
      await dot.first().waitFor({ timeout: 3 * patience(attempt) });
      return true;
    });
  }

  /** Waits until the program stands still in a line of the active editor. */
  async stoppedAt(line: number): Promise<void> {
    const arrow = this.#page.locator('.debug-top-stack-frame-line');
    const said: string[] = [];
    await until(
      'it stops',
      async () => {
        const words = await this.#vscode.notifications();
        said.push(...words.filter((each) => !said.includes(each)));
        return await arrow.first().isVisible();
      },
      { timeoutMs: 240_000 },
    ).catch(async (error: unknown) => {
      const shown = [...said, await this.consoleText()].join('\n');
      throw new Error(`it did not stop; the window says\n${shown}`, { cause: error });
    });
    await until(`line ${line} is reached`, async () => {
      const text = await this.#page.locator('.debug-call-stack .stack-frame .line-number').first().textContent();
      return text?.startsWith(`${line}:`) === true;
    });
  }

  /** What the view shows of a variable of the function that stands still. */
  async variable(name: string): Promise<string> {
    const rows = this.#page.locator('.debug-variables .monaco-list-row');
    const row = rows
      .filter({ has: this.#page.locator('.name').getByText(new RegExp(`^${name}\\s*[:=]?\\s*$`)) })
      .first();
    return await until(`${name} is shown`, async (attempt) => {
      const scope = rows.filter({ hasText: /^Local/ }).first();
      // Drawn anew, and closed, each time the program stops.
      if ((await scope.getAttribute('aria-expanded')) === 'false') await scope.click();
      return (
        (await row
          .locator('.value')
          .first()
          .textContent({ timeout: patience(attempt) })) ?? undefined
      );
    });
  }

  /** Presses a button of the debugger's bar. */
  async press(title: 'Continue' | 'Restart' | 'Stop' | 'Disconnect'): Promise<void> {
    await this.#page.locator(`.debug-toolbar .action-label[aria-label^="${title}"]`).click();
  }

  /** Waits until nothing is debugged. */
  async over(): Promise<void> {
    await this.#page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  }

  async consoleText(): Promise<string> {
    const lines = await this.#page.locator('.repl .monaco-list-row .value').allTextContents();
    return lines.map((line) => line.replaceAll('\u00a0', ' ').trimEnd()).join('\n');
  }

  async consoleShows(words: RegExp): Promise<void> {
    await until(`the console shows ${words}`, async () => words.test(await this.consoleText())).catch(
      async (error: unknown) => {
        throw new Error(`the console shows\n${await this.consoleText()}`, { cause: error });
      },
    );
  }
}
