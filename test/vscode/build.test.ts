// From a Dockerfile to a container that runs, in a real VS Code: built from the lens, broken, looked into at the failed step, mended,
// built again with the reason why each step ran, run; then as a task; and a project that gets its container files. CORACLE_SCREENSHOTS
// names a folder for a picture of each step.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { testUser } from '../helpers/test-user.ts';
import { Editor } from './editor.ts';
import { failuresIn, picture, requireVscode, startUserServer, tellStep, unpackExtension } from './prepare.ts';
import type { Server } from './server.ts';
import { patience, Workbench } from './workbench.ts';

const base = 'busybox:1';

const dockerfile = (run: string) => `FROM ${base} AS files
COPY note.txt /note.txt
RUN sleep 0.2 && dd if=/dev/zero of=/big bs=1024 count=200

FROM files
RUN ${run}
CMD ["sleep", "1000"]
`;

const mended = 'echo made > /made && echo mended';

describe('vscode: builds', function () {
  this.timeout(480_000);
  this.bail(true); // Each step goes on from the one before.
  let daemon: TempDaemon;
  let server: Server;
  let vscode: Workbench;
  let editor: Editor;
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    requireDaemon(this);
    daemon = resources.use(await startDaemon());
    chmodSync(dirname(daemon.socket), 0o755);
    chmodSync(daemon.socket, 0o666);
    await ask(daemon.socket, '/images/load', { method: 'POST', body: Buffer.from(await busyboxArchive(base)) });
    const config = resources.use(await makeTempFolder()).path;
    chmodSync(config, 0o755);
    const contexts = { engine: { host: daemon.host, description: '' } };
    writeFileSync(join(config, 'contexts.json'), JSON.stringify({ current: 'default', contexts }));
    const settings = { 'workbench.editor.useModal': 'off' };
    server = resources.use(
      await startUserServer({
        prepare: unpackExtension,
        settings,
        env: { CORACLE_CONFIG: config, PATH: testUser().env['PATH'] ?? '' },
      }),
    );
    project('shop', { Dockerfile: dockerfile('echo first'), 'note.txt': 'one\n' });
    project('shop/site', { 'index.html': '<h1>Shop</h1>\n' });
    project('fresh', {
      'package.json': '{ "scripts": { "start": "node server.js" } }\n',
      'server.js': "require('node:http').createServer().listen(3456);\n",
    });
    vscode = resources.use(await Workbench.launch({ width: 1280, height: 930 }));
    editor = new Editor(vscode);
    await vscode.open(server.url, join(server.userHome, 'shop'));
    await vscode.runCommand('Coracle Contexts: Use');
    await vscode.pickRow('engine').click();
    await vscode.page.locator('.statusbar').getByText('engine', { exact: true }).waitFor();
  });

  afterEach(async function () {
    await tellStep(vscode, this.currentTest, 'build');
  });

  after(async () => await resources.disposeAsync());

  function project(name: string, files: Readonly<Record<string, string>>): void {
    const folder = join(server.userHome, name);
    mkdirSync(folder);
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
    for (const path of [folder, ...Object.keys(files).map((each) => join(folder, each))]) testUser().own(path);
  }

  /** Makes the Dockerfile one with this command, and saves it. */
  async function save(run: string): Promise<void> {
    await until('it is written', async () => {
      await editor.write(dockerfile(run));
      return (await vscode.editorText()).includes(`RUN ${run}`);
    });
    await editor.save();
  }

  /** Clicks a lens above the last FROM. */
  async function lens(title: string): Promise<void> {
    await editor.lenses().locator('a').getByText(title, { exact: true }).last().click();
  }

  async function clearNotifications(): Promise<void> {
    await vscode.runCommand('Notifications: Clear All Notifications');
  }

  interface Build {
    readonly id: string;
    readonly state: string;
  }

  /** The newest first. */
  const builds = async () => JSON.parse((await ask(daemon.socket, '/coracle/v1/builds')).body) as Build[];

  const ended = async (count: number) =>
    await until(`build ${count} has ended`, async () => {
      const all = await builds();
      return all.length === count && all.every(({ state }) => state !== 'running');
    });

  const rows = (text: string) => vscode.section('Builds').locator('.monaco-list-row', { hasText: text });

  /** The row of the newest build. Rows stand in the page in any order, and those of older builds may be open as well. */
  const newest = () => rows('shop:1').and(vscode.page.locator('[data-index="0"]'));

  /** What the row of a step of the newest build says. */
  async function stepSays(name: string, words: RegExp): Promise<void> {
    await until(`the step ${name} says ${words.source}`, async () => {
      const all = await rows(name).evaluateAll((found) =>
        found.map((row) => ({ index: Number(row.getAttribute('data-index')), text: row.textContent ?? '' })),
      );
      assert.match(all.toSorted((a, b) => a.index - b.index)[0]?.text ?? '', words);
      return true;
    });
  }

  it('builds from the lens above FROM, and shows the build with its steps', async () => {
    await editor.open('Dockerfile');
    await lens('Build');
    await vscode.answer('Name of the image', 'shop:1');
    await vscode.notification('Built shop:1.').waitFor();
    assert.deepEqual(
      (await builds()).map(({ state }) => state),
      ['done'],
    );
    await vscode.openView('Coracle');
    await vscode.runCommand('Coracle: Focus on Builds View');
    await newest()
      .getByText(/0\/\d+ cached/)
      .waitFor();
    await vscode.expand(newest());
    await stepSays('COPY note.txt /note.txt', /\d/);
  });

  it('tells behind each instruction what it took', async () => {
    await editor.open('Dockerfile');
    await editor.has(/count=200\s*20\d(?:\.\d)?kB · [\d.]+s/);
  });

  it('marks the line of a step that failed, with what it wrote', async () => {
    await clearNotifications();
    await save('echo half > /half && echo cannot go on && exit 7');
    await lens('Build');
    await vscode.notification(/Could not build shop:1: Dockerfile:6: /).waitFor();
    await vscode.runCommand('Problems: Focus on Problems View');
    const problem = vscode.page.locator('.markers-panel .monaco-list-row', { hasText: 'exit code 7' }).first();
    await problem.waitFor();
    assert.match((await problem.textContent()) ?? '', /coracle-build.*Ln 6/);
    await vscode.page.locator('.markers-panel .monaco-list-row', { hasText: 'cannot go on' }).first().waitFor();
  });

  it('opens a shell in the step that failed, with the file that it had made', async () => {
    await editor.open('Dockerfile');
    await editor.goTo(6);
    await editor.act('Open Shell at Failed Step');
    await vscode.waitForTerminal(/# *$/);
    await vscode.typeInTerminal('cat /half /note.txt; ls /made');
    await vscode.waitForTerminal(/^half\none\nls: \/made/m);
    await vscode.typeInTerminal('exit');
    const inUse = async () => JSON.parse((await ask(daemon.socket, '/containers/json?all=1')).body) as unknown[];
    await until('nothing of it is left', async () => (await inUse()).length === 0);
  });

  it('forgets the mark when the line is edited, and says why each step of the next build ran', async () => {
    await clearNotifications();
    await editor.open('Dockerfile');
    await save(mended);
    await vscode.page
      .locator('.markers-panel .monaco-list-row', { hasText: 'exit code 7' })
      .waitFor({ state: 'detached' });
    writeFileSync(join(server.userHome, 'shop/note.txt'), 'two\n');
    await lens('Build');
    await vscode.notification('Built shop:1.').waitFor();
    await vscode.runCommand('Coracle: Focus on Builds View');
    await newest()
      .getByText(/cached/)
      .waitFor();
    await vscode.expand(newest());
    await stepSays('COPY note.txt /note.txt', /note\.txt.*(?:changed|differs)/i);
    await editor.open('Dockerfile');
    // VS Code draws blanks in it as no-break spaces.
    await until('the hint says why', async (attempt) => {
      // Away from it first: a bubble that was there does not open again.
      await vscode.page.mouse.move(900, 500);
      await vscode.page.locator('.editor-group-container.active .view-line span', { hasText: /^4B/ }).last().hover();
      await vscode.page
        .locator('.monaco-hover:visible')
        .getByText(/Not\sin\sthe\scache:.*note\.txt/)
        .first()
        .waitFor({ timeout: patience(attempt) });
      return true;
    });
  });

  it('builds and runs', async () => {
    await clearNotifications();
    await lens('Run');
    await vscode.pickRow('Run').click();
    await vscode.runCommand('Coracle: Focus on Containers View');
    await vscode
      .section('Containers')
      .locator('.monaco-list-row')
      .getByText(/^running/)
      .waitFor();
    const { body } = await ask(daemon.socket, '/containers/json');
    assert.deepEqual(
      (JSON.parse(body) as { Image: string }[]).map(({ Image }) => Image),
      ['shop:1'],
    );
  });

  it('builds as a task, and marks the failed line once', async () => {
    await clearNotifications();
    await editor.open('Dockerfile');
    await save('echo no && exit 3');
    const before = (await builds()).length;
    await vscode.runCommand('Tasks: Run Task');
    await vscode.pickRow('coracle-build').click();
    await vscode.pickRow('coracle-build: Dockerfile').click();
    await ended(before + 1);
    await vscode.waitForTerminal(/^Dockerfile:6: .*non-zero code: 3$/m);
    await vscode.runCommand('Problems: Focus on Problems View');
    const problems = vscode.page.locator('.markers-panel .monaco-list-row', { hasText: 'Ln 6' });
    await problems.first().waitFor();
    await until('it is told once', async () => (await problems.count()) === 1);
    await editor.open('Dockerfile');
    await editor.goTo(6);
    assert.ok((await editor.remedies()).includes('Open Shell at Failed Step'));
    await save(mended);
    await problems.first().waitFor({ state: 'detached' });
  });

  it('has what can be done with files and folders in the menus of the explorer', async () => {
    await vscode.runCommand('Explorer: Focus on Folders View');
    const row = (name: string) =>
      vscode.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first();
    await row('Dockerfile').click({ button: 'right' });
    await vscode.page.locator('.monaco-menu').getByText('Build Image...', { exact: true }).waitFor();
    await vscode.page.keyboard.press('Escape');
    await vscode.contextMenu(row('site'), 'Add Container Files to Workspace...');
    await vscode.quickInput.getByText('Choose the files to add to site').waitFor();
    await vscode.accept();
    await editor.has(/FROM nginxinc\/nginx-unprivileged/);
    assert.match(readFileSync(join(server.userHome, 'shop/site/Dockerfile'), 'utf8'), /^COPY \. /m);
  });

  // Before the window goes to another folder, which ends what its extensions were being asked.
  it('throws nothing that nobody catches', () => {
    assert.deepEqual(failuresIn(server.logs), []);
  });

  it('adds container files to a project, and shows what would change in one that is there', async () => {
    const file = (name: string) => join(server.userHome, 'fresh', name);
    await vscode.open(server.url, join(server.userHome, 'fresh'));
    await vscode.runCommand('Coracle: Add Container Files to Workspace...');
    await vscode.answer('Which port does it listen on?', '3456');
    await vscode.quickInput.getByText('Choose the files to add to fresh').waitFor();
    await picture(vscode, 'build files to add');
    await vscode.accept();
    await vscode.notification(/Added Dockerfile, \.dockerignore, \.vscode\/launch\.json\./).waitFor();
    await editor.has(/FROM node:24-slim AS base/);
    assert.match(readFileSync(file('Dockerfile'), 'utf8'), /^CMD \["node", "server\.js"\]$/m);
    assert.ok(existsSync(file('.vscode/launch.json')));
    writeFileSync(file('Dockerfile'), 'FROM scratch\n');
    await vscode.runCommand('Coracle: Add Container Files to Workspace...');
    await vscode.answer('Which port does it listen on?', '3456');
    await vscode.quickInput.getByText('Choose the files to add to fresh').waitFor();
    await vscode.accept();
    await vscode.page.locator('.monaco-dialog-box').getByText('Replace Dockerfile?').waitFor();
    await vscode.page.locator('.diff-editor, .monaco-diff-editor').first().waitFor();
    await picture(vscode, 'build difference');
    await vscode.modal('Cancel');
    await vscode.page.locator('.monaco-dialog-box').waitFor({ state: 'detached' });
    assert.equal(readFileSync(file('Dockerfile'), 'utf8'), 'FROM scratch\n');
  });
});
