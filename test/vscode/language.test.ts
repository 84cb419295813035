// A Dockerfile as it is written in a real VS Code: problems appear while one types, a completion is taken, a remedy applied, the
// file laid out, a stage renamed. Without any engine. CORACLE_SCREENSHOTS names a folder for a picture of each step.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../helpers/poll.ts';
import { testUser } from '../helpers/test-user.ts';
import { failuresIn, picture, requireVscode, startUserServer, unpackExtension } from './prepare.ts';
import type { Server } from './server.ts';
import { Workbench } from './workbench.ts';

const text = `FROM golang:1.24 AS build
MAINTAINER me
RUN   go build -o /out/app
FROM scratch
COPY --from=build /out/app /app
`;

describe('vscode: a Dockerfile in the editor', function () {
  this.timeout(180_000);
  this.bail(true); // Each step goes on from the one before.
  let server: Server;
  let vscode: Workbench;
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    server = resources.use(await startUserServer({ prepare: unpackExtension }));
    const file = join(server.userHome, 'Dockerfile');
    writeFileSync(file, text);
    testUser().own(file);
    vscode = resources.use(await Workbench.launch({ width: 1280, height: 900 }));
    await vscode.open(server.url, server.userHome);
    await vscode.page.keyboard.press('Control+P');
    await vscode.quickInput.locator('input').fill('Dockerfile');
    await vscode.pickRow('Dockerfile').click();
    await until('the file is open', async () => (await vscode.editorText()).includes('FROM golang'));
  });

  afterEach(async function () {
    await picture(vscode, this.currentTest?.title ?? '');
  });

  after(async () => await resources.disposeAsync());

  const has = async (what: RegExp) => {
    await until(`the editor has ${what}`, async () => what.test(await vscode.editorText())).catch(
      async (error: unknown) => {
        throw new Error(await vscode.editorText(), { cause: error });
      },
    );
  };
  const markers = () => vscode.page.locator('.editor-group-container.active :is(.squiggly-error, .squiggly-warning)');
  /** Puts the cursor at the beginning of a line. */
  const goTo = async (line: number) => {
    await vscode.runCommand('Go to Line/Column...');
    await vscode.quickInput.locator('input').fill(`:${line}`);
    await vscode.page.keyboard.press('Enter');
    await vscode.quickInput.waitFor({ state: 'hidden' });
  };

  it('has its problems underlined', async () => {
    await markers().first().waitFor();
  });

  it('takes a completion', async () => {
    await vscode.page.keyboard.press('Control+End');
    await vscode.page.keyboard.type('WORK', { delay: 50 });
    const suggestion = vscode.page.locator('.suggest-widget .monaco-list-row', { hasText: 'WORKDIR' }).first();
    await suggestion.waitFor();
    await vscode.page.keyboard.press('Enter');
    await has(/^WORKDIR\b/m);
    await vscode.page.keyboard.press('Escape');
    await vscode.page.keyboard.press('Escape');
  });

  it('is mended by a remedy', async () => {
    await goTo(2);
    await vscode.runCommand('Quick Fix...');
    const action = vscode.page.locator('.action-widget .monaco-list-row').first();
    await action.waitFor();
    await vscode.page.keyboard.press('Enter');
    await has(/LABEL/);
  });

  it('is laid out', async () => {
    await vscode.runCommand('Format Document');
    await has(/^RUN go build/m);
  });

  it('has a stage renamed everywhere', async () => {
    await goTo(1);
    await vscode.page.keyboard.press('End');
    await vscode.runCommand('Rename Symbol');
    const box = vscode.page.locator('.rename-box input');
    await box.waitFor();
    await box.fill('compile');
    await vscode.page.keyboard.press('Enter');
    await has(/AS compile[^]*--from=compile/);
  });

  it('threw nothing that nobody listened to', () => {
    assert.deepEqual(failuresIn(server.logs), []);
  });
});
