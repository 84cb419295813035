// The product as its user meets it: the packaged .vsix in a real VS Code whose server an ordinary user runs, from the first look
// at the view to a container removed from the tree. CORACLE_SCREENSHOTS names a folder for a picture of each step.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ownHost } from '../../runtime/src/connect/choose-host.ts';
import { isKept } from '../../runtime/src/connect/doorman.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { nodeBinary, root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { type Registry, requireRegistry, startRegistry } from '../helpers/registry.ts';
import { runOk } from '../helpers/run.ts';
import { testUser } from '../helpers/test-user.ts';
import { coracleOf, engineWitness, worksWithContainer } from './container-steps.ts';
import {
  endEngines,
  endEnginesForGood,
  enginePids,
  failuresIn,
  requireVscode,
  startUserServer,
  tellStep,
} from './prepare.ts';
import type { Server } from './server.ts';
import { patience, Workbench } from './workbench.ts';

describe('vscode: the explorer of an ordinary user', function () {
  this.timeout(480_000);
  this.bail(true); // Each step stands on the one before.
  let registry: Registry;
  let server: Server;
  let vscode: Workbench;
  let image = '';
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    requireRegistry(this);
    await runOk(nodeBinary, [join(root, '.ci/package.mjs')]);
    const packages = readdirSync(join(root, 'extension')).filter((name) => name.endsWith('.vsix'));
    assert.equal(packages.length, 1);
    registry = resources.use(await startRegistry());
    // After the window has gone: it would start the engine again.
    resources.defer(endEnginesForGood);
    await registry.push('busybox:1', await busyboxArchive('busybox:1'));
    image = `${registry.address}/busybox:1`;
    const vsix = packages.map((name) => testUser().visible(join(root, 'extension', name)));
    server = resources.use(await startUserServer({ vsix }));
    vscode = resources.use(await Workbench.launch({ width: 1280, height: 930 }));
    await vscode.open(server.url, server.userHome);
  });

  afterEach(async function () {
    await tellStep(vscode, this.currentTest);
  });

  after(async () => await resources.disposeAsync());

  const coracle = (...args: string[]) => coracleOf(server, args);

  /** A process that it is just starting looks like it. */
  const oneEngineRuns = () => until('one engine runs', async () => enginePids().length === 1);

  it('starts the engine when the view is first looked at', async () => {
    await vscode.openView('Coracle');
    await vscode.page.getByText('There are no containers.').waitFor();
    await oneEngineRuns();
    const { stdout } = await coracle('info', '--format', '{{json .SecurityOptions}}');
    assert.match(stdout, /name=rootless/);
  });

  it('pulls an image', async () => {
    await vscode.runCommand('Coracle Images: Pull...');
    await vscode.answer('Pull Image', image);
    await vscode.treeItem(image).waitFor();
  });

  worksWithContainer({
    vscode: () => vscode,
    witness: engineWitness(coracle),
    image: () => image,
    typed: 'cat /proc/1/comm',
    shown: /^sh$/m,
  });

  it('copies a file that is dragged to another folder, and opens one that is dragged into the editor', async () => {
    const isCopied = async () => (await coracle('exec', 'web', 'cat', '/tmp/note')).stdout === 'made in the editor';
    await until(
      'the copy is there',
      async (attempt) => {
        if (await isCopied()) return true;
        const timeout = patience(attempt);
        // What was dragged in vain is still held.
        await vscode.page.mouse.up();
        await vscode.treeItem('note').dragTo(vscode.treeItem('tmp'), { timeout });
        // Rows that move meanwhile take the drop.
        return await until('it is copied', isCopied, { timeoutMs: timeout });
      },
      { timeoutMs: 180_000 },
    );
    const folder = vscode.treeItem('etc');
    await coracle('exec', 'web', 'sh', '-c', 'echo dragged > /etc/note2');
    await vscode.expand(folder);
    await until('the file is dragged into the editor', async (attempt) => {
      await vscode.treeItem('note2').hover();
      await vscode.page.mouse.down();
      const box = await vscode.page.locator('.editor-group-container.active .editor-container').boundingBox();
      assert(box !== null);
      // Step by step: the place for the drop appears under the pointer.
      await vscode.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 10 });
      await vscode.page.mouse.move(box.x + box.width / 2 + 5, box.y + box.height / 2 + 5, { steps: 5 });
      await vscode.page.mouse.up();
      const timeoutMs = patience(attempt);
      return await until('it is open', async () => (await vscode.editorText()).includes('dragged'), { timeoutMs });
    });
  });

  it('recovers when the engine is killed', async () => {
    await vscode.openView('Coracle');
    const [pid] = enginePids();
    assert(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await until('another engine runs', async () => enginePids().some((one) => one !== pid));
    await vscode.treeItem('web').waitFor();
    await coracle('run', '-d', '--name', 'second', image, 'sleep', '1000');
    await vscode.treeItem('second').waitFor();
    assert.equal((await coracle('exec', 'web', 'cat', '/root/note')).stdout, 'made in the editor');
  });

  it('stops and removes from the tree', async () => {
    await vscode.contextMenu(vscode.treeItem('web'), 'Stop');
    await until('it has stopped', async () => {
      return (await coracle('inspect', '--format', '{{.State.Status}}', 'web')).stdout === 'exited\n';
    });
    await vscode.contextMenu(vscode.treeItem('web'), 'Remove');
    await vscode.modal('Remove');
    await vscode.treeItem('web').waitFor({ state: 'detached' });
    assert.equal((await coracle('ps', '-a', '--format', '{{.Names}}')).stdout, 'second\n');
  });

  it('is woken by docker in a new terminal when it has ended', async () => {
    await vscode.openView('Explorer');
    await endEngines();
    await vscode.runCommand('Terminal: Create New Terminal');
    const { env, uid } = testUser();
    const socket = ownHost(env, uid).replace('unix://', '');
    // Sooner than anybody types.
    await until('somebody keeps the socket', () => Promise.resolve(isKept(socket)));
    // Another terminal may still be the active one.
    await vscode.waitForTerminal(/\$ *$/);
    await vscode.typeInTerminal(`docker ps --all --format '{{.Names}} is there'`);
    await vscode.waitForTerminal(/^second is there$/m);
    await oneEngineRuns();
  });

  it('threw nothing that nobody listened to', async () => {
    await coracle('rm', '-f', 'second');
    assert.deepEqual(failuresIn(server.logs), []);
  });
});
