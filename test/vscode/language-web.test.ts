// The language features where there is no Node: the extension's browser entry in VS Code's own web extension host, with the server
// in a worker of a real Chromium.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testUser } from '../helpers/test-user.ts';
import { Editor } from './editor.ts';
import { failuresIn, requireVscode, startUserServer, tellStep, unpackExtension } from './prepare.ts';
import type { Server } from './server.ts';
import { Workbench } from './workbench.ts';

describe('vscode: in a browser', function () {
  this.timeout(480_000);
  this.bail(true); // Each step goes on from the one before.
  let server: Server;
  let vscode: Workbench;
  let editor: Editor;
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    const settings = { 'remote.extensionKind': { 'coracle.coracle-vscode': ['web'] } };
    server = resources.use(await startUserServer({ prepare: unpackExtension, settings }));
    const folder = join(server.userHome, 'shop');
    mkdirSync(folder);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM golang:1 AS build\nMAINTAINER me\n');
    for (const path of [folder, join(folder, 'Dockerfile')]) testUser().own(path);
    vscode = resources.use(await Workbench.launch({ width: 1280, height: 930 }));
    editor = new Editor(vscode);
    await vscode.open(server.url, folder);
    await editor.open('Dockerfile');
  });

  afterEach(async function () {
    await tellStep(vscode, this.currentTest, 'web');
  });

  after(async () => await resources.disposeAsync());

  it('says what is wrong', async () => {
    await vscode.runCommand('Problems: Focus on Problems View');
    await editor.problem('MaintainerDeprecated').waitFor();
    await editor.open('Dockerfile');
  });

  it('completes', async () => {
    await editor.goTo(3);
    await editor.complete('WORK', 'WORKDIR');
    await editor.has(/^WORKDIR $/m);
    await editor.clearLine();
  });

  it('mends', async () => {
    await editor.goTo(2);
    await editor.act('Use a label');
    await editor.has(/^LABEL org\.opencontainers\.image\.authors=/m);
    await editor.problem('MaintainerDeprecated').waitFor({ state: 'detached' });
  });

  it('ran in a worker, and nowhere else', async () => {
    await vscode.runCommand('Developer: Show Running Extensions');
    const row = vscode.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Coracle' });
    await row.getByText('web worker').waitFor();
    assert.deepEqual(failuresIn(server.logs), []);
  });
});
