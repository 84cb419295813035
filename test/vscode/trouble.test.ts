// What the user sees when something is wrong: a workspace that is not trusted, engines that are absent, closed, silent, old or
// hostile. In a real VS Code, in English and in Chinese. CORACLE_SCREENSHOTS names a folder for a picture of each step.

import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { until } from '../helpers/poll.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { HostileEngine } from './hostile-engine.ts';
import { failuresIn, picture, requireVscode, startUserServer, tellStep, unpackExtension } from './prepare.ts';
import type { Server } from './server.ts';
import { Workbench } from './workbench.ts';

const link = '[Click me](command:workbench.action.closeWindow)';
const image = `image ${link} $(zap)`;
/** As it is shown: without the control character. */
const name = `web ${link} $(flame) <b>bold [31m`;
const hostile = {
  containers: [
    {
      name: name.replace(' [31m', ' \u001b[31m'),
      image,
      command: `![x](http://127.0.0.1:1/x.png) <img src=x> ${link}`,
      labels: { 'com.docker.compose.project': `project ${link} $(bug)` },
    },
  ],
  log: [
    'first \u001b[2J\u001b[31mred\u001b[0m',
    `\u001b]0;title\u0007\u001b]8;;command:x\u0007second ${link}\u001b]8;;\u0007`,
  ],
  refusal: `It failed: ${link} $(flame)`,
};

describe('vscode: trouble', function () {
  this.timeout(480_000);
  this.bail(true); // One window, and each step goes on from the one before.
  let server: Server;
  let vscode: Workbench;
  let folder = '';
  const engines = new Map<string, HostileEngine>();
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    const temp = resources.use(await makeTempFolder());
    folder = temp.path;
    chmodSync(folder, 0o755);
    const add = async (name: string, engine: HostileEngine, mode?: number) =>
      engines.set(name, resources.use(await engine.listen(mode)));
    const engineThat = (name: string, status: number, body: unknown) =>
      new HostileEngine(join(folder, name), { always: { status, body } });
    await add('hostile', new HostileEngine(join(folder, 'hostile'), hostile));
    await add('silent', new HostileEngine(join(folder, 'silent')));
    await add('old', new HostileEngine(join(folder, 'old'), { apiVersion: '1.12' }));
    await add('refusing', engineThat('refusing', 500, { message: hostile.refusal }));
    await add('garbled', engineThat('garbled', 200, [{ Names: 5 }]));
    await add('denied', new HostileEngine(join(folder, 'denied')), 0o600);
    engine('silent').isSilent = true;
    const contexts = Object.fromEntries(
      [...engines.keys(), 'absent'].map((name) => [name, { host: `unix://${join(folder, name)}`, description: '' }]),
    );
    writeFileSync(join(folder, 'contexts.json'), JSON.stringify({ current: 'default', contexts }));
    server = resources.use(
      await startUserServer({
        prepare: unpackExtension,
        asksForTrust: true,
        language: 'zh-cn',
        settings: {
          'security.workspace.trust.startupPrompt': 'never',
          'security.workspace.trust.banner': 'never',
          'workbench.editor.useModal': 'off',
        },
        env: { CORACLE_CONFIG: folder },
      }),
    );
    const keys = [{ key: 'ctrl+alt+1', command: 'coracle.container.start' }];
    writeFileSync(join(server.userSettings, 'keybindings.json'), JSON.stringify(keys));
    vscode = resources.use(await Workbench.launch({ width: 1280, height: 930 }));
    await vscode.open(server.url, server.userHome);
  });

  afterEach(async function () {
    await tellStep(vscode, this.currentTest, 'trouble');
  });

  after(async () => await resources.disposeAsync());

  function engine(name: string): HostileEngine {
    const found = engines.get(name);
    assert(found !== undefined, name);
    return found;
  }

  async function choose(context: string): Promise<void> {
    await vscode.runCommand('Coracle Contexts: Use');
    await vscode.pickRow(context).click();
  }

  /** The view says so, with what can be done; nothing turns any more, and no notification was shown. */
  async function says(words: string | RegExp, ...remedies: string[]): Promise<void> {
    await vscode.section('Containers').getByText(words).first().waitFor();
    for (const remedy of remedies) await vscode.treeItem(remedy).waitFor();
    await isQuiet();
  }

  async function isQuiet(): Promise<void> {
    const busy = vscode.page.locator('.sidebar .monaco-progress-container.active, .statusbar .codicon-modifier-spin');
    await until('nothing turns', async () => (await busy.count()) === 0);
    assert.deepEqual(await vscode.notifications(), []);
    assert.equal(await vscode.page.locator('.codicon-flame').count(), 0);
  }

  /** One notification and no more, whose words are nothing but words. */
  async function isToldOnce(words: string): Promise<void> {
    await vscode.notification(words).first().waitFor();
    assert.equal((await vscode.notifications()).length, 1);
    await holdsNoMarkup(vscode.page.locator('.notification-list-item-message'));
    await picture(vscode, `trouble told ${words}`);
    await vscode.runCommand('Notifications: Clear All Notifications');
  }

  async function holdsNoMarkup(part: Locator): Promise<void> {
    assert.equal(await part.locator('a, img, b, .codicon').count(), 0, await part.first().innerHTML());
  }

  it('shows an untrusted window what is there, and starts nothing', async () => {
    await vscode.openView('Coracle');
    await says('this workspace is not trusted');
    await choose('hostile');
    await vscode.treeItem(`project ${link} $(bug)`).waitFor();
    await isQuiet();
  });

  it('runs nothing in an untrusted window, by no way in', async () => {
    await vscode.page.keyboard.press('F1');
    await vscode.quickInput.locator('input').fill('>Coracle Containers: ');
    await vscode.pickRow('Coracle Containers: Inspect').waitFor();
    for (const verb of ['Start', 'Run...', 'Open Shell']) {
      assert.equal(await vscode.pickRow(`Coracle Containers: ${verb}`).count(), 0, verb);
    }
    await vscode.page.keyboard.press('Escape');
    await vscode.page.keyboard.press('Control+Alt+1');
    await isToldOnce('This workspace is not trusted: nothing is run or made from it.');
    assert.deepEqual(engine('hostile').changes, []);
  });

  it('runs things once the window is trusted', async () => {
    await vscode.page.locator('.statusbar').getByText('Restricted Mode').click();
    await vscode.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
    await vscode.page.locator('.statusbar').getByText('Restricted Mode').waitFor({ state: 'detached' });
    await vscode.contextMenu(vscode.treeItem(name), 'Start');
    await isToldOnce(`Could not start ${name}: It failed: ${link} $(flame)`.replaceAll('](', ']\u2060('));
    assert.deepEqual(engine('hostile').changes, [`POST /containers/${'0'.repeat(64)}/start`]);
  });

  it('shows what strangers wrote as text and nothing else', async () => {
    const row = vscode.treeItem(name);
    await holdsNoMarkup(vscode.treeItems().locator('.label-name, .label-description'));
    await row.hover();
    const tooltip = vscode.page.locator('.monaco-hover').filter({ hasText: 'Command' });
    await tooltip.waitFor();
    assert.equal(await tooltip.locator('a, img, b, .codicon').count(), 0, await tooltip.innerHTML());
    assert.match(await tooltip.innerText(), /\[Click me\]\(command:workbench\.action\.closeWindow\)/);
  });

  it('says in its place what cannot be shown', async () => {
    await vscode.expand(vscode.treeItem(name));
    await vscode.treeItem(hostile.refusal).waitFor();
    await vscode.treeItem(name).locator('.monaco-tl-twistie').click();
    await vscode.expand(vscode.treeItem(image));
    await vscode.treeItem(hostile.refusal).waitFor();
    await vscode.treeItem(image).locator('.monaco-tl-twistie').click();
    await isQuiet();
  });

  it('asks about a thing by its name and nothing else', async () => {
    await vscode.runCommand('Coracle Containers: Rename...');
    await vscode.pickRow(name).waitFor();
    await vscode.page.keyboard.press('Escape');
    await vscode.contextMenu(vscode.treeItem(name), 'Remove');
    const modal = vscode.page.locator('.monaco-dialog-box');
    await modal.getByText(`Remove ${name}?`.replaceAll('](', ']\u2060(')).waitFor();
    assert.equal(await modal.locator('.dialog-message-container').locator('a, img, b').count(), 0);
    await vscode.modal('Cancel');
  });

  it('says that nothing fits the filter', async () => {
    for (const filter of ['nothing has this', '']) {
      await vscode.runCommand('Coracle Containers: Filter...');
      await vscode.answer('Filter', filter);
      await vscode
        .section('Containers')
        .getByText('Nothing fits the filter.')
        .waitFor({ state: filter === '' ? 'hidden' : 'visible' });
    }
    await vscode.treeItem(name).waitFor();
  });

  it('shows a log that is out for more as text', async () => {
    await vscode.contextMenu(vscode.treeItem(name), 'Follow Logs');
    const text = await vscode.waitForTerminal(/second/);
    assert.match(text, /^first red$/m);
    assert.ok(text.includes(`second ${link}`), text);
    assert.equal(await vscode.page.locator('.terminal-tabs-entry, .single-terminal-tab').getByText('title').count(), 0);
    await picture(vscode, 'trouble log');
    assert.equal(await vscode.page.locator('.codicon-flame').count(), 0);
    await vscode.runCommand('Terminal: Kill the Active Terminal Instance');
  });

  it('says that an engine died, and finds it when it is back', async () => {
    await engine('hostile').die();
    // It ended, and a moment later nobody listens any more.
    const words = /has ended|Nobody listens/;
    await says(words, 'Try again', 'Show the log', 'Choose another engine');
    await engine('hostile').listen();
    await vscode.treeItem(name).waitFor();
    await vscode.section('Containers').getByText(words).waitFor({ state: 'hidden' });
    await isQuiet();
  });

  it('says that an engine fell silent in the midst of its events, and goes on when it speaks', async () => {
    engine('hostile').isSilent = true;
    await says('has said nothing for 10 seconds', 'Try again', 'Choose another engine');
    engine('hostile').isSilent = false;
    await vscode.treeItem(name).waitFor();
    await isQuiet();
  });

  it('says that nobody is there', async () => {
    await choose('absent');
    await says(`Nobody listens at unix://${folder}/absent. Start that engine`, 'Try again', 'Choose another engine');
  });

  it('says that the socket is closed to the user', async () => {
    await choose('denied');
    await says(`You may not open unix://${folder}/denied. Become a member`, 'Try again', 'Choose another engine');
  });

  it('says that an engine is too old', async () => {
    await choose('old');
    await says('The engine speaks version 1.12 of the Docker API', 'Choose another engine');
  });

  it('says what an engine says that refuses all, as text', async () => {
    await choose('refusing');
    await says(hostile.refusal.replaceAll('](', ']\u2060('), 'Choose another engine');
    await holdsNoMarkup(vscode.section('Containers').locator('.message'));
  });

  it('says that an engine makes no sense', async () => {
    await choose('garbled');
    await says(`What the engine at unix://${folder}/garbled answers makes no sense: a field`, 'Choose another engine');
  });

  it('says that an engine is silent', async () => {
    await choose('silent');
    await says('The engine has not answered yet.');
    await picture(vscode, 'trouble waits');
    await says('has said nothing for 10 seconds', 'Try again', 'Choose another engine');
    await vscode.runCommand('Coracle Containers: Inspect');
    await isToldOnce('has said nothing for 10 seconds');
  });

  it('says it in Chinese', async () => {
    writeFileSync(join(server.userSettings, 'argv.json'), JSON.stringify({ locale: 'zh-cn' }));
    await vscode.page.reload();
    await vscode.section('容器').waitFor();
    await vscode.runCommand('Coracle 上下文: 使用');
    await vscode.pickRow('absent').click();
    await vscode.section('容器').getByText('没有引擎在监听').waitFor();
    await vscode.treeItem('选择其他引擎').waitFor();
    await isQuiet();
  });

  it('threw nothing that nobody listened to', () => {
    assert.deepEqual(failuresIn(server.logs), []);
  });
});
