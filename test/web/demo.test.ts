// The engine in a page of a real browser: images, a container with a terminal, and what is left after a reload.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { Workbench } from '../vscode/workbench.ts';
import { serveSite, type Site } from './site.ts';
import { DemoPage } from './demo-page.ts';

/** At the end of what is drawn. */
const prompt = /:\/#$/;

function requireBrowser(context: Mocha.Context): void {
  if (!existsSync('/usr/bin/chromium')) skip(context, 'needs chromium');
  if (!existsSync(join(root, 'runtime/dist/coracle-wasi.tar'))) skip(context, 'needs a compiler for WebAssembly');
}

describe('an engine in a page', () => {
  let browser: Workbench;
  before(async function () {
    requireBrowser(this);
    browser = await Workbench.launch();
  });
  after(async () => {
    await browser?.[Symbol.asyncDispose]();
  });

  describe('that is isolated from other origins', () => {
    let site: Site;
    let demo: DemoPage;
    before(async () => {
      site = await serveSite({ isIsolated: true });
      demo = await DemoPage.open(browser.page, site.url);
    });
    after(async () => {
      await site?.[Symbol.asyncDispose]();
    });

    it('has the image that comes with it', async () => {
      await demo.image('coracle/wasi').waitFor();
      assert.match((await demo.status()) ?? '', /a thread of its own/);
    });

    it('runs it in a terminal', async () => {
      await demo.press(demo.image('coracle/wasi'), 'Run');
      await demo.waitForTerminal(prompt);
      await demo.type('echo $((6 * 7)) is the answer');
      await demo.waitForTerminal(/^42 is the answer$/m);
      await demo.container('running').waitFor();
    });

    it('runs another program beside one that only computes, and ends both', async () => {
      await demo.type('while true; do :; done');
      await demo.press(demo.container('running'), 'Shell');
      await demo.waitForTerminal(prompt);
      await demo.type('echo still-$((40 + 2)) > /root/kept; cat /root/kept | tr a-z A-Z');
      await demo.waitForTerminal(/^STILL-42$/m);
      await demo.press(demo.container('running'), 'Kill');
      await demo.container('exited').waitFor();
    });

    it('has images, containers and their files after a reload', async () => {
      await until('the file is stored', () => demo.isStored('still-42'));
      await demo.page.reload();
      await demo.image('coracle/wasi').waitFor();
      await demo.press(demo.container('exited'), 'Start');
      await demo.waitForTerminal(prompt);
      await demo.type('cat /root/kept');
      await demo.waitForTerminal(/^still-42$/m);
    });

    it('finds a container that ran as ended after a reload, and removes it', async () => {
      await demo.page.reload();
      await demo.container('exited').waitFor();
      await demo.press(demo.container('exited'), 'Remove');
      await demo.container('exited').waitFor({ state: 'detached' });
    });

    it('loads an archive again that a person picks', async () => {
      await demo.page.locator('#archive').setInputFiles(join(root, 'runtime/dist/coracle-wasi.tar'));
      await demo.image('coracle/wasi').waitFor();
      assert.equal(await demo.problem(), undefined);
    });

    it('says that another page has the engine', async () => {
      const other = await browser.page.context().newPage();
      try {
        await other.goto(site.url);
        await other.getByText('another page of this site runs an engine').waitFor();
      } finally {
        await other.close();
      }
    });
  });

  describe('whose store is damaged', () => {
    let site: Site;
    before(async () => {
      site = await serveSite({ isIsolated: true });
    });
    after(async () => {
      await site?.[Symbol.asyncDispose]();
    });

    it('says so, and begins anew when it is told to', async () => {
      const demo = await DemoPage.open(browser.page, site.url);
      await demo.image('coracle/wasi').waitFor();
      await until('something is stored', () => demo.isStored('coracle/wasi'));
      // Of the same origin, without an engine.
      await demo.page.goto(`${site.url}xterm.css`);
      await demo.damageStore();
      await demo.page.goto(site.url);
      await demo.page.getByText('what the browser has stored of images and containers cannot be used').waitFor();
      await demo.page.locator('#forget').click();
      await demo.image('coracle/wasi').waitFor();
    });
  });

  describe('that is not isolated', () => {
    let site: Site;
    let demo: DemoPage;
    before(async () => {
      site = await serveSite({ isIsolated: false });
      demo = await DemoPage.open(browser.page, site.url);
    });
    after(async () => {
      await site?.[Symbol.asyncDispose]();
    });

    it('says what is missing', async () => {
      await demo.image('coracle/wasi').waitFor();
      assert.match((await demo.status()) ?? '', /not cross-origin isolated/);
    });

    it('runs programs in turns: a pipeline, and a shell beside one', async () => {
      await demo.press(demo.image('coracle/wasi'), 'Run');
      await demo.waitForTerminal(prompt);
      await demo.type('seq 1 2000 | grep 7 | wc -l; cat');
      await demo.waitForTerminal(/^542$/m);
      await demo.press(demo.container('running'), 'Shell');
      await demo.waitForTerminal(prompt);
      await demo.type('echo kept-$((40 + 2)) > /root/kept; cat /root/kept | tr a-z A-Z');
      await demo.waitForTerminal(/^KEPT-42$/m);
      await demo.press(demo.container('running'), 'Kill');
      await demo.container('exited').waitFor();
    });

    it('has all after a reload', async () => {
      await until('the file is stored', () => demo.isStored('kept-42'));
      await demo.page.reload();
      await demo.press(demo.container('exited'), 'Start');
      await demo.waitForTerminal(prompt);
      await demo.type('cat /root/kept');
      await demo.waitForTerminal(/^kept-42$/m);
    });
  });
});
