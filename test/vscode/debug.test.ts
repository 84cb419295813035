// A Node program in a folder with a Dockerfile, debugged in a container by pressing F5 in a real VS Code, without launch.json: from the
// question which debugger to a container that is gone. CORACLE_SCREENSHOTS names a folder for a picture of each step.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Page } from 'playwright-core';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { nodeArchive } from '../helpers/node-image.ts';
import { until } from '../helpers/poll.ts';
import { requireDaemon, startDaemon } from '../helpers/temp-daemon.ts';
import { testUser } from '../helpers/test-user.ts';
import { typeScriptCompiler } from '../helpers/typescript-compiler.ts';
import { Debugging } from './debugging.ts';
import { Editor } from './editor.ts';
import { failuresIn, requireVscode, startUserServer, tellStep, unpackExtension } from './prepare.ts';
import type { Server } from './server.ts';
import { patience, Workbench } from './workbench.ts';

const server = `const http = require('node:http');
const answer = (n) => {
  const twice = n * 2;
  return 'twice is ' + twice;
};
http.createServer((request, response) => {
  response.end(request.url === '/hello' ? answer(21) : '');
}).listen(3000, () => console.log('listening on http://0.0.0.0:3000/hello'));
console.log(answer(1));
`;
const dockerfile = `FROM node:24-slim
WORKDIR /app
COPY --chown=node . .
USER node
EXPOSE 3000
CMD ["node", "server.js"]
`;

/** Its JavaScript is made in the image, and nowhere else. */
const typed = {
  'api.ts': `interface Unused { readonly a: string }
enum Colour { Red = 7, Blue = 8 }
function name(colour: Colour): string {
  const found = Colour[colour] ?? '';
  return found.toUpperCase();
}
setInterval(() => name(Colour.Blue), 500);
`,
  'compile.js': typeScriptCompiler,
  Containerfile: 'FROM node:24-slim\nWORKDIR /srv\nCOPY . .\nRUN node compile.js\nCMD ["node", "dist/api.js"]\n',
};

describe('vscode: debugging in containers', function () {
  this.timeout(480_000);
  this.bail(true); // Each step stands on the one before.
  let client: EngineClient;
  let code: Server;
  let vscode: Workbench;
  let editor: Editor;
  let debug: Debugging;
  let folder = '';
  const opened: Page[] = [];
  const resources = new AsyncDisposableStack();

  before(async function () {
    requireVscode(this);
    requireDaemon(this);
    // As most people have it: an engine without root.
    const daemon = resources.use(await startDaemon({ rootless: true }));
    client = resources.use(new EngineClient(parseEndpoint(daemon.host)));
    await text(await client.images.load(Readable.from([await nodeArchive('node:24-slim')])));
    const user = testUser();
    folder = join(user.env['HOME'] ?? '', 'shop');
    mkdirSync(join(folder, 'api'), { recursive: true });
    const api = Object.entries(typed).map(([name, content]) => [`api/${name}`, content] as const);
    for (const [name, content] of [['Dockerfile', dockerfile], ['server.js', server], ...api] as const) {
      writeFileSync(join(folder, name), content);
      user.own(join(folder, name));
    }
    user.own(folder);
    const contexts = { engine: { host: daemon.host, description: '' } };
    writeFileSync(join(folder, '../contexts.json'), JSON.stringify({ current: 'default', contexts }));
    const env = { CORACLE_CONFIG: user.env['HOME'] ?? '' };
    code = resources.use(await startUserServer({ prepare: unpackExtension, env }));
    vscode = resources.use(await Workbench.launch({ width: 1400, height: 930 }));
    vscode.page.context().on('page', (page) => opened.push(page));
    editor = new Editor(vscode);
    debug = new Debugging(vscode);
    await vscode.open(code.url, folder);
    await vscode.runCommand('Coracle Contexts: Use');
    await vscode.pickRow('engine').click();
    await vscode.page.locator('.statusbar').getByText('engine', { exact: true }).waitFor();
  });

  afterEach(async function () {
    await tellStep(vscode, this.currentTest);
  });

  after(async () => await resources.disposeAsync());

  const containers = async () => await client.containers.list({ all: true });

  it('builds, runs and stops at a breakpoint, by F5 alone', async () => {
    await editor.open('server.js');
    await debug.toggleBreakpoint(editor, 4);
    await vscode.page.keyboard.press('F5');
    await vscode.pickRow('Container (Coracle)').click();
    await debug.stoppedAt(4);
    assert.equal(await debug.variable('n'), '1');
    assert.equal(await debug.variable('twice'), '2');
    const [container] = await containers();
    assert.deepEqual(
      container?.Ports?.map(({ IP, PrivatePort }) => [IP, PrivatePort]),
      [['127.0.0.1', 3000]],
    );
  });

  it('goes on, shows what is written, and opens the browser when the server listens', async () => {
    await debug.press('Continue');
    // The browser's request stands still as well.
    await until('the request stops', async () => (await debug.variable('n')) === '21');
    await debug.press('Continue');
    await until('a page is opened', () => Promise.resolve(opened.length > 0));
    await opened[0]?.getByText('twice is 42').waitFor();
    await debug.consoleShows(/^twice is 2$/m);
    await debug.consoleShows(/listening on http:\/\/0\.0\.0\.0:3000\/hello/);
  });

  it('is started again with what changed, and only that is built', async () => {
    await editor.open('server.js');
    await editor.typeOver(4, "return 'now twice is ' + twice;");
    const [before] = await containers();
    await debug.press('Restart');
    await debug.stoppedAt(4);
    assert.equal(await debug.variable('n'), '1');
    await debug.press('Continue');
    await debug.consoleShows(/^now twice is 2$/m);
    await debug.consoleShows(/^\[2\/6\] CACHED$/m);
    const [after] = await containers();
    assert.notEqual(after?.Id, before?.Id);
    assert.equal((await containers()).length, 1);
  });

  it('leaves nothing when it is stopped', async () => {
    await debug.press('Stop');
    await debug.over();
    await until('no container is left', async () => (await containers()).length === 0);
  });

  it('stops in TypeScript that is compiled in the image only', async () => {
    await editor.open('api.ts');
    await debug.toggleBreakpoint(editor, 5);
    await editor.open('Containerfile');
    await vscode.runCommand('Coracle Builds: Build and Debug...');
    await debug.stoppedAt(5);
    await vscode.page.locator('.tab.active[data-resource-name="api.ts"]').waitFor();
    assert.match(await debug.variable('found'), /Blue/);
    await debug.press('Stop');
    await debug.over();
  });

  it('tells of a build that fails, and leaves nothing', async () => {
    writeFileSync(join(folder, 'Dockerfile'), dockerfile.replace('USER node', 'RUN exit 3'));
    await editor.open('Dockerfile');
    await vscode.runCommand('Coracle Builds: Build and Debug...');
    await vscode.notification(/the image was not built\. Dockerfile:4/).waitFor();
    await debug.over();
    assert.deepEqual(await containers(), []);
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  });

  it('joins a container that runs, and leaves it running', async () => {
    const { Id = '' } = await client.containers.create({ Image: 'shop:latest' }, 'plain');
    await client.containers.start(Id ?? '');
    await editor.open('server.js');
    await vscode.runCommand('Coracle Containers: Attach Debugger');
    await vscode.pickRow('plain').click();
    await until('a request stops', async (attempt) => {
      const ask = "fetch('http://127.0.0.1:3000/hello').catch(() => undefined)";
      const exec = await client.containers.execCreate('plain', { Cmd: ['node', '-e', ask] });
      await client.containers.execStartDetached(exec.Id, false);
      await vscode.page
        .locator('.debug-top-stack-frame-line')
        .first()
        .waitFor({ timeout: patience(attempt) });
      return true;
    });
    await debug.stoppedAt(4);
    assert.equal(await debug.variable('n'), '21');
    await debug.press('Disconnect');
    await debug.over();
    assert.equal((await client.containers.inspect('plain')).State?.Running, true);
    await client.containers.remove('plain', { force: true });
  });

  it('leaves nothing when the window closes', async () => {
    await editor.open('server.js');
    // VS Code has not forgotten which debugger it was.
    await vscode.page.keyboard.press('F5');
    await debug.stoppedAt(4);
    assert.equal((await containers()).length, 1);
    await vscode.page.goto('about:blank');
    await until('no container is left', async () => (await containers()).length === 0);
  });

  it('threw nothing that nobody listened to', () => {
    assert.deepEqual(failuresIn(code.logs), []);
  });
});
