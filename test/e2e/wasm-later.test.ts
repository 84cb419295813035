// Components of WASI 0.3 in containers, over the whole engine: requests come by a published port, and what they ask goes through the
// container's networks or nowhere.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { dockerArchive, tarOf } from '../helpers/busybox-image.ts';
import { coracleCli, type Cli } from '../helpers/clients.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { component } from '../wasm/preview2/component.ts';

describe('components of WASI 0.3', function () {
  this.timeout(600_000);
  let daemon: TempDaemon;
  let coracle: Cli;

  before(async function () {
    requireDaemon(this);
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    daemon = await startDaemon({ args: ['--mode', 'wasm'] });
    coracle = coracleCli(daemon.host);
    const programs = await tarOf({
      server: await component('later-server', 'later-http'),
      sockets: await component('later-sockets', 'later-sockets'),
    });
    const image = await dockerArchive(
      'later:1',
      [programs],
      { Cmd: ['/server'] },
      { os: 'wasi', architecture: 'wasm' },
    );
    using client = new EngineClient(parseEndpoint(daemon.host));
    await text(await client.images.load(Readable.from([image])));
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
  });

  async function ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await coracle(args);
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return stdout.trim();
  }

  async function answerOf(port: string, path: string): Promise<Response> {
    return await until(`${path} is answered`, async () => {
      try {
        return await fetch(`http://127.0.0.1:${port}${path}`);
      } catch {
        return undefined;
      }
    });
  }

  it('serve requests at their published port, many at once, and are killed at once', async () => {
    await ok('run', '-d', '--name', 'serves', '-p', '127.0.0.1::8080', 'later:1');
    const port = (await ok('port', 'serves', '8080')).split(':').at(-1) ?? '';
    assert.equal(await (await answerOf(port, '/hello')).text(), 'hello\n');
    const all = Array.from({ length: 20 }, async () => (await answerOf(port, '/wait/100')).text());
    assert.deepEqual(new Set(await Promise.all(all)), new Set(['waited\n']));
    const echoed = await fetch(`http://127.0.0.1:${port}/echo`, { method: 'POST', body: 'x'.repeat(200_000) });
    assert.equal((await echoed.text()).length, 200_000);
    assert.equal((await answerOf(port, '/trap')).status, 500);
    const spinning = fetch(`http://127.0.0.1:${port}/spin`).then(
      () => 'answered',
      () => 'ended',
    );
    assert.equal(await (await answerOf(port, '/hello')).text(), 'hello\n');
    await ok('kill', 'serves');
    assert.equal(await spinning, 'ended');
    assert.equal(await ok('wait', 'serves'), '137');
  });

  it('reach each other by name on a network, and nothing on none', async () => {
    await ok('network', 'create', 'later');
    await ok('run', '-d', '--name', 'upstream', '--network', 'later', 'later:1');
    await ok('run', '-d', '--name', 'asks', '--network', 'later', '-p', '127.0.0.1::8080', 'later:1');
    const port = (await ok('port', 'asks', '8080')).split(':').at(-1) ?? '';
    await until('the other one serves', async () => {
      const response = await answerOf(port, '/fetch/upstream:8080/hello');
      return (await response.text()) === 'hello\n';
    });
    const run = (network: string, ...args: string[]) =>
      ok('run', '--rm', '--network', network, '--entrypoint', '/sockets', 'later:1', ...args);
    assert.match(await run('later', 'lookup', 'upstream'), /^ipv4 \d+ \d+ \d+ \d+\nend$/);
    // 0: access-denied, 9: connection-refused, 8: remote-unreachable
    assert.match(await run('none', 'client', '127.0.0.1', port), /connect failed with [089]$/);
    assert.match(await run('none', 'lookup', 'upstream'), /^lookup failed with \d$/);
    // The host's own loopback is not the container's.
    assert.match(await run('later', 'client', '127.0.0.1', port), /connect failed with [089]$/);
    assert.match(await (await answerOf(port, `/fetch/127.0.0.1:${port}/hello`)).text(), /^failed with \d\d$/);
  });
});
