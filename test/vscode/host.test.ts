// What only an extension host can tell: activation, commands, and the file system as VS Code's API shows it, of a container that
// really runs. The cases are in `host/cases.ts`; they run in the window of an ordinary user, and are reported here.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { root } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { testUser } from '../helpers/test-user.ts';
import { cases } from './host/cases.ts';
import { endEnginesForGood, failuresIn, requireVscode, startUserServer } from './prepare.ts';
import type { Server } from './server.ts';
import { Workbench } from './workbench.ts';

describe('vscode: in the extension host', function () {
  this.timeout(480_000);
  let server: Server;
  let outcomes: Readonly<Record<string, string>> = {};
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    const user = testUser();
    const folder = join(user.env['HOME'] ?? '', 'host-tests');
    mkdirSync(folder);
    user.own(folder);
    const [results, image, tests] = ['results.json', 'image.tar', 'run.cjs'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(image, await busyboxArchive('busybox:1'));
    await esbuild.build({
      entryPoints: [join(import.meta.dirname, 'host/run.ts')],
      outfile: tests,
      bundle: true,
      external: ['vscode'],
      platform: 'node',
      format: 'cjs',
      target: 'node22',
    });
    // After the window has gone: it would start the engine again.
    resources.defer(endEnginesForGood);
    const env = { CORACLE_TEST_RESULTS: results, CORACLE_TEST_IMAGE: image };
    server = resources.use(await startUserServer({ isTestDriver: true, env }));
    const vscode = resources.use(await Workbench.launch({ width: 1280, height: 930 }));
    const at = `vscode-remote://${new URL(server.url).host}`;
    await vscode.open(server.url, folder, {
      extensionDevelopmentPath: `${at}${user.visible(join(root, 'extension'))}`,
      extensionTestsPath: `${at}${tests}`,
    });
    // Half of the file may be there: what cannot be read yet is read again.
    outcomes = await until(
      'the cases have ended',
      async () => JSON.parse(readFileSync(results, 'utf8')) as typeof outcomes,
      { timeoutMs: 400_000, everyMs: 200 },
    );
  });

  after(async () => await resources.disposeAsync());

  for (const title of Object.keys(cases)) it(title, () => assert.equal(outcomes[title], 'passed'));

  it('threw nothing that nobody listened to', () => {
    assert.deepEqual(failuresIn(server.logs), []);
  });
});
