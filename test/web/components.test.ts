// Components in an engine of a browser: made ready there, and run beside programs of preview 1.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { skip } from '../helpers/skip.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { missingWasi, wasiArchive } from '../helpers/wasi-image.ts';
import { Workbench } from '../vscode/workbench.ts';
import { component } from '../wasm/preview2/component.ts';
import { DemoPage } from './demo-page.ts';
import { serveSite } from './site.ts';

/** At the end of what is drawn. */
const prompt = /:\/#$/;

describe('components in a page', function () {
  this.timeout(300_000);
  let browser: Workbench;
  let programs: Readonly<Record<string, Uint8Array>>;
  before(async function () {
    if (!existsSync('/usr/bin/chromium')) skip(this, 'needs chromium');
    const missing = missingWasi();
    if (missing !== undefined) skip(this, missing);
    programs = {
      'bin/talk': await component('talk'),
      'bin/files': await component('files'),
      'bin/later': await component('later', 'later'),
    };
    browser = await Workbench.launch();
  });
  after(async () => {
    await browser?.[Symbol.asyncDispose]();
  });

  for (const isIsolated of [true, false]) {
    it(`run, ${isIsolated ? 'isolated' : 'not isolated'} from other origins`, async () => {
      await using folder = await makeTempFolder();
      const archive = join(folder.path, 'components.tar');
      await writeFile(archive, await wasiArchive('components:1', programs));
      await using site = await serveSite({ isIsolated });
      const demo = await DemoPage.open(browser.page, site.url);
      await demo.image('coracle/wasi').waitFor();
      await demo.page.locator('#archive').setInputFiles(archive);
      await demo.press(demo.image('components:1'), 'Run');
      await demo.waitForTerminal(prompt);
      await demo.type('talk show a; talk exit; echo ended-$?; echo from sh | talk copy | tr a-z A-Z');
      await demo.waitForTerminal(/^argument a\n[^]*^terminal$[^]*^ended-42\nGOT FROM SH\nEND$/m);
      await demo.type('talk flood | wc -c; mkdir /work; seq 1 1000 > /from; files copy from /to; cat /to | tail -n 1');
      await demo.waitForTerminal(/^1048576\n3893 bytes\n1000$/m);
      await demo.type('talk time; talk trap; echo trapped-$?');
      await demo.waitForTerminal(/^\d+\nslept\nrandom\nSegmentation fault\ntrapped-139$/m);
      await demo.type('clear; echo of 0.3 | later echo; later race');
      await demo.waitForTerminal(/^got of 0\.3\nend\nclock$/m);
      await demo.type('line');
      await demo.waitForTerminal(/^input line$/m);
      // It is made ready once only, and waits for a terminal.
      await demo.type('clear; echo begins; talk copy');
      await demo.waitForTerminal(/^begins$/m);
      await demo.type('typed');
      await demo.waitForTerminal(/^got typed$/m);
      assert.equal(await demo.problem(), undefined);
      await demo.press(demo.container('running'), 'Kill');
      await demo.container('exited').waitFor();
    });
  }
});
