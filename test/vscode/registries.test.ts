// Registries in the explorer, as a user meets them: one that wants a log-in, images that go there and come back, and one that another
// extension brings along.

import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { nodeBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { testUser } from '../helpers/test-user.ts';
import { endEnginesForGood, failuresIn, requireVscode, startUserServer, tellStep } from './prepare.ts';
import type { Server } from './server.ts';
import { Workbench } from './workbench.ts';

const user = { name: 'ann', password: 'a secret word' };

describe('vscode: registries', function () {
  this.timeout(480_000);
  this.bail(true); // Each step stands on the one before.
  let registry: Registry;
  let server: Server;
  let vscode: Workbench;
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    requireRegistry(this);
    await runOk(nodeBinary, [join(root, '.ci/package.mjs')]);
    const packages = readdirSync(join(root, 'extension')).filter((name) => name.endsWith('.vsix'));
    assert.equal(packages.length, 1);
    registry = resources.use(await startRegistry({ user }));
    await registry.push('team/web:1', await busyboxArchive('web:1'));
    // After the window has gone: it would start the engine again.
    resources.defer(endEnginesForGood);
    server = resources.use(
      await startUserServer({
        vsix: packages.map((name) => testUser().visible(join(root, 'extension', name))),
        prepare: (extensions) =>
          cpSync(join(import.meta.dirname, 'provider'), join(extensions, 'acme.sample-registries-1.0.0'), {
            recursive: true,
          }),
        env: { ACME_REGISTRY: registry.address },
      }),
    );
    vscode = resources.use(await Workbench.launch({ width: 1280, height: 930 }));
    await vscode.open(server.url, server.userHome);
  });

  afterEach(async function () {
    await tellStep(vscode, this.currentTest, 'registries');
  });

  after(async () => await resources.disposeAsync());

  const answerPick = async (label: string | RegExp) => await vscode.pickRow(label).click();
  const logInTitle = () => `Log in to ${registry.address}`;

  it('connects a registry by its address, and says that it wants to know its user', async () => {
    await vscode.openView('Coracle');
    await vscode.page.getByText('There are no containers.').waitFor();
    await vscode.runCommand('Coracle: Focus on Registries View');
    await vscode.page.getByRole('button', { name: 'Connect a Registry' }).click();
    await answerPick('Another registry...');
    await vscode.answer('Address of the Registry', registry.address);
    await vscode.expand(vscode.treeItem(registry.address));
    await vscode.treeItem('You are not logged in.').waitFor();
  });

  it('logs in, and shows repositories, tags and platforms', async () => {
    await vscode.treeItem('Log in...').click();
    await vscode.answer(logInTitle(), user.name);
    // Both boxes have the same title.
    await vscode.quickInput.locator('input[type=password]').waitFor();
    await vscode.answer(logInTitle(), user.password);
    await answerPick('Only in VS Code');
    await vscode.notification(`You are logged in to ${registry.address} as ann.`).waitFor();
    await vscode.treeItem('team/web').waitFor();
    await vscode.expand(vscode.treeItem('team/web'));
    await vscode.expand(vscode.treeItem('1'));
    await vscode.treeItem('linux/amd64').waitFor();
  });

  it('pulls a tag by its menu', async () => {
    await vscode.contextMenu(vscode.treeItem('1'), 'Pull');
    await vscode.notification(`${registry.address}/team/web:1 is here.`).waitFor();
    await vscode.runCommand('Coracle: Focus on Images View');
    await vscode.treeItem(`${registry.address}/team/web:1`).waitFor();
  });

  it('pushes the image under another name, which the tree shows', async () => {
    await vscode.contextMenu(vscode.treeItem(`${registry.address}/team/web:1`), 'Push...');
    await answerPick('Another name...');
    const name = `${registry.address}/team/web:2`;
    await vscode.answer(`Push ${registry.address}/team/web:1 Under Another Name`, name);
    await vscode.notification(`${name} is in its registry.`).waitFor();
    await vscode.runCommand('Coracle Registries: Refresh');
    await vscode.runCommand('Coracle: Focus on Registries View');
    await vscode.treeItem('2').waitFor();
  });

  it('connects what another extension provides, which asks for what it needs', async () => {
    await vscode.runCommand('Coracle Registries: Connect Registry...');
    await answerPick('Acme Registries');
    await vscode.answer('Acme', user.password);
    // They leave no room for more rows than a few.
    for (const name of ['Containers', 'Images']) await vscode.section(name).locator('.pane-header').click();
    await vscode.expand(vscode.treeItem('Acme'));
    await vscode.treeItem('team/none').waitFor();
  });

  it('removes a manifest with all of its tags once the user has agreed to both', async () => {
    await vscode.contextMenu(vscode.treeItem('Acme'), 'Disconnect');
    await vscode.treeItem('Acme').waitFor({ state: 'detached' });
    await vscode.contextMenu(vscode.treeItem('2'), 'Remove from Registry...');
    await vscode.page.locator('.monaco-dialog-box').getByText('The same manifest is tagged 1, too.').waitFor();
    await vscode.modal('Remove');
    await vscode.modal('Remove All of Them');
    await until('no tag is left', async () => {
      const credentials = Buffer.from(`${user.name}:${user.password}`).toString('base64');
      const headers = { authorization: `Basic ${credentials}` };
      const found = await fetch(`http://${registry.address}/v2/team/web/tags/list`, { headers });
      return ((await found.json()) as { tags: unknown }).tags === null;
    });
    await vscode.treeItem('There are no tags.').waitFor();
  });

  it('threw nothing that nobody listened to', () => {
    assert.deepEqual(failuresIn(server.logs), []);
  });
});
