// What the tests do to the active text editor of a VS Code window, in a user's words. Selectors are those of VS Code 1.139.

import type { Locator } from 'playwright-core';
import { until } from '../helpers/poll.ts';
import { patience, type Workbench } from './workbench.ts';

export class Editor {
  readonly #vscode: Workbench;

  constructor(vscode: Workbench) {
    this.#vscode = vscode;
  }

  get #page() {
    return this.#vscode.page;
  }

  get #active(): Locator {
    return this.#page.locator('.editor-group-container.active');
  }

  /** @param name of a file in the folder that is open */
  async open(name: string): Promise<void> {
    await until(`${name} is offered`, async (attempt) => {
      const timeout = patience(attempt);
      await this.#page.keyboard.press('Control+P');
      await this.#vscode.quickInput.locator('input').fill(name, { timeout });
      await this.#vscode.pickRow(name).click({ timeout });
      return true;
    });
    await this.#active.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await this.#click();
  }

  /**
   * Clicks into the text once nothing lies over it. Playwright's own click scrolls what is covered, be it by a list that is just going, and
   * then lines that were drawn are out of sight for good.
   */
  async #click(): Promise<void> {
    const text = this.#active.locator('.view-lines').first();
    await until('the editor has the focus', async () => {
      const place = await text.evaluate((lines) => {
        const { left, right, top, bottom } = (lines.closest('.monaco-editor') ?? lines).getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        return lines.contains(lines.ownerDocument.elementFromPoint(x, y)) ? { x, y } : undefined;
      });
      // A bubble stays as long as the pointer is on it.
      if (place === undefined) await this.#page.mouse.move(0, 0);
      else await this.#page.mouse.click(place.x, place.y);
      return place !== undefined && (await this.#active.locator('.monaco-editor.focused').first().isVisible());
    });
  }

  /** Puts the cursor somewhere; both count from 1. A box that is accepted before it knows what it is for leads nowhere. */
  async goTo(line: number, column = 1): Promise<void> {
    const place = this.#page.locator('.statusbar').getByText(new RegExp(`^Ln ${line}, Col `));
    await until(`the cursor is in line ${line}`, async (attempt) => {
      const timeout = patience(attempt);
      if (attempt > 1) await this.#click();
      await this.#page.keyboard.press('Control+G');
      await this.#vscode.quickInput.locator('input').fill(`:${line},${column}`, { timeout });
      await this.#vscode.accept();
      await this.#vscode.quickInput.waitFor({ state: 'hidden', timeout });
      await place.waitFor({ timeout });
      return true;
    });
  }

  /** Replaces a line by what is typed, and saves. */
  async typeOver(line: number, text: string): Promise<void> {
    await until(`line ${line} is written`, async (attempt) => {
      await this.goTo(line);
      await this.#page.keyboard.press('Home');
      await this.#page.keyboard.press('Shift+End');
      await this.#page.keyboard.type(text);
      // Away with what is proposed, which lies over other lines.
      await this.#page.keyboard.press('Escape');
      await until(
        'it is drawn',
        async () => (await this.#vscode.editorText()).split('\n')[line - 1]?.trim().startsWith(text),
        {
          timeoutMs: patience(attempt),
        },
      );
      return true;
    });
    await this.save();
  }

  /** Until the file has it. */
  async save(): Promise<void> {
    await this.#page.keyboard.press('Control+S');
    await this.#page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  }

  /** Replaces everything by what is pasted: nothing is closed or laid out as when one types. The cursor is at its end then. */
  async write(text: string): Promise<void> {
    const lines = text.split('\n');
    const [first = ''] = lines;
    const end = `Ln ${lines.length}, Col ${(lines.at(-1)?.length ?? 0) + 1}`;
    const cursor = this.#page.locator('.statusbar').getByText(end, { exact: true });
    await until(`${first} is written`, async (attempt) => {
      const timeout = patience(attempt);
      await this.#page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
      await this.#click();
      await this.#page.keyboard.press('Control+A');
      await this.#page.keyboard.press('Control+V');
      // What was there before may begin with the same line.
      await cursor.waitFor({ timeout });
      // Where it was scrolled, it still is.
      await this.#page.keyboard.press('Control+Home');
      await until('it is drawn', async () => (await this.#vscode.editorText()).startsWith(first), {
        timeoutMs: timeout,
      });
      await this.#page.keyboard.press('Control+End');
      await cursor.waitFor({ timeout });
      return true;
    });
  }

  /** Types what a list of suggestions opens for, and waits until it offers the label. */
  async suggests(typed: string, label: string): Promise<Locator> {
    await this.#page.keyboard.type(typed, { delay: 30 });
    const row = this.#page
      .locator('.suggest-widget.visible .monaco-list-row')
      .filter({ has: this.#page.locator('.label-name').getByText(label, { exact: true }) })
      .first();
    await until(`${label} is suggested`, async (attempt) => {
      if (await row.isVisible()) return true;
      // What the engine or the disk had to be asked for is there when one asks again.
      await this.#page.keyboard.press('Escape');
      await this.#page.keyboard.press('Control+Space');
      await row.waitFor({ timeout: patience(attempt) });
      return true;
    });
    return row;
  }

  /** Types and takes the suggestion with this label. */
  async complete(typed: string, label: string): Promise<void> {
    const row = await this.suggests(typed, label);
    const before = await this.#vscode.editorText();
    await row.click();
    // By then the list may be open again, with what can come next: the same words among them.
    await until(`${label} is taken`, async () => (await this.#vscode.editorText()) !== before);
  }

  /** Closes lists and bubbles, and takes the line away that was being typed. */
  async clearLine(): Promise<void> {
    await this.#page.keyboard.press('Escape');
    await this.#page.keyboard.press('Escape');
    await this.#page.keyboard.press('End');
    await this.#page.keyboard.press('Shift+Home');
    await this.#page.keyboard.press('Delete');
  }

  /** What the bubble at a place says, once it says something that fits. */
  async hover(line: number, column: number, words: RegExp): Promise<string> {
    const bubble = this.#page.locator('.monaco-hover:visible');
    const text = await until(`the bubble says ${words}`, async (attempt) => {
      await this.goTo(line, column);
      await this.#page.keyboard.press('Control+K');
      await this.#page.keyboard.press('Control+I');
      await bubble
        .getByText(words)
        .first()
        .waitFor({ timeout: patience(attempt) });
      return await bubble.first().innerText();
    });
    await this.#page.keyboard.press('Escape');
    return text;
  }

  /** The remedies that the light bulb offers where the cursor is. */
  async remedies(): Promise<string[]> {
    const rows = this.#page.locator('.action-widget .monaco-list-row.action');
    await until('remedies are offered', async (attempt) => {
      await this.#page.keyboard.press('Control+.');
      await rows.first().waitFor({ timeout: patience(attempt) });
      return true;
    });
    const titles = await rows.allTextContents();
    await this.#page.keyboard.press('Escape');
    await rows.first().waitFor({ state: 'hidden' });
    return titles;
  }

  /** Takes an entry of the light bulb's menu, or of that of another command. */
  async act(title: string, command?: string): Promise<void> {
    const row = this.#page.locator('.action-widget .monaco-list-row.action', { hasText: title }).first();
    await until(`${title} is offered`, async (attempt) => {
      if (command === undefined) await this.#page.keyboard.press('Control+.');
      else await this.#vscode.runCommand(command);
      await row.waitFor({ timeout: patience(attempt) });
      return true;
    });
    // The menu ignores clicks at first.
    await until(`${title} is done`, async (attempt) => {
      if (await row.isVisible()) await row.click({ timeout: patience(attempt) });
      await row.waitFor({ state: 'hidden', timeout: patience(attempt) / 2 });
      return true;
    });
  }

  async rename(name: string): Promise<void> {
    await this.#page.keyboard.press('F2');
    const box = this.#page.locator('.rename-box input');
    await box.waitFor();
    await box.fill(name);
    await box.press('Enter');
    await box.waitFor({ state: 'hidden' });
  }

  /** Waits until the text that is drawn, hints in it, fits. */
  async has(words: RegExp): Promise<void> {
    await until(`the editor has ${words}`, async () => words.test(await this.#vscode.editorText())).catch(
      async (error: unknown) => {
        throw new Error(`the editor has\n${await this.#vscode.editorText()}`, { cause: error });
      },
    );
  }

  /** Of a problem in the panel: its row. */
  problem(code: string): Locator {
    return this.#page
      .locator('.markers-panel .monaco-list-row')
      .filter({ has: this.#page.locator('.marker-code').getByText(code, { exact: true }) });
  }

  /** The texts above lines. */
  lenses(): Locator {
    return this.#active.locator('.codelens-decoration');
  }

  /** The piece of a line that is drawn in one colour and holds this text. */
  piece(text: string): Locator {
    return this.#active.locator('.view-line span[class^=mtk]').getByText(text, { exact: true });
  }
}
