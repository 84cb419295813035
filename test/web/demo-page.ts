// What the tests do to the demo page, in a user's words.

import type { Locator, Page } from 'playwright-core';
import { isStored } from '../helpers/browser-store.ts';
import { until } from '../helpers/poll.ts';

export class DemoPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(page: Page, url: string): Promise<DemoPage> {
    await page.goto(url);
    return new DemoPage(page);
  }

  async status(): Promise<string | null> {
    return await this.page.locator('#status').textContent();
  }

  /** What the page says went wrong. */
  async problem(): Promise<string | undefined> {
    const problem = this.page.locator('#problem');
    return (await problem.isVisible()) ? ((await problem.textContent()) ?? '') : undefined;
  }

  image(name: string): Locator {
    return this.page.locator('#images li').filter({ hasText: name });
  }

  /** The container in that state; there is at most one. */
  container(state: string): Locator {
    return this.page.locator(`#containers li[data-state="${state}"]`);
  }

  async press(row: Locator, name: string): Promise<void> {
    await row.getByRole('button', { name, exact: true }).click();
  }

  async type(line: string): Promise<void> {
    await this.page.locator('.xterm-helper-textarea').focus();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  /** xterm draws blanks as no-break spaces. */
  async terminalText(): Promise<string> {
    const rows = await this.page.locator('.xterm-rows > div').allTextContents();
    return rows
      .map((row) => row.replaceAll('\u00a0', ' '))
      .join('\n')
      .trimEnd();
  }

  /** The pattern meets the typed line too: anchor it. */
  async waitForTerminal(pattern: RegExp): Promise<void> {
    let text = '';
    await until(`${String(pattern)} in the terminal`, async () => {
      text = await this.terminalText();
      const problem = await this.problem();
      if (problem !== undefined) throw new Error(`the page says: ${problem}; its terminal shows:\n${text}`);
      if (!pattern.test(text)) throw new Error(`the terminal shows:\n${text}`);
      return true;
    });
  }

  /** Whether a text is in what the browser has stored for the engine. */
  async isStored(text: string): Promise<boolean> {
    return await isStored(this.page, 'coracle-demo', text);
  }

  /** Turns a bit of it round. No engine may run. */
  async damageStore(): Promise<void> {
    await this.page.evaluate(damage);
  }
}

/** Runs in the page. */
async function damage(): Promise<void> {
  const answerOf = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('the store gives no answer'));
    });
  const database = await answerOf(indexedDB.open('coracle-demo', 1));
  try {
    const pages = database.transaction(['pages'], 'readwrite').objectStore('pages');
    const page = (await answerOf(pages.get(1))) as Uint8Array;
    await answerOf(pages.put(page.with(1000, (page[1000] ?? 0) ^ 1), 1));
  } finally {
    database.close();
  }
}
