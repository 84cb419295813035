import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { Router } from '../../runtime/src/api/router.ts';
import { routes } from '../../runtime/src/api/routes.ts';
import { FrameReader } from '../../runtime/src/spec/stream/multiplex.ts';
import { until } from '../helpers/poll.ts';
import { skip } from '../helpers/skip.ts';
import { echoSession, request, serve, upgrade, type Parts } from './fake-engine.ts';

function attaching(tty = false): Parts {
  const session = echoSession(tty);
  return {
    containers: {
      attach: () => Promise.resolve(session),
      execStart: () => Promise.resolve(session),
      inspect: () =>
        Promise.resolve({
          Id: 'a'.repeat(64),
          State: { Running: true },
          Config: { Tty: tty, OpenStdin: true },
          HostConfig: {},
        }),
      execCreate: () => Promise.resolve({ Id: 'b'.repeat(64) }),
      execInspect: () => Promise.resolve({ ID: 'b'.repeat(64), Running: false, ExitCode: 7 }),
    },
  };
}

/** Head, and the text of all frames of stdout. */
function split(reply: string): { head: string; text: string } {
  const at = reply.indexOf('\r\n\r\n') + 4;
  const pieces = new FrameReader().push(Buffer.from(reply.slice(at), 'latin1'));
  return { head: reply.slice(0, at), text: pieces.map((piece) => Buffer.from(piece.bytes).toString()).join('') };
}

const execStart = '{"Detach":false,"Tty":false}';

describe('api hijack', () => {
  it('takes the connection over, and a half-close is the end of stdin', async () => {
    await using server = await serve(attaching());
    const wire = request('POST', '/v1.51/containers/a/attach?stdin=1&stdout=1&stream=1', '', upgrade);
    const { head, text } = split(await server.exchange(wire, { later: 'hello' }));
    assert.match(head, /^HTTP\/1\.1 101 UPGRADED\r\n/);
    assert.match(head, /Content-Type: application\/vnd\.docker\.multiplexed-stream/);
    assert.match(head, /Upgrade: tcp/);
    assert.equal(text, 'hellodone');
  });

  it('takes over while the routes are still being loaded, asked for an upgrade or not', async () => {
    for (const headers of [upgrade, {}]) {
      const loading = Promise.withResolvers<Router>();
      await using server = await serve(attaching(), { router: loading.promise });
      const wire = request('POST', '/v1.51/containers/a/attach?stdin=1&stdout=1&stream=1', '', headers);
      // With its input right behind it, which the parser takes for the next request.
      const reply = server.exchange(`${wire}hello`, { until: 'hello' });
      assert.match(await server.exchange(request('GET', '/_ping')), /OK$/);
      loading.resolve(new Router(routes));
      const { head, text } = split(await reply);
      assert.match(head, headers === upgrade ? /^HTTP\/1\.1 101 UPGRADED\r\n/ : /^HTTP\/1\.1 200 OK\r\n/);
      assert.equal(text, 'hello');
    }
  });

  it('says raw-stream for a terminal and for clients before 1.42', async () => {
    const raw = /Content-Type: application\/vnd\.docker\.raw-stream/;
    for (const [version, tty] of [
      ['1.41', false],
      ['1.51', true],
    ] as const) {
      await using server = await serve(attaching(tty));
      const wire = request('POST', `/v${version}/containers/a/attach?stdin=1&stdout=1`, '', upgrade);
      assert.match(await server.exchange(wire, { later: 'x' }), raw);
    }
  });

  it('finds stdin behind the body, in the same segment as the request', async () => {
    await using server = await serve(attaching());
    const wire = request('POST', '/v1.51/exec/b/start', execStart, upgrade);
    assert.equal(split(await server.exchange(`${wire}early`, { later: 'late' })).text, 'earlylatedone');
  });

  it('waits for a body that comes after the head', async () => {
    await using server = await serve(attaching());
    const wire = request('POST', '/v1.51/exec/b/start', execStart, upgrade);
    const socket = server.open();
    let seen = '';
    socket.on('data', (chunk) => (seen += chunk.toString('latin1')));
    socket.write(wire.slice(0, -execStart.length));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(execStart.slice(0, 5));
    await new Promise((resolve) => setImmediate(resolve));
    socket.end(`${execStart.slice(5)}stdin`);
    await once(socket, 'close');
    assert.equal(split(seen).text, 'stdindone');
  });

  it('takes over without upgrade headers, with a bare 200', async () => {
    await using server = await serve(attaching());
    const wire = request('POST', '/v1.51/exec/b/start', execStart, { Connection: 'keep-alive' });
    const reply = await server.exchange(wire, { later: 'hello' });
    assert.match(reply, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(reply, /Content-Type: application\/vnd\.docker\.raw-stream/);
    assert.doesNotMatch(reply, /Content-Length|Transfer-Encoding/);
    assert.equal(split(reply).text, 'hellodone');
  });

  it('takes over without upgrade headers even when stdin came with the request', async () => {
    await using server = await serve(attaching());
    const wire = request('POST', '/v1.51/exec/b/start', execStart, { Connection: 'keep-alive' });
    assert.equal(split(await server.exchange(`${wire}early`, { later: 'late' })).text, 'earlylatedone');
  });

  it('reads a chunked body as stdin when there is no upgrade', async () => {
    await using server = await serve(attaching());
    const wire = request('POST', '/v1.51/containers/a/attach?stdin=1&stdout=1', '', { 'Transfer-Encoding': 'chunked' });
    assert.equal(split(await server.exchange(wire, { later: '5\r\nhello\r\n0\r\n\r\n' })).text, 'hellodone');
  });

  it('closes the session when the client vanishes', async () => {
    const session = echoSession();
    const closed = Promise.withResolvers<void>();
    const close = (): void => closed.resolve(session.close());
    await using server = await serve({ containers: { attach: () => Promise.resolve({ ...session, close }) } });
    const reply = await server.exchange(request('POST', '/containers/a/attach?stdout=1', '', upgrade), {
      until: '\r\n\r\n',
    });
    assert.match(reply, /101 UPGRADED/);
    await closed.promise;
    assert.ok(session.isClosed());
  });

  it('speaks WebSocket', async () => {
    await using server = await serve(attaching());
    const key = randomBytes(16).toString('base64');
    const handshake = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
    };
    const socket = server.open();
    socket.write(request('GET', '/v1.51/containers/a/attach/ws?stdin=1&stdout=1&stream=1', '', handshake));
    let seen = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => (seen = Buffer.concat([seen, chunk])));
    const has = async (bytes: string): Promise<void> =>
      void (await until('it is said', async () => seen.includes(bytes, 0, 'latin1')));
    await has('\r\n\r\n');
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    assert.match(seen.toString('latin1'), /^HTTP\/1\.1 101 /);
    assert.ok(seen.includes(`Sec-WebSocket-Accept: ${accept}`));
    const masked = (kind: number, text: string): Buffer => {
      const mask = randomBytes(4);
      const body = Buffer.from(text).map((byte, index) => byte ^ (mask[index & 3] ?? 0));
      return Buffer.concat([Buffer.from([0x80 | kind, 0x80 | body.length]), mask, body]);
    };
    const all = Buffer.concat([masked(9, 'beat'), masked(2, 'hello'), masked(8, '')]);
    for (const byte of all) socket.write(Uint8Array.of(byte)); // whatever the pieces
    await has('\x8a\x04beat');
    await has('\x82\x05hello');
    await has('\x88\x02\x03\xe8');
    socket.destroy();
  });

  it('serves the real docker CLI', async function () {
    const docker = ['/usr/local/bin/docker', '/usr/bin/docker'].find((path) => existsSync(path));
    if (docker === undefined) return skip(this, 'no docker CLI');
    await using server = await serve(attaching());
    const child = spawn(docker, ['-H', `unix://${server.path}`, 'exec', '-i', 'a', 'cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end('piped');
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    const [code] = (await once(child, 'close')) as [number];
    assert.deepEqual({ code, output }, { code: 7, output: 'pipeddone' });
  });
});
