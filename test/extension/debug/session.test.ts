// Debug sessions against a real engine: a Node program of a folder is built, run and stopped at a breakpoint by a real client of its
// inspector, through the tunnel; and whatever ends a session, nothing is left. VS Code's part is in test/vscode/debug.test.ts.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Inspector, type Paused } from '../../helpers/inspector.ts';
import { nodeArchive, npmFolder } from '../../helpers/node-image.ts';
import { typeScriptCompiler } from '../../helpers/typescript-compiler.ts';
import { nodeBinary, root } from '../../helpers/paths.ts';
import { until } from '../../helpers/poll.ts';
import { skip } from '../../helpers/skip.ts';
import { makeTempFolder } from '../../helpers/temp-folder.ts';
import { useExtensionEngine } from '../engine.ts';
import { debugSession, keeperProgram } from './debug-session.ts';

const server = `const http = require('node:http');
const answer = (n) => {
  const twice = n * 2;
  return 'twice is ' + twice;
};
http.createServer((request, response) => response.end(answer(21))).listen(3000, () => {
  console.log('listening on http://0.0.0.0:3000/hello');
});
console.log(answer(1));
`;
const dockerfile = `FROM node:24-slim
WORKDIR /app
COPY --chown=node . .
USER node
EXPOSE 3000
CMD ["node", "server.js"]
`;

describe('extension: debug sessions', function () {
  const engine = useExtensionEngine();

  before(async () => {
    const archive = await nodeArchive('node:24-slim', { withNpm: true });
    await text(await engine().client.images.load(Readable.from([archive])));
  });

  /** A folder with a program and its Dockerfile, for as long as the test runs. */
  async function project(files: Readonly<Record<string, string>> = {}) {
    const folder = await makeTempFolder();
    for (const [name, content] of Object.entries({ Dockerfile: dockerfile, 'server.js': server, ...files })) {
      await writeFile(join(folder.path, name), content);
    }
    return folder;
  }

  const session = (folder: string, properties: Readonly<Record<string, unknown>> = {}) =>
    debugSession(engine().client, folder, { properties });

  const containers = async () => await engine().client.containers.list({ all: true });

  async function stopped(inspector: Inspector) {
    return await until('it has stopped', () => Promise.resolve(inspector.takePaused()));
  }

  async function evaluate(inspector: Inspector, { callFrames }: Paused, expression: string) {
    const { callFrameId } = callFrames[0] ?? {};
    const { result } = await inspector.call('Debugger.evaluateOnCallFrame', { callFrameId, expression });
    return (result as { readonly value?: unknown } | undefined)?.value;
  }

  it('stops in the first lines of a program that an image was just built for, and leaves nothing', async () => {
    await using folder = await project();
    await using run = session(folder.path);
    await run.task.start();
    const [joined] = await run.waiting();
    assert.deepEqual([joined?.type, joined?.['localRoot'], joined?.['remoteRoot']], ['node', folder.path, '/app']);
    using inspector = await Inspector.connect(String(joined?.['websocketAddress']));
    await inspector.breakAt('/app/server.js', 3);
    const paused = await stopped(inspector);
    assert.deepEqual([paused.callFrames[0]?.functionName, paused.callFrames[0]?.location.lineNumber], ['answer', 2]);
    assert.equal(await evaluate(inspector, paused, 'n'), 1);
    assert.deepEqual(run.opened, []);
    await inspector.call('Debugger.disable');
    await until('the browser is opened', () => Promise.resolve(run.opened.length > 0));
    assert.deepEqual(run.opened, ['http://localhost:3000/hello']);
    assert.match(run.told.output, /^twice is 2$/m);
    assert.doesNotMatch(run.told.output, /Debugger (?:listening|attached)/);
    const answer = await fetch(run.opened[0] ?? '');
    assert.equal(await answer.text(), 'twice is 42');
    await run.task.end();
    assert.deepEqual(await containers(), []);
  });

  it('debugs what npm starts, and each Node that this starts, and not npm', async function () {
    if (npmFolder() === undefined) skip(this, 'needs npm');
    await using folder = await project({
      Dockerfile: dockerfile.replace('["node", "server.js"]', '["npm", "start"]'),
      'package.json': '{ "scripts": { "start": "node parent.js" } }',
      'parent.js':
        "require('node:child_process').spawn('node', ['child.js'], { stdio: ['ignore', 'pipe', 'pipe'] });\n",
      'child.js': 'const a = 1;\nsetInterval(() => a, 1000);\n',
    });
    await using run = session(folder.path);
    await run.task.start();
    const [parent] = await run.waiting();
    using first = await Inspector.connect(String(parent?.['websocketAddress']));
    await first.breakAt('/app/parent.js', 1);
    assert.equal(await evaluate(first, await stopped(first), '__filename'), '/app/parent.js');
    await first.call('Debugger.resume');
    const [, child] = await run.waiting(2);
    using second = await Inspector.connect(String(child?.['websocketAddress']));
    await second.breakAt('/app/child.js', 2);
    assert.equal(await evaluate(second, await stopped(second), '__filename'), '/app/child.js');
  });

  it('brings the source maps of what was compiled in the image, of both kinds of modules', async () => {
    await using folder = await project({
      Dockerfile: `FROM node:24-slim\nWORKDIR /app\nCOPY . .\nRUN node compile.js\nCMD ["node", "dist/server.mjs"]\n`,
      'compile.js': typeScriptCompiler,
      'server.mts':
        "import { twice } from './library.cjs';\nenum Colour { Red = 7 }\nconsole.log(twice(Colour.Red));\n",
      'library.cts': 'interface Unused { readonly a: string }\nexports.twice = (n: number): number => n * 2;\n',
    });
    await using run = session(folder.path);
    await run.task.start();
    const [joined] = await run.waiting();
    using inspector = await Inspector.connect(String(joined?.['websocketAddress']));
    await inspector.call('Debugger.enable');
    await inspector.call('Runtime.runIfWaitingForDebugger');
    await run.shows(/^14$/m);
    const maps: (readonly string[])[] = [];
    for (const path of ['/app/dist/server.mjs', '/app/dist/library.cjs']) {
      // The log may be quicker than the inspector.
      const address = await until(`${path} is known`, async () => inspector.mapOf(`file://${path}`) || undefined);
      const text = Buffer.from(address.replace(/^data:.*base64,/, ''), 'base64').toString();
      maps.push((JSON.parse(text) as { readonly sources: readonly string[] }).sources);
    }
    assert.deepEqual(maps, [['../server.mts'], ['../library.cts']]);
  });

  it('stops at the first line when it is asked to', async () => {
    await using folder = await project();
    await using run = session(folder.path, { stopOnEntry: true });
    await run.task.start();
    const [joined] = await run.waiting();
    assert.equal(joined?.['continueOnAttach'], false);
    using inspector = await Inspector.connect(String(joined?.['websocketAddress']));
    await inspector.call('Debugger.enable');
    await inspector.call('Runtime.runIfWaitingForDebugger');
    assert.equal((await stopped(inspector)).callFrames[0]?.location.lineNumber, 0);
  });

  it('runs beside what runs in the container: a command of a user waits for no debugger', async () => {
    await using folder = await project();
    await using run = session(folder.path);
    await run.task.start();
    await run.waiting();
    const [container] = await containers();
    const { client } = engine();
    const exec = await client.containers.execCreate(container?.Id ?? '', {
      Cmd: ['node', '-e', 'process.exit(3)'],
      AttachStdout: true,
    });
    const { socket } = await client.containers.execStart(exec.Id, {});
    await text(socket);
    assert.equal((await client.containers.execInspect(exec.Id)).ExitCode, 3);
  });

  it('tells the exit code and what was written before it, and runs without a debugger when asked', async () => {
    await using folder = await project({ 'server.js': "console.error('over');process.exitCode = 4;\n" });
    await using run = session(folder.path, { noDebug: true });
    await run.task.start();
    await until('it is over', () => Promise.resolve(run.told.isOver));
    assert.equal(run.told.exitCode, 4);
    assert.match(run.told.output, /^over\nThe container exited with code 4\.$/m);
    await until('it is removed', async () => (await containers()).length === 0);
    assert.deepEqual(run.joined, []);
  });

  it('leaves nothing of a build that fails or is cancelled, or of a program that cannot be started', async () => {
    await using folder = await project({ Dockerfile: 'FROM node:24-slim\nRUN exit 5\n' });
    await using failing = session(folder.path);
    await assert.rejects(failing.task.start(), /was not built\. Dockerfile:2:/);
    await writeFile(join(folder.path, 'Dockerfile'), 'FROM node:24-slim\nRUN sleep 60\n');
    await using cancelled = session(folder.path);
    const begun = cancelled.task.start();
    await cancelled.shows(/RUN sleep/);
    await cancelled.task.end();
    await assert.rejects(begun, { name: 'AbortError' });
    await writeFile(join(folder.path, 'Dockerfile'), 'FROM node:24-slim\nCMD ["/no/node"]\n');
    await using missing = session(folder.path, { language: 'node' });
    await assert.rejects(missing.task.start(), /no such file/);
    assert.deepEqual(await containers(), []);
  });

  it('takes other ports where its own are taken, and opens those', async () => {
    await using folder = await project();
    await using first = session(folder.path, { noDebug: true });
    await first.task.start();
    await using second = session(folder.path, { noDebug: true });
    await second.task.start();
    await until('both are opened', () => Promise.resolve(first.opened.length + second.opened.length === 2));
    assert.equal(first.opened[0], 'http://localhost:3000/hello');
    assert.notEqual(second.opened[0], first.opened[0]);
    assert.equal(await (await fetch(second.opened[0] ?? '')).text(), 'twice is 42');
  });

  it('builds only what changed when it is started again, and leaves no image behind', async () => {
    await using folder = await project();
    await using before = session(folder.path, { noDebug: true });
    await before.task.start();
    const old = (await containers())[0]?.ImageID ?? '';
    await before.task.end();
    await writeFile(join(folder.path, 'server.js'), server.replace('twice is', 'now twice is'));
    await using again = session(folder.path, { noDebug: true });
    await again.task.start();
    await again.shows(/^now twice is 2$/m);
    assert.match(again.told.output, /WORKDIR \/app\n\[2\/6\] CACHED/);
    await assert.rejects(engine().client.images.inspect(old), /No such image/);
  });

  it('joins a container that runs, and leaves it running', async () => {
    await using folder = await project();
    const { client } = engine();
    await using build = session(folder.path, { noDebug: true });
    await build.task.start();
    await build.task.end();
    const { Id = '' } = await client.containers.create({ Image: 'debugged:1' }, 'plain');
    await client.containers.start(Id ?? '');
    await using run = session(folder.path, { request: 'attach', container: 'plain' });
    await run.task.start();
    const [joined] = await run.waiting();
    assert.deepEqual([joined?.['localRoot'], joined?.['remoteRoot']], [folder.path, '/app']);
    using inspector = await Inspector.connect(String(joined?.['websocketAddress']));
    const { result } = await inspector.call('Runtime.evaluate', { expression: 'answer(4)' });
    assert.equal((result as { value?: unknown } | undefined)?.value, undefined, 'a module keeps its names to itself');
    const { result: pid } = await inspector.call('Runtime.evaluate', { expression: 'process.pid' });
    assert.equal((pid as { value?: unknown }).value, 1);
    assert.equal(run.told.isOver, false);
    await run.task.end();
    await until('the tunnel is closed', () => Promise.resolve(!inspector.isOpen));
    assert.equal((await client.containers.inspect('plain')).State?.Running, true);
    await using over = session(folder.path, { request: 'attach', container: 'plain' });
    await over.task.start();
    await client.containers.remove('plain', { force: true });
    await until('the session is over', () => Promise.resolve(over.told.isOver));
  });

  it('says why it joins nothing', async () => {
    await using folder = await project();
    const attach = (properties: object) =>
      session(folder.path, { request: 'attach', container: 'none', ...properties });
    await assert.rejects(attach({}).task.start(), /No such container/);
    await engine().container('shell', ['sleep', '1000']);
    await assert.rejects(attach({ container: 'shell' }).task.start(), /"sleep 1000", which tells no language/);
    await assert.rejects(attach({ container: 'shell', language: 'node' }).task.start(), /node/);
  });

  it('has what is left removed when the window is killed', async () => {
    const { client, daemon } = engine();
    await engine().container('left', ['sleep', '1000']);
    const { Id = '' } = await client.containers.inspect('left');
    const script = `
      import { Keeper } from ${JSON.stringify(join(root, 'extension/src/debug/keeper.ts'))};
      new Keeper(${JSON.stringify(keeperProgram)}).keep(${JSON.stringify(Id)}, ${JSON.stringify(client.http.endpoint)});
      setInterval(() => undefined, 1000);`;
    const window = spawn(nodeBinary, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    await until('the keeper runs', () => {
      const commands = execFileSync('ps', ['-eo', 'ppid,args'], { encoding: 'utf8' });
      // That of this window: those of sessions before may be ending still.
      return Promise.resolve(
        commands
          .split('\n')
          .some((line) => line.trimStart().startsWith(`${window.pid} `) && line.endsWith('keeper.cjs')),
      );
    });
    window.kill('SIGKILL');
    await until('it is removed', async () => (await containers()).length === 0);
    assert.ok(daemon.pid() > 0);
  });
});
