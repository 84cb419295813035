// The life of a server process: how it is started, what it says first, how it ends.

import assert from 'node:assert/strict';
import { execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverVersion } from '../../../language-server/src/server/version-number.ts';
import { until } from '../../helpers/poll.ts';
import { skip } from '../../helpers/skip.ts';
import { LanguageClient, ourServer, startClient } from '../client.ts';

const root = join(import.meta.dirname, '../../..');
const program = ourServer[0] ?? '';
const bundle = join(root, 'language-server/dist/coracle-language-server.mjs');
const run = promisify(execFile);

describe('language server: life', () => {
  it('prints its help and its version, which is the manifest’s', async () => {
    assert.match((await run(program, ['--help'])).stdout, /--stdio[^]*--node-ipc[^]*--socket/);
    assert.equal((await run(program, ['--version'])).stdout, `${serverVersion}\n`);
    const manifest = JSON.parse(readFileSync(join(root, 'language-server/package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal(serverVersion, manifest.version);
  });

  it('says what is wrong with its arguments', async () => {
    const cases = [
      [['--bogus'], /no such flag: --bogus/],
      [[], /say how to talk/],
      [['--socket=99999'], /port from 1 to 65535, not 99999/],
      [['--node-ipc'], /parent that started this process with a channel/],
    ] as const;
    for (const [args, message] of cases) {
      await assert.rejects(run(program, [...args]), { code: 2, stderr: message });
    }
  });

  it('greets, shuts down and ends with 0', async () => {
    const client = new LanguageClient();
    const { capabilities, serverInfo } = await client.initialize();
    assert.deepEqual(serverInfo, { name: 'coracle', version: serverVersion });
    assert.equal(capabilities.positionEncoding, 'utf-16');
    assert.equal(await client.stop(), 0);
  });

  it('ends with 1 when the client goes without a word', async () => {
    const client = new LanguageClient();
    await client.initialize();
    client.process.stdin?.end();
    const [code] = (await once(client.process, 'exit')) as [number];
    assert.equal(code, 1);
  });

  it('ends when the process that started it is gone', async () => {
    const parent = spawn('sleep', ['60'], { stdio: 'ignore' });
    const client = new LanguageClient();
    await client.request('initialize', { processId: parent.pid, rootUri: null, capabilities: {} });
    parent.kill('SIGKILL');
    const [code] = (await once(client.process, 'exit')) as [number];
    assert.equal(code, 1);
  });

  it('talks over a socket', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const child = spawn(program, [`--socket=${port}`], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    const [socket] = (await once(server, 'connection')) as [Socket];
    const request = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { processId: null, capabilities: {} },
    });
    socket.write(`Content-Length: ${Buffer.byteLength(request)}\r\n\r\n${request}`);
    let heard = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      heard += chunk.toString();
      if (heard.includes('"serverInfo"')) break;
    }
    // Leaving the loop has closed the socket.
    server.close();
    await ended;
    assert.match(heard, /"serverInfo"/);
  });

  it('talks over the channel of a Node parent, and ends with it', async () => {
    const child = fork(bundle, ['--node-ipc'], { silent: true });
    child.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { processId: null, capabilities: {} } });
    const [answer] = (await once(child, 'message')) as [{ result?: { serverInfo?: object } }];
    assert.ok(answer.result?.serverInfo);
    child.disconnect();
    await once(child, 'exit');
  });

  it('gives memory back when nobody types', async () => {
    await using client = await startClient();
    const uri = 'file:///w/Dockerfile';
    client.open(uri, `FROM alpine:3\n${'RUN apt-get install -y git && cd /x\n'.repeat(600)}`);
    await client.problems(uri, 1);
    let most = 0;
    for (let version = 2; version < 30; version++) {
      client.change(uri, version, [
        { range: { start: { line: 0, character: 13 }, end: { line: 0, character: 13 } }, text: '1' },
      ]);
      await client.problems(uri, version);
      most = Math.max(most, residentMiB(client.process.pid));
    }
    await until('it takes less', () => Promise.resolve(residentMiB(client.process.pid) < most - 5));
  });

  it('runs on the Node that the machine has, from 20 on', async function () {
    const host = await hostNode();
    if (host === undefined) return skip(this, 'the only Node here is the project’s own');
    await using client = await startClient({ command: [host, bundle, '--stdio'] });
    client.open('file:///w/Dockerfile', 'FRM x\n');
    assert.ok((await client.problems('file:///w/Dockerfile', 1)).length > 0);
  });
});

function residentMiB(pid = 0): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** A Node outside of the project, 20 or later. */
async function hostNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(':').filter((each) => !each.startsWith(root))) {
    const node = join(folder, 'node');
    const version = await run(node, ['--version']).catch(() => undefined);
    if (Number(/^v(\d+)/.exec(version?.stdout ?? '')?.[1] ?? 0) >= 20) return node;
  }
  return undefined;
}
