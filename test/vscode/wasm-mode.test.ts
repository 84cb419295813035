// VS Code where no containers of Linux can run: the host of an ordinary user has no newuidmap. The packaged .vsix starts its engine all the
// same, of WebAssembly alone, and everything that can be done with coracle/wasi is done by its user. CORACLE_SCREENSHOTS names a folder for
// a picture of each step.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { runOk } from '../helpers/run.ts';
import { skip } from '../helpers/skip.ts';
import { testUser } from '../helpers/test-user.ts';
import { missingWasi } from '../helpers/wasi-image.ts';
import { Editor } from './editor.ts';
import { coracleOf, engineWitness, worksWithContainer } from './container-steps.ts';
import { endEnginesForGood, failuresIn, requireVscode, startUserServer, tellStep } from './prepare.ts';
import type { Server } from './server.ts';
import { Workbench } from './workbench.ts';

const dockerfile = `FROM coracle/wasi
COPY note.txt /note.txt
RUN echo built in a container of WebAssembly > /made
CMD ["cat", "/made"]
`;

describe('vscode: an engine of WebAssembly alone', function () {
  this.timeout(480_000);
  this.bail(true); // Each step stands on the one before.
  let server: Server;
  let vscode: Workbench;
  let editor: Editor;
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    const missing = missingWasi();
    if (missing !== undefined) skip(this, missing);
    await runOk(nodeBinary, [join(root, '.ci/package.mjs')]);
    await runOk('mount', ['--bind', '/dev/null', '/usr/bin/newuidmap']);
    resources.defer(async () => void (await runOk('umount', ['/usr/bin/newuidmap'])));
    // After the window has gone: it would start the engine again.
    resources.defer(endEnginesForGood);
    const packages = readdirSync(join(root, 'extension')).filter((name) => name.endsWith('.vsix'));
    const vsix = packages.map((name) => testUser().visible(join(root, 'extension', name)));
    server = resources.use(await startUserServer({ vsix, settings: { 'workbench.editor.useModal': 'off' } }));
    const folder = join(server.userHome, 'shop');
    mkdirSync(folder);
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    writeFileSync(join(folder, 'note.txt'), 'one\n');
    for (const path of [folder, join(folder, 'Dockerfile'), join(folder, 'note.txt')]) testUser().own(path);
    vscode = resources.use(await Workbench.launch({ width: 1280, height: 930 }));
    editor = new Editor(vscode);
    await vscode.open(server.url, folder);
  });

  afterEach(async function () {
    await tellStep(vscode, this.currentTest, 'wasm');
  });

  after(async () => await resources.disposeAsync());

  const coracle = (...args: string[]) => coracleOf(server, args);

  it('starts, has coracle/wasi, and tells why it has nothing of Linux', async () => {
    await vscode.openView('Coracle');
    await vscode.treeItem('coracle/wasi:latest').waitFor();
    assert.equal((await coracle('info', '--format', '{{.OSType}}')).stdout, 'wasi\n');
    // A message that nobody answers goes to the list of messages by itself.
    await vscode.runCommand('Notifications: Show Notifications');
    await vscode.page
      .locator('.notification-list-item-message', {
        hasText: /Containers of Linux cannot run here: newuidmap not found/,
      })
      .first()
      .waitFor();
    await vscode.runCommand('Notifications: Clear All Notifications');
  });

  worksWithContainer({
    vscode: () => vscode,
    witness: engineWitness(coracle),
    image: () => 'coracle/wasi:latest',
    typed: 'uname -s',
    shown: /^WASI$/m,
  });

  it('shows the processes of a container', async () => {
    await vscode.openView('Coracle');
    await vscode.contextMenu(vscode.treeItem('web'), 'Look Into', 'Show Processes');
    await until('they are shown', async () => /^0 +1 +0 .*while true/m.test(await vscode.editorText()));
  });

  it('refuses a debugger in words', async () => {
    await vscode.contextMenu(vscode.treeItem('web'), 'Run Inside', 'Attach Debugger');
    await vscode.notification(/they can be run without debugging, and not be debugged/).waitFor();
    await vscode.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });

  it('builds and runs from the lens', async () => {
    await editor.open('Dockerfile');
    await editor.lenses().locator('a').getByText('Build', { exact: true }).last().click();
    await vscode.answer('Name of the image', 'shop:1');
    await vscode.notification('Built shop:1.').waitFor();
    const { stdout } = await coracle('run', '--rm', 'shop:1');
    assert.equal(stdout, 'built in a container of WebAssembly\n');
  });

  it('stops and removes from the tree', async () => {
    await vscode.openView('Coracle');
    await vscode.contextMenu(vscode.treeItem('web'), 'Stop');
    await until('it has stopped', async () => {
      return (await coracle('inspect', '--format', '{{.State.Status}}', 'web')).stdout === 'exited\n';
    });
    await vscode.contextMenu(vscode.treeItem('web'), 'Remove');
    await vscode.modal('Remove');
    await vscode.treeItem('web').waitFor({ state: 'detached' });
  });

  it('threw nothing that nobody listened to', () => {
    assert.deepEqual(failuresIn(server.logs), []);
  });
});
