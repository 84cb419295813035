// What the tests do to a VS Code window, in a user's words. Selectors are those of VS Code 1.139.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { until } from '../helpers/poll.ts';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Nothing but this machine, whatever the page asks for.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** Nothing takes so long, however busy the machine is. */
const usualMs = 180_000;

/** How long an attempt waits for what it has asked for, in ms: on a busy machine a few seconds may not be enough, ever. */
export function patience(attempt: number): number {
  return Math.min(3000 * attempt, 30_000);
}

/** Tries until it works or the time is up; each attempt gets more time, and `undo` runs before the next. */
async function retry<T>(timeoutMs: number, attempt: (ms: number) => Promise<T>, undo: () => Promise<void>): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (let count = 1; ; count++) {
    try {
      return await attempt(patience(count));
    } catch (error) {
      if (Date.now() > end) throw error;
      await undo();
    }
  }
}

export class Workbench implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #profile: string;
  readonly #timeoutMs: number;

  static async launch(size = { width: 1280, height: 800 }, timeoutMs = usualMs): Promise<Workbench> {
    const profile = mkdtempSync(join(tmpdir(), 'vsb-'));
    const context = await chromium.launchPersistentContext(profile, {
      // Chromium writes below HOME and TMPDIR too, wherever the profile is.
      env: { PATH: process.env['PATH'] ?? '', HOME: profile, TMPDIR: profile },
      executablePath: '/usr/bin/chromium',
      timeout: usualMs,
      headless: true,
      args: flags,
      viewport: size,
      locale: 'en-US',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    context.setDefaultTimeout(timeoutMs);
    return new Workbench(context, context.pages()[0] ?? (await context.newPage()), profile, timeoutMs);
  }

  private constructor(context: BrowserContext, page: Page, profile: string, timeoutMs: number) {
    this.#context = context;
    this.page = page;
    this.#profile = profile;
    this.#timeoutMs = timeoutMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /**
   * Opens a window on a folder of the server's side.
   * @param payload names and values that only a server in test-driver mode heeds, such as `extensionTestsPath`
   */
  async open(url: string, folder: string, payload: Readonly<Record<string, string>> = {}): Promise<void> {
    const address = new URL(url);
    address.searchParams.set('folder', folder);
    address.searchParams.set('payload', JSON.stringify(Object.entries(payload)));
    await this.page.goto(address.href, { waitUntil: 'commit' });
    // Drawn once the window is restored and the remote file system answers.
    await this.page.locator('.monaco-workbench .part.sidebar .pane-header').first().waitFor();
  }

  async screenshot(file: string): Promise<void> {
    mkdirSync(dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
  }

  /** All that is written in the window now, the end of it where it is much. */
  async words(): Promise<string> {
    const words = await this.page.locator('.monaco-workbench').innerText({ timeout: 10_000 });
    return words.replaceAll(/\n\s*\n/g, '\n').slice(-4000);
  }

  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  /** A row of the open quick pick, by its label. */
  pickRow(label: string | RegExp): Locator {
    return this.quickInput
      .locator('.monaco-list-row')
      .filter({ has: this.page.getByText(label, typeof label === 'string' ? { exact: true } : {}) })
      .first();
  }

  /** By the title that the palette shows, category included: `View: Focus Problems`. */
  async runCommand(title: string): Promise<void> {
    await retry(
      this.#timeoutMs,
      async (timeout) => {
        await this.page.keyboard.press('F1');
        await this.quickInput.locator('input').fill(`>${title}`, { timeout });
        await this.pickRow(title).click({ timeout });
      },
      // The list does not grow by itself when an extension registers more.
      async () => await this.page.keyboard.press('Escape'),
    );
  }

  /** Fills the input box of this title, or the filter of the quick pick, and accepts. */
  async answer(title: string, text: string): Promise<void> {
    await this.quickInput.locator('.quick-input-title').getByText(title, { exact: true }).waitFor();
    await this.quickInput.locator('input').first().fill(text);
    await this.accept();
  }

  /** Presses Enter in the open box or list, which may have lost the focus. */
  async accept(): Promise<void> {
    await this.quickInput.locator('.quick-input-box input').press('Enter');
  }

  /** A view container of the activity bar. */
  async openView(title: string): Promise<void> {
    const label = this.page.locator(`.action-label[aria-label^="${title}"]`);
    // The item, since a badge may lie over its label.
    await this.page.locator('.activitybar .action-item').filter({ has: label }).click();
  }

  /** The section of a view in the side bar. */
  section(title: string): Locator {
    return this.page.locator('.sidebar .pane', { has: this.page.locator('.pane-header', { hasText: title }) });
  }

  /** Without the copies of rows that stick to the top while others scroll below them. */
  treeItems(): Locator {
    return this.page.locator('.sidebar .pane-body .monaco-list-row:not(.monaco-tree-sticky-row)');
  }

  /** The row with exactly this label. */
  treeItem(label: string): Locator {
    return this.treeItems().filter({ has: this.page.locator('.label-name').getByText(label, { exact: true }) });
  }

  async expand(row: Locator): Promise<void> {
    await retry(
      this.#timeoutMs,
      async (timeout) => {
        // VS Code may be opening the row itself; a second click would close it.
        if ((await row.getAttribute('aria-expanded')) !== 'true') await row.locator('.monaco-tl-twistie').click();
        await row.and(this.page.locator('[aria-expanded="true"]')).waitFor({ timeout });
      },
      async () => undefined,
    );
  }

  /**
   * Chooses an entry of a row's menu. A menu ignores the mouse at first, so the click is repeated until it is gone; one that closed
   * before it was clicked, since its row was drawn anew, is opened again.
   * @param path the entry's label, after those of the entries that open the menus it lies in
   */
  async contextMenu(row: Locator, ...path: readonly string[]): Promise<void> {
    const entries = path.map((label) => this.page.locator('.monaco-menu').getByText(label, { exact: true }));
    const [entry, ...parents] = entries.toReversed();
    if (entry === undefined) throw new Error('no entry of the menu is named');
    let isClicked = false;
    await retry(
      this.#timeoutMs,
      async (timeout) => {
        if (!(await entry.isVisible())) {
          // A click that took too long may have been one all the same.
          if (isClicked || (await this.#asks())) return;
          await this.#openMenu(row, parents.toReversed(), timeout);
        }
        await entry.click({ timeout });
        isClicked = true;
        await entry.waitFor({ state: 'hidden', timeout: timeout / 3 });
      },
      () => this.#closeMenuWithout(parents.at(-1) ?? entry),
    );
  }

  /** Whether a dialog or a list waits for an answer. */
  async #asks(): Promise<boolean> {
    return (await this.page.locator('.monaco-dialog-box').isVisible()) || (await this.quickInput.isVisible());
  }

  /** A menu that was opened before its row had all that is to be known of it lacks the entry, and lies over the row for good. */
  async #closeMenuWithout(entry: Locator): Promise<void> {
    if (await entry.isVisible()) return;
    if (await this.page.locator('.monaco-menu').first().isVisible()) await this.page.keyboard.press('Escape');
  }

  /** @param parents of an entry, the outermost first: each opens another menu. Where they are shown already the menu is open. */
  async #openMenu(row: Locator, parents: readonly Locator[], timeout: number): Promise<void> {
    const [first] = parents;
    if (first === undefined || !(await first.isVisible())) await row.click({ button: 'right', timeout });
    for (const parent of parents) await parent.click({ timeout });
  }

  /** Presses a button of the open modal, again where that was not heeded. */
  async modal(button: string): Promise<void> {
    const one = this.page.locator('.monaco-dialog-box').getByRole('button', { name: button, exact: true });
    await one.waitFor();
    await retry(
      this.#timeoutMs,
      async (timeout) => {
        if (await one.isVisible()) await one.click({ timeout });
        await one.waitFor({ state: 'hidden', timeout });
      },
      async () => undefined,
    );
  }

  /** The words of all notifications that are shown. */
  async notifications(): Promise<string[]> {
    return await this.page.locator('.notifications-toasts .notification-list-item-message').allTextContents();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item-message', { hasText: text });
  }

  /** Types a line once all of it is shown: what still takes the focus while a terminal opens, takes keys as well. */
  async typeInTerminal(line: string): Promise<void> {
    const keys = this.page.locator('.terminal-wrapper.active .xterm-helper-textarea');
    // Lines that are too long for the terminal go on in the next.
    const squeezed = (text: string) => text.replaceAll(/\s/g, '');
    await retry(
      this.#timeoutMs,
      async (timeout) => {
        await keys.focus({ timeout });
        await this.page.keyboard.type(line);
        await until('the line is shown', async () => squeezed(await this.terminalText()).endsWith(squeezed(line)), {
          timeoutMs: timeout,
        });
      },
      // Takes the line away that was begun.
      async () => await keys.press('Control+U'),
    );
    await keys.press('Enter');
  }

  /** What the terminal shows now; xterm draws blanks as no-break spaces. */
  async terminalText(): Promise<string> {
    const rows = await this.page.locator('.terminal-wrapper.active .xterm-rows > div').allTextContents();
    return rows
      .map((row) => row.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** The pattern meets the typed line too: anchor it. */
  async waitForTerminal(pattern: RegExp): Promise<string> {
    const end = Date.now() + this.#timeoutMs;
    for (;;) {
      const text = await this.terminalText();
      if (pattern.test(text)) return text;
      if (Date.now() > end) throw new Error(`no ${String(pattern)} in the terminal, which shows:\n${text}`);
      await delay(100);
    }
  }

  /** The text of the active editor, as far as it is drawn. */
  async editorText(): Promise<string> {
    const lines = this.page.locator('.editor-group-container.active .view-lines .view-line');
    const drawn = await lines.evaluateAll((elements) =>
      elements.map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent ?? '' })),
    );
    // Lines are kept in the order in which they were drawn first.
    drawn.sort((a, b) => a.top - b.top);
    return drawn.map(({ text }) => text.replaceAll('\u00a0', ' ')).join('\n');
  }
}
