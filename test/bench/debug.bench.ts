// From F5 to the line with the breakpoint, in a real VS Code: a Node program in a container of an engine without root, its image built
// and cached, beside the same program debugged on the host in the same window.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { hasVscode } from '../../.ci/vscode.mjs';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { nodeArchive } from '../helpers/node-image.ts';
import { nodeBinary } from '../helpers/paths.ts';
import { startDaemon } from '../helpers/temp-daemon.ts';
import { testUser } from '../helpers/test-user.ts';
import { Debugging } from '../vscode/debugging.ts';
import { Editor } from '../vscode/editor.ts';
import { startUserServer, unpackExtension } from '../vscode/prepare.ts';
import { Workbench } from '../vscode/workbench.ts';
import { median, repetitions, report, title } from './harness.ts';

const line = 2;
const program = `const greeting = 'hello';
console.log(greeting);
setInterval(() => undefined, 1000);
`;
const dockerfile = `FROM node:24-slim
WORKDIR /app
COPY --chown=node . .
USER node
CMD ["node", "server.js"]
`;
const names = ['on the host', 'in a container'] as const;
/** Starts of one kind after each other: to choose the other kind takes the mouse. */
const block = 3;
/** What a session in a container may take more. */
const moreMs = 2000;

if (!hasVscode() || !existsSync('/usr/bin/chromium')) {
  console.log('debug: needs a VS Code and chromium: node .ci/setup.mjs test');
  process.exit();
}

const user = testUser();
await using daemon = await startDaemon({ rootless: true });
using client = new EngineClient(parseEndpoint(daemon.host));
await text(await client.images.load(Readable.from([await nodeArchive('node:24-slim')])));

const home = user.env['HOME'] ?? '';
const folder = join(home, 'program');
mkdirSync(join(folder, '.vscode'), { recursive: true });
const [host, container] = names;
const configurations = [
  {
    name: host,
    type: 'node',
    request: 'launch',
    program: '${workspaceFolder}/server.js',
    runtimeExecutable: user.visible(nodeBinary),
  },
  { name: container, type: 'coracle', request: 'launch', dockerfile: '${workspaceFolder}/Dockerfile' },
];
const launch = JSON.stringify({ version: '0.2.0', configurations });
const contexts = { engine: { host: daemon.host, description: '' } };
for (const [path, content] of [
  [join(folder, 'server.js'), program],
  [join(folder, 'Dockerfile'), dockerfile],
  [join(folder, '.dockerignore'), '.vscode\n'],
  [join(folder, '.vscode/launch.json'), launch],
  [join(home, 'contexts.json'), JSON.stringify({ current: 'default', contexts })],
] as const) {
  writeFileSync(path, content);
  user.own(path);
}
user.own(folder);
await using server = await startUserServer({ prepare: unpackExtension, env: { CORACLE_CONFIG: home } });
await using vscode = await Workbench.launch({ width: 1280, height: 900 });
const debug = new Debugging(vscode);
await vscode.open(server.url, folder);
await vscode.runCommand('Coracle Contexts: Use');
await vscode.pickRow('engine').click();
const editor = new Editor(vscode);
await editor.open('server.js');
await debug.toggleBreakpoint(editor, line);

async function stop(): Promise<void> {
  await debug.press('Stop');
  await debug.over();
}

/** Starts a kind by its name, so that F5 starts it from then on. */
async function choose(name: string): Promise<void> {
  await vscode.runCommand('Debug: Select and Start Debugging');
  await vscode.pickRow(name).click();
  await debug.stoppedAt(line);
  await stop();
}

const samples: Record<(typeof names)[number], number[]> = { [host]: [], [container]: [] };
const rounds = Math.ceil(repetitions(12) / block);
for (let round = 0; round < rounds; round++) {
  for (const name of names) {
    await choose(name);
    for (let time = 0; time < block; time++) {
      const begun = performance.now();
      await vscode.page.keyboard.press('F5');
      await vscode.page.locator('.debug-top-stack-frame-line').first().waitFor();
      samples[name].push(performance.now() - begun);
      await stop();
    }
  }
}
title(`from F5 to the breakpoint, ${samples[host].length} times each in turn (medians)`);
const [ours, theirs] = [median(samples[container]), median(samples[host])];
report({ what: 'in a container', ours, theirs, unit: 'ms', rival: 'on the host' });
report({ what: 'more than on the host', ours: ours - theirs, unit: 'ms', limit: moreMs });
const left = await client.containers.list({ all: true });
report({ what: 'containers that are left', ours: left.length, unit: '', limit: 0 });
