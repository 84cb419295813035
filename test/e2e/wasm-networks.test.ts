// Containers of WebAssembly beside native ones: what each reaches of the other, through the whole engine.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';
import { EngineClient, parseEndpoint } from '../../runtime/src/client/client.ts';
import { busyboxArchive, dockerArchive } from '../helpers/busybox-image.ts';
import { coracleCli, type Cli } from '../helpers/clients.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

const compile = promisify(execFile);
const root = join(import.meta.dirname, '../..');

describe('wasm networks', function () {
  this.timeout(300_000);
  let daemon: TempDaemon;
  let cli: Cli;

  before(async function () {
    requireDaemon(this);
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang, lld, wasi-libc and libclang-rt-14-dev-wasm32');
    daemon = await startDaemon();
    cli = coracleCli(daemon.host);
    using client = new EngineClient(parseEndpoint(daemon.host));
    for (const archive of [await busyboxArchive('native:1'), await netArchive('net:1')]) {
      await text(await client.images.load(Readable.from([archive])));
    }
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
  });

  async function does(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await cli(args);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  async function shows(container: string, words: string): Promise<void> {
    await until(`${container} says ${words}`, async () => (await does('logs', container)).includes(words));
  }

  it('reach native containers of their network by name and address, and these them by their published ports', async () => {
    await does('network', 'create', 'both');
    await does(
      'run',
      '-d',
      '--name',
      'native',
      '--network',
      'both',
      'native:1',
      'sh',
      '-c',
      `
      mkdir /www; echo from native > /www/index.html; httpd -p 80 -h /www; echo up; while :; do sleep 1; done`,
    );
    await shows('native', 'up');
    await does(
      'run',
      '-d',
      '--name',
      'wasm',
      '--network',
      'both',
      '-p',
      '127.0.0.1::80',
      '-p',
      '8181:80',
      'net:1',
      'serve',
      '80',
      '-1',
      'from wasm',
    );
    await shows('wasm', 'listening');

    assert.equal(await does('run', '--rm', '--network', 'both', 'net:1', 'get', 'native', '80'), 'from native');
    assert.equal(await does('run', '--rm', '--network', 'both', 'net:1', 'get', 'wasm', '80'), 'from wasm');
    const address = await does('inspect', '-f', '{{(index .NetworkSettings.Networks "both").IPAddress}}', 'native');
    assert.equal(await does('run', '--rm', '--network', 'both', 'net:1', 'get', address, '80'), 'from native');

    const gateway = await does('inspect', '-f', '{{(index .NetworkSettings.Networks "both").Gateway}}', 'wasm');
    assert.equal(await does('exec', 'native', 'wget', '-q', '-O', '-', `http://${gateway}:8181/`), 'from wasm');
    const port = (await does('port', 'wasm', '80/tcp')).split('\n').find((line) => line.startsWith('127.0.0.1:'));
    assert.equal(await (await fetch(`http://${port ?? ''}/`)).text(), 'from wasm');

    const apart = await cli(['run', '--rm', 'net:1', 'get', address, '80']);
    assert.equal(apart.stdout.trim(), 'connect: 23', 'a network that it is not in');
    const named = await does('exec', 'native', 'nslookup', 'wasm');
    assert.match(
      named,
      new RegExp(await does('inspect', '-f', '{{(index .NetworkSettings.Networks "both").IPAddress}}', 'wasm')),
    );

    await does('rm', '-f', 'wasm', 'native');
    await does('network', 'rm', 'both');
    await assert.rejects(fetch(`http://${port ?? ''}/`));
  });
});

/** An image of the program of `test/wasm/sockets`. */
async function netArchive(tag: string): Promise<Uint8Array> {
  await using folder = await makeTempFolder();
  const program = join(folder.path, 'net.wasm');
  const source = join(root, 'test/wasm/sockets/guests/net.c');
  const include = join(root, 'wasm/guests/include');
  await compile('clang', ['--target=wasm32-wasi', '--sysroot=/usr', '-O1', `-I${include}`, '-o', program, source]);
  const layer = pack();
  layer.entry({ name: 'net.wasm', mode: 0o755 }, await readFile(program));
  layer.finalize();
  return dockerArchive(tag, [await buffer(layer)], { Entrypoint: ['/net.wasm'] });
}
