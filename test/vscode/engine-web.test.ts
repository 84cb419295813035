// VS Code in a browser, where the extension has no machine: the engine in a worker of the extension host, and everything that can be done
// with coracle/wasi done by its user, with threads that share memory and without. CORACLE_SCREENSHOTS names a folder for a picture of
// each step.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page, Worker } from 'playwright-core';
import { isStored } from '../helpers/browser-store.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { testUser } from '../helpers/test-user.ts';
import { missingWasi, wasiArchive } from '../helpers/wasi-image.ts';
import { component } from '../wasm/preview2/component.ts';
import { worksWithContainer } from './container-steps.ts';
import { Editor } from './editor.ts';
import { isolating } from './isolating.ts';
import { failuresIn, requireVscode, startUserServer, tellStep, unpackWebExtension } from './prepare.ts';
import type { Server } from './server.ts';
import { patience, Workbench } from './workbench.ts';

const dockerfile = `FROM coracle/wasi
COPY . /src
RUN cat /src/note.txt > /made; ls /src >> /made
CMD ["cat", "/made"]
`;

/** Programs of WASI 0.2 and 0.3: one runs in the build, one in the container. */
const ofComponents = `FROM coracle/wasi
COPY --chmod=755 *.wasm /bin/
RUN echo of 0.3 | later.wasm echo > /made
CMD ["sh", "-c", "cat /made; talk.wasm show a"]
`;
const fromComponents = /^got of 0\.3\nend\nargument talk\.wasm\nargument show\nargument a$/m;

const unready = /what makes components ready could not be loaded: .*coracle-web-transpiler\.js/;
const unsuspended = /this host cannot suspend programs \(JSPI, WebAssembly\.Suspending\)/;
const unserved = /it handles HTTP, which wants a thread of its own, and threads share no memory here/;
const refusals = [unready, unsuspended, unserved];

for (const isIsolated of [true, false]) {
  describe(`vscode: an engine in a browser, ${isIsolated ? 'isolated' : 'not isolated'}`, function () {
    this.timeout(480_000);
    this.bail(true); // Each step stands on the one before.
    let server: Server;
    let vscode: Workbench;
    let editor: Editor;
    let folder: string;
    let url: string;
    /** What the extension's host, which is in the page, says of us. */
    const errors: string[] = [];
    const resources = new AsyncDisposableStack();

    before(async function () {
      requireVscode(this);
      const missing = missingWasi();
      if (missing !== undefined) skip(this, missing);
      const settings = {
        'remote.extensionKind': { 'coracle.coracle-vscode': ['web'] },
        'workbench.editor.useModal': 'off',
      };
      server = resources.use(await startUserServer({ prepare: unpackWebExtension, settings }));
      // The user's home is the same for both.
      folder = join(server.userHome, isIsolated ? 'isolated' : 'plain');
      mkdirSync(folder);
      writeFileSync(join(folder, 'Dockerfile'), dockerfile);
      writeFileSync(join(folder, 'note.txt'), 'built in a browser\n');
      writeFileSync(join(folder, 'secret.txt'), 'not for the image\n');
      writeFileSync(join(folder, '.dockerignore'), 'secret.txt\n*.tar\ncomponents\n');
      writeFileSync(join(folder, 'loaded.tar'), await wasiArchive('loaded:1'));
      mkdirSync(join(folder, 'components'));
      writeFileSync(join(folder, 'components/Components.dockerfile'), ofComponents);
      writeFileSync(join(folder, 'components/talk.wasm'), await component('talk'));
      writeFileSync(join(folder, 'components/files.wasm'), await component('files'));
      writeFileSync(join(folder, 'components/server.wasm'), await component('server', 'proxy'));
      writeFileSync(join(folder, 'components/later.wasm'), await component('later', 'later'));
      for (const name of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
        testUser().own(join(folder, name));
      }
      const isolated = isIsolated ? resources.use(await isolating(server.url)) : undefined;
      url = isolated?.url ?? server.url;
      vscode = resources.use(await Workbench.launch({ width: 1280, height: 930 }));
      editor = new Editor(vscode);
      vscode.page.on('console', (message) => {
        // What a notification tells is told there as well.
        const isMeant = refusals.some((words) => words.test(message.text()));
        if (message.type() === 'error' && /coracle/i.test(message.text()) && !isMeant) errors.push(message.text());
      });
      await vscode.open(url, folder);
      assert.equal(await vscode.page.evaluate('crossOriginIsolated'), isIsolated);
    });

    afterEach(async function () {
      await tellStep(vscode, this.currentTest, isIsolated ? 'coi' : 'plain');
    });

    after(async () => await resources.disposeAsync());

    /** By the shell of the container, which is open: there is nobody else to ask. */
    let reads = 0;
    async function read(path: string): Promise<string> {
      reads += 1;
      await vscode.typeInTerminal(`clear; echo begin ${reads}; cat ${path}; echo; echo end ${reads}`);
      const shown = new RegExp(`^begin ${reads}\\n([^]*?)\\nend ${reads}$`, 'm');
      return shown.exec(await vscode.waitForTerminal(shown))?.[1] ?? '';
    }

    it('has coracle/wasi', async () => {
      await vscode.openView('Coracle');
      await vscode.treeItem('coracle/wasi:latest').waitFor();
    });

    worksWithContainer({
      vscode: () => vscode,
      witness: {
        isRunning: async (container) => /running/.test(await vscode.treeItem(container).innerText()),
        read: (_container, path) => read(path),
      },
      image: () => 'coracle/wasi:latest',
      typed: 'uname -s',
      shown: /^WASI$/m,
    });

    it('tells that the engine has died, and starts another with what it had', async () => {
      // What was written last: all before it is there too.
      await until('it is kept', () => isStored(vscode.page, 'coracle', 'made in the editor'));
      await dieOf(await engineWorker(vscode.page), isIsolated);
      await vscode.notification(/the engine has ended/).waitFor();
      await vscode.page.locator('.notifications-toasts').getByText('Restart the Engine', { exact: true }).click();
      await until('its container has ended', async () => /exited/.test(await vscode.treeItem('web').innerText()));
      await vscode.treeItem('coracle/wasi:latest').waitFor();
      await vscode.contextMenu(vscode.treeItem('web'), 'Start');
      await until('it runs again', async () => /running/.test(await vscode.treeItem('web').innerText()));
      await vscode.contextMenu(vscode.treeItem('web'), 'Open Shell');
      await vscode.waitForTerminal(/# *$/);
      assert.equal(await read('/root/note'), 'made in the editor');
    });

    it('builds a Dockerfile of the workspace, and runs it', async () => {
      await editor.open('Dockerfile');
      await editor.lenses().locator('a').getByText('Run', { exact: true }).last().click();
      await vscode.answer('Name of the image', 'shop:1');
      await vscode.pickRow('Name').click();
      await vscode.answer('Name', 'shop');
      await vscode.pickRow('Run').click();
      await vscode.openView('Coracle');
      await vscode.treeItem('shop:1').waitFor();
      await until('it has ended', async () => /exited/.test(await vscode.treeItem('shop').innerText()));
      await vscode.contextMenu(vscode.treeItem('shop'), 'Follow Logs');
      // What is ignored was not sent.
      await vscode.waitForTerminal(/^built in a browser\nDockerfile\nnote\.txt$/m);
    });

    it('builds with components, and runs them', async () => {
      await editor.open('Components.dockerfile');
      await editor.lenses().locator('a').getByText('Run', { exact: true }).last().click();
      await vscode.answer('Name of the image', 'talk:1');
      await vscode.pickRow('Name').click();
      await vscode.answer('Name', 'talk');
      await vscode.pickRow('Run').click();
      await vscode.openView('Coracle');
      await vscode.treeItem('talk:1').waitFor();
      await until('it has ended', async () => /exited/.test(await vscode.treeItem('talk').innerText()));
      await vscode.contextMenu(vscode.treeItem('talk'), 'Follow Logs');
      await vscode.waitForTerminal(fromComponents);
    });

    it('loads images from a file of the workspace', async () => {
      await vscode.runCommand('Coracle Images: Load from a File...');
      const title = vscode.quickInput.locator('.quick-input-title').getByText('Load Images', { exact: true });
      await title.waitFor();
      // What is typed is lost when the dialog comes to show its folder.
      await until('the archive is taken', async (attempt) => {
        if (!(await title.isVisible())) return true;
        const timeout = patience(attempt);
        await vscode.quickInput.locator('input').first().fill(join(folder, 'loaded.tar'), { timeout });
        await vscode.accept();
        await title.waitFor({ state: 'hidden', timeout });
        return true;
      });
      await vscode.openView('Coracle');
      await vscode.treeItem('loaded:1').waitFor();
    });

    it('stops and removes from the tree', async () => {
      await vscode.openView('Coracle');
      await vscode.contextMenu(vscode.treeItem('web'), 'Stop');
      await until('it has stopped', async () => /exited/.test(await vscode.treeItem('web').innerText()));
      await vscode.contextMenu(vscode.treeItem('web'), 'Remove');
      await vscode.modal('Remove');
      await vscode.treeItem('web').waitFor({ state: 'detached' });
    });

    it('has its images when the page is loaded anew', async () => {
      await vscode.open(url, folder);
      await vscode.openView('Coracle');
      await vscode.treeItem('shop:1').waitFor();
      await vscode.treeItem('loaded:1').waitFor();
    });

    /** In the background, as what is no shell is run. */
    async function runOfImage(image: string, name: string, command: string): Promise<void> {
      await vscode.contextMenu(vscode.treeItem(image), 'Run...');
      await vscode.pickRow('Name').click();
      await vscode.answer('Name', name);
      await vscode.pickRow('Command').click();
      await vscode.answer('Command', command);
      await vscode.pickRow(command).waitFor();
      await vscode.pickRow('Run').click();
    }

    it('runs components again without what makes them ready, and says of another what is missing', async () => {
      await until('it is kept', () => isStored(vscode.page, 'coracle', '{"kind":"command","isLater":false'));
      const [extension = ''] = readdirSync(server.extensions).filter((name) => name.startsWith('coracle.'));
      const transpiler = join(server.extensions, extension, 'engine/coracle-web-transpiler.js');
      renameSync(transpiler, `${transpiler}.away`);
      await vscode.open(url, folder);
      await vscode.openView('Coracle');
      await runOfImage('talk:1', 'again', '/bin/talk.wasm show again');
      await until('it has ended', async () => /exited/.test(await vscode.treeItem('again').innerText()));
      await vscode.contextMenu(vscode.treeItem('again'), 'Follow Logs');
      await vscode.waitForTerminal(/^argument again$/m);
      await runOfImage('talk:1', 'copy', '/bin/files.wasm copy /made /to');
      await vscode.notification(unready).waitFor();
      // It is asked for anew.
      renameSync(`${transpiler}.away`, transpiler);
      await runOfImage('talk:1', 'copy', '/bin/files.wasm copy /made /to');
      await until('it has ended', async () => /exited \(0\)/.test(await vscode.treeItem('copy').innerText()));
    });

    it('answers HTTP by a component, or says why not', async () => {
      await runOfImage('talk:1', 'server', '/bin/server.wasm');
      if (!isIsolated) {
        await vscode.notification(unserved).waitFor();
        return;
      }
      await until('it runs', async () => /running/.test(await vscode.treeItem('server').innerText()));
      await vscode.contextMenu(vscode.treeItem('server'), 'Open Shell');
      await vscode.waitForTerminal(/# *$/);
      await vscode.typeInTerminal('wget -qO - http://127.0.0.1:8080/hello');
      await vscode.waitForTerminal(/^hello$/m);
    });

    // Where threads share memory, those of 0.2 are run without.
    if (!isIsolated) {
      it('refuses components where the browser cannot suspend them', async () => {
        await vscode.open(url, folder);
        await vscode.openView('Coracle');
        await vscode.treeItem('copy').waitFor();
        // As browsers without JSPI are.
        await (await engineWorker(vscode.page)).evaluate('delete WebAssembly.Suspending');
        await vscode.contextMenu(vscode.treeItem('copy'), 'Start');
        await vscode.notification(unsuspended).waitFor();
      });
    }

    it('threw nothing that nobody listened to', () => {
      assert.deepEqual([...errors, ...failuresIn(server.logs)], []);
    });
  });
}

/** By the browser's door for debuggers: nothing in VS Code leads to it. */
async function engineWorker(page: Page): Promise<Worker> {
  // One of others may end meanwhile, or never answer.
  const nameOf = (worker: Worker) =>
    Promise.race([worker.evaluate('self.name').catch(() => undefined), delay(5000, undefined, { ref: false })]);
  const names = await Promise.all(page.workers().map(async (worker) => ({ worker, name: await nameOf(worker) })));
  // VS Code puts its own name before it.
  const found = names.find(({ name }) => String(name).endsWith('coracle engine'));
  if (found !== undefined) return found.worker;
  throw new Error('no worker of this page is an engine');
}

/** By an error that nobody catches, or as what a browser ends, which says nothing. */
async function dieOf(worker: Worker, isByError: boolean): Promise<void> {
  const code = isByError ? "setTimeout(() => Promise.reject(new Error('out of order')))" : 'setTimeout(() => close())';
  await worker.evaluate(code);
}
