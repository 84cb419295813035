// The realm of components in a browser: whatever runs in it reaches nothing of the browser.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { skip } from '../helpers/skip.ts';
import { Workbench } from '../vscode/workbench.ts';
import { serveSite } from './site.ts';

/** Runs in a page. */
async function answerOf(script: string): Promise<unknown> {
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
  return await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

describe('the realm of components in a page', function () {
  this.timeout(120_000);

  it('gives nothing of the browser, whatever runs in it', async function () {
    if (!existsSync('/usr/bin/chromium')) skip(this, 'needs chromium');
    const { outputFiles } = await esbuild.build({
      entryPoints: [join(import.meta.dirname, 'realm.worker.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      target: 'es2024',
    });
    await using browser = await Workbench.launch();
    await using site = await serveSite({ isIsolated: false });
    await browser.page.goto(`${site.url}xterm.css`);
    const answer = (await browser.page.evaluate(answerOf, outputFiles[0]?.text ?? '')) as {
      readonly found: string;
      readonly names: string;
      readonly leaves: string;
      readonly lives: string;
    };
    assert.deepEqual(JSON.parse(answer.found), { reached: [], tried: 33 });
    assert.equal(answer.names, 'undefined,undefined,undefined,function');
    assert.match(answer.leaves, /would leave its realm/);
    assert.equal(answer.lives, '2,32');
  });
});
