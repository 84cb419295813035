// `coracle registry serve` and `gc` as programs: their words, their end, TLS, and what a kill in the middle leaves.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readdir, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { coracleBinary } from '../helpers/paths.ts';
import { until } from '../helpers/poll.ts';
import { type Finished, run, runOk } from '../helpers/run.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';
import { digestOf, someBytes } from './in-process.ts';
import { requireProgram, serve } from './program.ts';

const registry = (...words: readonly string[]): Promise<Finished> => run(coracleBinary, ['registry', ...words]);

async function begin(address: string): Promise<string> {
  const { headers, status } = await fetch(`http://${address}/v2/team/app/blobs/uploads/`, { method: 'POST' });
  assert.equal(status, 202);
  return `http://${address}${headers.get('location') ?? ''}`;
}

async function uploaded(location: string): Promise<number> {
  const { status, headers } = await fetch(location);
  assert.equal(status, 204);
  const last = Number(/^0-(\d+)$/.exec(headers.get('range') ?? '')?.[1]);
  return last === 0 ? 0 : last + 1;
}

describe('coracle registry', function () {
  this.timeout(120_000);
  before(function () {
    requireProgram(this);
  });

  it('says what it can do', async () => {
    assert.match((await registry('--help')).stdout, /serve .*\n.*gc /);
    assert.match((await registry('serve', '--help')).stdout, /--htpasswd FILE/);
    assert.match((await registry('gc', '--help')).stdout, /--keep TIME/);
    assert.match((await run(coracleBinary, ['--help'])).stdout, /registry +Run a registry of your own/);
  });

  it('refuses words that make no sense', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['sing'], /unknown command/],
      [['serve', '--nonsense'], /unknown flag: --nonsense/],
      [['serve', 'word'], /"coracle registry serve" accepts no arguments/],
      [['serve', '--listen', 'nowhere'], /IP:PORT/],
      [['serve', '--listen', '127.0.0.1:70000'], /IP:PORT/],
      [['serve', '--tls-cert', 'x'], /go together/],
      [['serve', '--keep', 'long'], /say 30m or 24h/],
      [['serve', '--log-level', 'loud'], /must be one of/],
      [['serve', '--listen', '0.0.0.0:0'], /without TLS/],
      [['serve', '--listen', ':0'], /without TLS/],
      [['gc', '--listen', '127.0.0.1:0'], /unknown flag/],
    ];
    for (const [words, message] of cases) {
      const { code, stderr } = await registry(...words);
      assert.equal(code, 125, words.join(' '));
      assert.match(stderr, message);
    }
  });

  it('does not start with files that it cannot use', async () => {
    await using folder = await makeTempFolder();
    const own = ['--root', folder.path, '--listen', '127.0.0.1:0'];
    await writeFile(join(folder.path, 'plain'), 'ann:plain\n');
    for (const [words, message] of [
      [['--htpasswd', join(folder.path, 'none')], /failed to start.*none/],
      [['--htpasswd', join(folder.path, 'plain')], /line 1.*bcrypt/],
      [['--tls-cert', 'none.pem', '--tls-key', 'none.pem'], /could not load TLS material/],
    ] as const) {
      const { code, stderr } = await registry('serve', ...own, ...words);
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
  });

  it('has its folder alone', async () => {
    await using served = await serve();
    const second = await registry('serve', '--root', served.root, '--listen', '127.0.0.1:0');
    assert.equal(second.code, 1);
    assert.match(second.stderr, /in use by another registry/);
    const collection = await registry('gc', '--root', served.root);
    assert.equal(collection.code, 1);
    assert.match(collection.stderr, /in use by another registry.*every hour/);
    assert.equal(await served.end('SIGTERM'), 0);
    assert.deepEqual((await readdir(served.root)).toSorted(), ['blobs', 'repositories.jsonl', 'uploads']);
    const after = await registry('gc', '--root', served.root);
    assert.equal(after.stdout, 'removed 0 contents\n');
  });

  it('makes no registry of a folder that was mistyped', async () => {
    await using folder = await makeTempFolder();
    const { code, stderr } = await registry('gc', '--root', join(folder.path, 'none'));
    assert.deepEqual([code, stderr], [1, `coracle registry gc: there is no registry in ${folder.path}/none\n`]);
    assert.deepEqual(await readdir(folder.path), []);
  });

  it('removes what nothing needs', async () => {
    await using served = await serve();
    const bytes = someBytes();
    const url = `http://${served.address}/v2/a/blobs/uploads/?digest=${digestOf(bytes)}`;
    assert.equal((await fetch(url, { method: 'POST', body: bytes })).status, 201);
    await served.end('SIGINT');
    assert.equal((await registry('gc', '--root', served.root)).stdout, 'removed 0 contents\n');
    assert.equal((await registry('gc', '--root', served.root, '--keep', '0s')).stdout, 'removed 1 content\n');
    assert.deepEqual(await readdir(join(served.root, 'blobs/sha256')), []);
  });

  it('ends in order: what is being sent may come to its end, nothing new is taken', async () => {
    await using served = await serve();
    const location = await begin(served.address);
    const bytes = someBytes(100_000);
    const headers = { expect: '100-continue', 'content-length': String(bytes.length) };
    const put = httpRequest(`${location}?digest=${digestOf(bytes)}`, { method: 'PUT', agent: false, headers });
    const answered = once(put, 'response') as Promise<[IncomingMessage]>;
    const wanted = once(put, 'continue');
    put.flushHeaders();
    await wanted;
    put.write(bytes.subarray(0, 50_000));
    const ended = served.end('SIGTERM');
    await until('it says that it ends', async () => served.logs().includes('shutting down'));
    put.end(bytes.subarray(50_000));
    const [response] = await answered;
    assert.equal(response.statusCode, 201);
    response.resume();
    assert.equal(await ended, 0);
    await served.start();
    const got = await fetch(`http://${served.address}/v2/team/app/blobs/${digestOf(bytes)}`);
    assert.equal(digestOf(Buffer.from(await got.arrayBuffer())), digestOf(bytes));
  });

  it('goes on with an upload in the middle of which it was killed', async () => {
    await using served = await serve();
    const location = await begin(served.address);
    const path = new URL(location).pathname;
    const whole = someBytes(8 * 1024 * 1024);
    const patch = httpRequest(location, { method: 'PATCH', agent: false });
    patch.on('error', () => undefined);
    patch.write(whole.subarray(0, 5 * 1024 * 1024));
    await until('some of it is on the disk', async () => {
      return (await stat(join(served.root, 'uploads', path.slice(-36)))).size >= 3 * 1024 * 1024;
    });
    assert.equal(await served.end('SIGKILL'), -1);
    patch.destroy();
    await served.start();
    const again = `http://${served.address}${path}`;
    const there = await uploaded(again);
    assert(there >= 3 * 1024 * 1024 && there <= 5 * 1024 * 1024, String(there));
    const rest = await fetch(again, {
      method: 'PATCH',
      headers: { 'content-range': `${there}-${whole.length - 1}` },
      body: whole.subarray(there),
    });
    assert.equal(rest.status, 202);
    const put = await fetch(`${again}?digest=${digestOf(whole)}`, { method: 'PUT' });
    assert.equal(put.status, 201, await put.text());
    const got = await fetch(`http://${served.address}/v2/team/app/blobs/${digestOf(whole)}`);
    assert.equal(digestOf(Buffer.from(await got.arrayBuffer())), digestOf(whole));
  });

  it('keeps what a client sent before its connection broke', async () => {
    await using served = await serve();
    const location = await begin(served.address);
    const { hostname, port, pathname } = new URL(location);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    let answer = '';
    socket.on('data', (text: string) => (answer += text));
    socket.write(`PATCH ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`);
    // Before, it may not have seen more than the end.
    await until('it reads', async () => answer.startsWith('HTTP/1.1 100 '));
    socket.write('half of it');
    socket.end();
    await until('what came is kept', async () => (await uploaded(location)) === 'half of it'.length);
    socket.destroy();
  });

  it('takes a body only when it wants it, from who asks first', async () => {
    await using served = await serve(['--read-only']);
    const { hostname, port } = new URL(`http://${served.address}`);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    let answer = '';
    socket.on('data', (text: string) => (answer += text));
    const head = 'PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n';
    socket.write(head);
    await until('it answers', async () => answer.includes('read-only'));
    assert.match(answer, /^HTTP\/1.1 405 /);
    socket.destroy();
  });

  it('answers hostile requests and stays', async () => {
    await using served = await serve();
    const { hostname, port } = new URL(`http://${served.address}`);
    const cases = [
      'nonsense\r\n\r\n',
      `GET /v2/ HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      'GET /v2/%zz/tags/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'GET http://elsewhere/v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'GET /v2/a/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      'PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n',
    ];
    for (const text of cases) {
      const socket = connect(Number(port), hostname).setEncoding('utf8');
      let answer = '';
      socket.on('data', (piece: string) => (answer += piece)).on('error', () => undefined);
      socket.write(text);
      await until(`an answer to ${text.slice(0, 40)}`, async () => answer !== '');
      assert.match(answer, /^HTTP\/1\.1 4\d\d /, text.slice(0, 60));
      socket.destroy();
    }
    assert.equal((await fetch(`http://${served.address}/v2/`)).status, 200);
    assert.doesNotMatch(served.logs(), /level=(error|fatal)/);
  });

  it('speaks TLS, takes a renewed certificate, and says who may come in', async () => {
    await using folder = await makeTempFolder();
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    const renew = (name: string) =>
      runOk('openssl', [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-subj',
        `/CN=${name}`,
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        key,
        '-out',
        cert,
      ]);
    await renew('first');
    const { stdout: hash } = await runOk('perl', ['-e', 'print crypt("pw", q($2y$05$abcdefghijklmnopqrstuu))']);
    const users = join(folder.path, 'users');
    await writeFile(users, `ann:${hash}\n`);
    await using served = await serve(['--tls-cert', cert, '--tls-key', key, '--htpasswd', users]);
    const ask = async (auth?: string): Promise<{ status: number; name: string }> => {
      const sent = httpsRequest(`https://${served.address}/v2/`, {
        rejectUnauthorized: false,
        agent: false,
        ...(auth === undefined ? {} : { auth }),
      });
      sent.end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      const { subject } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate();
      return { status: response.statusCode ?? 0, name: String(subject.CN) };
    };
    assert.deepEqual(await ask(), { status: 401, name: 'first' });
    assert.deepEqual(await ask('ann:pw'), { status: 200, name: 'first' });
    await assert.rejects(fetch(`http://${served.address}/v2/`));
    await copyFile(cert, join(folder.path, 'old.pem'));
    await renew('second');
    process.kill(served.pid, 'SIGHUP');
    await until('the new certificate is shown', async () => (await ask('ann:pw')).name === 'second');
    assert.doesNotMatch(served.logs(), /pw|YW5uOnB3/);
  });
});
