import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { spawn, spawnSync } from 'node:child_process';
import { startTime } from '../../runtime/src/host/node/processes.ts';
import { settle } from '../../runtime/src/daemon/config.ts';
import { parseFlags } from '../../runtime/src/daemon/flags.ts';
import {
  browserGuard,
  checkExposure,
  formatAddress,
  listen,
  parseAddresses,
} from '../../runtime/src/daemon/listeners.ts';

const config = (...argv: string[]) => settle(parseFlags(argv), { uid: 0, home: '/root', env: {} });

describe('daemon listeners', () => {
  let folder = '';
  before(() => (folder = mkdtempSync('/tmp/f-listen-')));
  after(() => rmSync(folder, { recursive: true }));

  it('reads addresses', () => {
    assert.deepEqual(parseAddresses('unix:///a/b'), [{ kind: 'unix', path: '/a/b' }]);
    assert.deepEqual(parseAddresses('tcp://[::1]:2375'), [{ kind: 'tcp', host: '::1', port: 2375 }]);
    assert.deepEqual(parseAddresses('tcp://:2375'), [{ kind: 'tcp', host: '127.0.0.1', port: 2375 }]);
    assert.deepEqual(parseAddresses('fd://0'), [{ kind: 'fd', fd: 0 }]);
    assert.deepEqual(parseAddresses('npipe:////./pipe/a-b'), [{ kind: 'pipe', path: '\\\\.\\pipe\\a-b' }]);
    for (const bad of [
      'unix://',
      'unix://rel',
      `unix:///${'x'.repeat(107)}`,
      'tcp://a',
      'tcp://a:99999',
      'http://a',
      'fd://',
      'npipe:////server/pipe/a',
      'npipe:////./pipe/a/b',
    ]) {
      assert.throws(() => parseAddresses(bad), /invalid|no sockets/, bad);
    }
  });

  it('names addresses in logs', () => {
    const told = ['unix:///a/b', 'tcp://[::1]:2375', 'tcp://:2375', 'fd://0']
      .flatMap(parseAddresses)
      .map(formatAddress);
    assert.deepEqual(told, ['/a/b', '[::1]:2375', '127.0.0.1:2375', 'fd://0']);
  });

  it('refuses to be open to the world', () => {
    const open =
      (host: string, ...flags: string[]) =>
      () =>
        parseAddresses(host).forEach((each) => checkExposure(each, config(...flags)));
    assert.throws(
      open('tcp://0.0.0.0:2375'),
      /refusing to listen on tcp:\/\/0\.0\.0\.0:2375 without client certificates/,
    );
    assert.throws(open('tcp://10.1.2.3:2375', '--tls'), /refusing/);
    assert.throws(open('tcp://127.evil.example:2375'), /refusing/);
    open('tcp://0.0.0.0:2376', '--tlsverify')();
    open('tcp://0.0.0.0:2375', '--insecure-tcp')();
    open('tcp://127.0.0.1:2375')();
  });

  it('turns web pages and foreign names away', () => {
    const guard = browserGuard(config());
    guard({ host: '127.0.0.1:2375' });
    guard({ host: 'localhost' });
    guard({ host: '[::1]:2375' });
    assert.throws(() => guard({ host: 'localhost', origin: 'http://localhost' }), /web pages/);
    assert.throws(() => guard({ host: 'evil.example:2375' }), /foreign host "evil\.example"/);
    browserGuard(config('--tlsverify'))({ host: 'build.example' });
  });

  it('makes a socket for owner and group only, over a stale one', async () => {
    const path = `${folder}/s`;
    // A server that dies without unlinking leaves its socket behind.
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`,
    ]);
    assert.ok(existsSync(path));
    const server = createServer();
    await listen(server, { kind: 'unix', path }, String(process.getgid?.() ?? 0));
    assert.equal(statSync(path).mode & 0o777, 0o660);
    await assert.rejects(listen(createServer(), { kind: 'unix', path }, undefined), /another engine answers on/);
    server.close();
  });

  it('removes no socket while another engine makes its own', async () => {
    const path = `${folder}/turn`;
    const other = spawn('sleep', ['60']);
    await once(other, 'spawn');
    const others = `${other.pid} ${startTime(other.pid ?? 0)}\n`;
    writeFileSync(`${path}.lock`, others);
    const refused = new RegExp(`another engine \\(process ${other.pid}\\) is about to listen on ${path}`);
    await assert.rejects(listen(createServer(), { kind: 'unix', path }, undefined), refused);
    assert.equal(readFileSync(`${path}.lock`, 'utf8'), others);
    writeFileSync(`${path}.lock`, `${other.pid} 1\n`);
    other.kill('SIGKILL');
    const server = createServer();
    await listen(server, { kind: 'unix', path }, undefined);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('turn')),
      ['turn'],
    );
    server.close();
  });

  it('leaves a file that is no socket alone, and does not know a group that is not there', async () => {
    writeFileSync(`${folder}/file`, '');
    await assert.rejects(listen(createServer(), { kind: 'unix', path: `${folder}/file` }, undefined), /is no socket/);
    await assert.rejects(
      listen(createServer(), { kind: 'unix', path: `${folder}/g` }, 'no-such-group'),
      /group no-such-group not found/,
    );
  });

  it('says that a port is taken', async () => {
    const holder = createSocket().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    await assert.rejects(listen(createServer(), { kind: 'tcp', host: '127.0.0.1', port }, undefined), /EADDRINUSE/);
    holder.close();
  });
});
