// The daemon as a program: its roots and their holder, signals, addresses and who may use them, two of them side by side.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { NetworkInspect } from '../../runtime/src/spec/api/networks.ts';
import { busyboxArchive } from '../helpers/busybox-image.ts';
import { dockerode } from '../helpers/clients.ts';
import { ask } from '../helpers/engine-http.ts';
import { coracleBinary } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { freePort } from '../helpers/registry.ts';
import { run, type Finished } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { requireDaemon, startDaemon, type TempDaemon } from '../helpers/temp-daemon.ts';

async function load(daemon: TempDaemon): Promise<void> {
  const { status } = await ask(daemon.socket, '/images/load', {
    method: 'POST',
    body: await busyboxArchive('daemon:1'),
  });
  assert.equal(status, 200);
}

/** Status of a GET over tcp with headers of the caller's choice. */
async function getOverTcp(port: number, headers: Record<string, string>): Promise<number> {
  const outgoing = request({ host: '127.0.0.1', port, path: '/_ping', headers });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  incoming.resume();
  return incoming.statusCode ?? 0;
}

/** Tells on stderr what of Node is loaded when the first server listens. */
const tellBuiltins = `
const http = require('node:http');
const { createServer } = http;
http.createServer = (...args) =>
  createServer(...args).once('listening', () =>
    require('node:fs').writeSync(2, 'loaded: ' + process.moduleLoadList.join(', ') + '\\n'));
`;

describe('the daemon', () => {
  before(function () {
    requireDaemon(this);
  });

  it('listens before it loads what of Node costs a start some ms', async () => {
    await using folder = await makeTempFolder();
    await chmod(folder.path, 0o755);
    const hook = join(folder.path, 'hook.cjs');
    await writeFile(hook, tellBuiltins, { mode: 0o644 });
    await using daemon = await startDaemon({ env: { NODE_OPTIONS: `--require ${hook}` } });
    // It answers perhaps before its words have been read.
    const told = await until('it tells what is loaded', async () => /^loaded: (.*)\n/m.exec(daemon.logs())?.[1]);
    const loaded = told.split(', ');
    assert.ok(loaded.includes('NativeModule http'));
    const costly = ['crypto', 'tls', 'https', 'http2', 'zlib', 'worker_threads', 'readline', 'fs/promises'];
    assert.deepEqual(
      costly.filter((name) => loaded.includes(`NativeModule ${name}`)),
      [],
    );
  });

  it('makes its socket with mode 0660 and its process id file, and removes both at the end', async () => {
    await using daemon = await startDaemon();
    const pidFile = join(daemon.socket, '../pid');
    assert.equal(statSync(daemon.socket).mode & 0o777, 0o660);
    assert.equal(Number(readFileSync(pidFile, 'utf8')), daemon.pid());
    assert.equal(await daemon.end('SIGTERM'), 0);
    assert.deepEqual([existsSync(daemon.socket), existsSync(pidFile)], [false, false]);
  });

  it('refuses a root that another daemon holds, and says who holds it', async () => {
    await using daemon = await startDaemon();
    const args = ['daemon', '--data-root', daemon.dataRoot, '--exec-root', `${daemon.execRoot}-2`];
    const { code, stderr } = await run(coracleBinary, [...args, '-H', `unix://${daemon.socket}-2`]);
    assert.notEqual(code, 0);
    assert.match(stderr, new RegExp(`\\b${daemon.pid()}\\b`));
    assert.equal((await ask(daemon.socket, '/_ping')).status, 200);
  });

  it('runs side by side with another one', async () => {
    await using first = await startDaemon({ args: ['--bridge', 'first0', '--bip', '10.91.0.1/24'] });
    await using second = await startDaemon({ args: ['--bridge', 'second0', '--bip', '10.92.0.1/24'] });
    for (const [daemon, prefix] of [
      [first, '10.91.0.'],
      [second, '10.92.0.'],
    ] as const) {
      await load(daemon);
      const container = await dockerode(daemon.host).createContainer({
        Image: 'daemon:1',
        name: 'same',
        Cmd: ['sleep', '600'],
        StopSignal: 'SIGKILL',
      });
      await container.start();
      const { NetworkSettings } = await container.inspect();
      assert(
        NetworkSettings.Networks['bridge']?.IPAddress.startsWith(prefix),
        NetworkSettings.Networks['bridge']?.IPAddress,
      );
    }
    await first.end('SIGTERM');
    const { State } = await dockerode(second.host).getContainer('same').inspect();
    assert.equal(State.Running, true);
  });

  it('leaves bridge and addresses to another one, and takes its own again after a kill', async () => {
    const subnet = async ({ socket }: TempDaemon): Promise<unknown> =>
      (JSON.parse((await ask(socket, '/networks/bridge')).body) as NetworkInspect).IPAM?.Config?.[0]?.Subnet;
    const isUp = (bridge: string) => async () => readFileSync('/proc/self/net/route', 'utf8').includes(`\n${bridge}\t`);
    await using first = await startDaemon();
    await until('the first bridge has its address', isUp('coracle0'));
    const own = await subnet(first);
    await using folder = await makeTempFolder();
    const roots = ['--data-root', join(folder.path, 'data'), '--exec-root', join(folder.path, 'run')];
    const other = ['daemon', ...roots, '-H', `unix://${folder.path}/s`];
    const same = await run(coracleBinary, other);
    assert.equal(same.code, 1, same.stderr);
    assert.match(
      same.stderr,
      new RegExp(
        `bridge coracle0 is in use by another engine .process ${first.pid()}, data root ${first.dataRoot}.: .*--bridge`,
      ),
    );
    const taken = await run(coracleBinary, [
      ...other,
      '--bridge',
      'third0',
      '--bip',
      String(own).replace('.0/', '.9/'),
    ]);
    assert.equal(taken.code, 1, taken.stderr);
    assert.match(taken.stderr, /bip [\d./]+: .* overlaps with .* by coracle0: choose another address by --bip/);
    await using second = await startDaemon({ args: ['--bridge', 'second0'] });
    await until('the second bridge has its address', isUp('second0'));
    assert.notEqual(await subnet(second), own);
    await first.end('SIGKILL');
    await first.start();
    assert.equal(await subnet(first), own);
  });

  it('reads a configuration file, again on SIGHUP', async () => {
    await using folder = await makeTempFolder();
    const file = join(folder.path, 'daemon.json');
    await writeFile(file, JSON.stringify({ 'insecure-registries': ['one.example:5000'] }));
    await using daemon = await startDaemon({ args: ['--config-file', file] });
    const insecure = async (): Promise<string> => (await ask(daemon.socket, '/info')).body;
    assert.match(await insecure(), /one\.example:5000/);
    await writeFile(file, JSON.stringify({ 'insecure-registries': ['two.example:5000'] }));
    process.kill(daemon.pid(), 'SIGHUP');
    await until('the new setting is there', async () => (await insecure()).includes('two.example:5000'));
  });

  it('refuses a configuration file with a key that it does not know', async () => {
    await using folder = await makeTempFolder();
    const file = join(folder.path, 'daemon.json');
    await writeFile(file, JSON.stringify({ 'no-such-key': 1 }));
    await assert.rejects(startDaemon({ args: ['--config-file', file] }), /no-such-key/);
  });

  it('refuses plain tcp on an address that others reach, unless told', async () => {
    const port = await freePort();
    await assert.rejects(startDaemon({ args: ['-H', `tcp://0.0.0.0:${port}`] }), /insecure-tcp/);
    await using daemon = await startDaemon({ args: ['-H', `tcp://0.0.0.0:${port}`, '--insecure-tcp'] });
    assert.equal(await getOverTcp(port, {}), 200);
    assert.equal((await ask(daemon.socket, '/_ping')).status, 200);
  });

  it("refuses a browser's origin and a foreign host name on tcp", async () => {
    const port = await freePort();
    await using daemon = await startDaemon({ args: ['-H', `tcp://127.0.0.1:${port}`] });
    assert.equal(await getOverTcp(port, {}), 200);
    assert.equal(await getOverTcp(port, { origin: 'http://localhost' }), 403);
    assert.equal(await getOverTcp(port, { host: 'evil.example' }), 403);
    assert.equal((await ask(daemon.socket, '/_ping')).status, 200);
  });

  it('asks for a certificate with --tlsverify', async () => {
    await using folder = await makeTempFolder();
    const port = await freePort();
    await makeCertificates(folder.path);
    const path = (name: string): string => join(folder.path, name);
    const tls = [
      '--tlsverify',
      '--tlscacert',
      path('ca.pem'),
      '--tlscert',
      path('cert.pem'),
      '--tlskey',
      path('key.pem'),
    ];
    await using daemon = await startDaemon({ args: ['-H', `tcp://127.0.0.1:${port}`, ...tls] });
    const curl = async (...args: string[]): Promise<Finished> =>
      run('curl', ['-s', '--cacert', path('ca.pem'), ...args, `https://localhost:${port}/_ping`]);
    assert.equal((await curl('--cert', path('cert.pem'), '--key', path('key.pem'))).stdout, 'OK');
    assert.notEqual((await curl()).code, 0);
    assert.equal((await ask(daemon.socket, '/_ping')).status, 200);
  });
});

/** One self-signed certificate that is authority, server and client at once. */
async function makeCertificates(folder: string): Promise<void> {
  const { code, stderr } = await run(
    'openssl',
    (
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost ' +
      '-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem'
    ).split(' '),
    { cwd: folder },
  );
  assert.equal(code, 0, stderr);
  await writeFile(join(folder, 'ca.pem'), readFileSync(join(folder, 'cert.pem')));
}
