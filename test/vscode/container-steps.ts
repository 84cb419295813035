// What people do with a container in a day, whatever engine runs it: the same steps for each.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../helpers/poll.ts';
import { run, type Finished } from '../helpers/run.ts';
import { testUser } from '../helpers/test-user.ts';
import { Editor } from './editor.ts';
import { runFromForm } from './run-form.ts';
import type { Server } from './server.ts';
import type { Workbench } from './workbench.ts';

/** The command line that came with the extension, as the same user on the same engine. */
export async function coracleOf(server: Server, args: readonly string[]): Promise<Finished> {
  const user = testUser();
  const [extension] = readdirSync(server.extensions).filter((name) => name.startsWith('coracle.'));
  const program = join(server.extensions, extension ?? '', 'engine/coracle');
  const words = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups', '--', program, ...args];
  return await run('setpriv', words, { env: { ...user.env, HOME: server.userHome } });
}

/** What is so, asked of others than the views that are tried. */
export interface Witness {
  isRunning(container: string): Promise<boolean>;
  /** Text of a file of a running container. */
  read(container: string, path: string): Promise<string>;
}

/** The engine, by its command line. */
export function engineWitness(coracle: (...args: string[]) => Promise<Finished>): Witness {
  return {
    isRunning: async (container) =>
      (await coracle('ps', '--format', '{{.Names}} {{.State}}')).stdout.split('\n').includes(`${container} running`),
    read: async (container, path) => (await coracle('exec', container, 'cat', path)).stdout,
  };
}

export interface Day {
  readonly vscode: () => Workbench;
  readonly witness: Witness;
  /** Of the row that is run; it is there. */
  readonly image: () => string;
  /** Something typed in the shell of the container, and the line that comes of it. */
  readonly typed: string;
  readonly shown: RegExp;
}

/** Steps that each stand on the one before: at the end a container `web` runs, whose file /root/note the editor has written. */
export function worksWithContainer({ vscode, witness, image, typed, shown }: Day): void {
  const note = () => witness.read('web', '/root/note');

  it('runs an image from the form', async () => {
    await vscode().treeItem(image()).waitFor();
    await vscode().contextMenu(vscode().treeItem(image()), 'Run...');
    await runFromForm(vscode(), 'web', `sh -c 'i=0; while true; do echo line $i; i=$((i+1)); sleep 1; done'`);
    await vscode().treeItem('web').waitFor();
    // It is shown from its making on.
    await until('it runs', () => witness.isRunning('web'));
  });

  it('follows the logs', async () => {
    await vscode().contextMenu(vscode().treeItem('web'), 'Follow Logs');
    await vscode()
      .page.getByText(/line \d+/)
      .first()
      .waitFor();
  });

  it('opens a shell and types in it', async () => {
    await vscode().contextMenu(vscode().treeItem('web'), 'Open Shell');
    await vscode().waitForTerminal(/# *$/);
    await vscode().typeInTerminal(`echo made in the shell > /root/note; ${typed}`);
    await vscode().waitForTerminal(shown);
    assert.equal(await note(), 'made in the shell\n');
  });

  it('edits a file in the container', async () => {
    await vscode().contextMenu(vscode().treeItem('web'), 'Open Files');
    const folder = vscode().treeItem('root');
    await folder.waitFor();
    await vscode().expand(folder);
    await vscode().treeItem('note').click();
    await until('the file is open', async () => (await vscode().editorText()).includes('made in the shell'));
    // Keys that come while a file is being opened may go to what had the focus before.
    const editor = new Editor(vscode());
    await editor.write('made in the editor');
    await editor.save();
    await until('the container has it', async () => (await note()) === 'made in the editor');
  });
}
