// Clients of BuildKit's API that do what no client should, on the real HTTP server: what they get, and that the engine serves on.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, constants, performServerHandshake, type ClientHttp2Session } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { createBuildKit } from '../../runtime/src/buildkit/buildkit.ts';
import { frame, readMessages } from '../../runtime/src/buildkit/grpc/frames.ts';
import { infoResponse, solveRequest, statusRequest } from '../../runtime/src/buildkit/messages/control.ts';
import { packet, packetTypes, stat } from '../../runtime/src/buildkit/messages/session.ts';
import type { Engine } from '../../runtime/src/spec/engine/system.ts';
import { EngineError } from '../../runtime/src/spec/errors.ts';
import { silentLogger } from '../../runtime/src/spec/logger.ts';
import { serve } from '../api/fake-engine.ts';

interface Answer {
  readonly status: string;
  readonly message: string;
  readonly body: Uint8Array;
}

async function call(session: ClientHttp2Session, path: string, body: Uint8Array): Promise<Answer> {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const ended: { 'grpc-status'?: string; 'grpc-message'?: string } = {};
  stream.on('response', (headers) => Object.assign(ended, headers));
  stream.on('trailers', (headers) => Object.assign(ended, headers));
  stream.end(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  if (ended['grpc-status'] === undefined) await once(stream, 'close');
  const message = decodeURIComponent(ended['grpc-message'] ?? '');
  return { status: String(ended['grpc-status']), message, body: Buffer.concat(chunks) };
}

/** The whole server, with builds that nothing comes of unless the test says so. */
async function open(builds: Partial<Engine['builds']> = {}) {
  const absent = (): never => {
    throw new EngineError('notFound', 'No such build');
  };
  const engine = {
    builds: { inspect: async () => Promise.resolve(absent()), list: () => Promise.resolve([]), ...builds },
    system: { version: () => Promise.resolve({ Os: 'linux', Arch: 'amd64' }) },
  } as unknown as Engine;
  const buildkit = createBuildKit({
    engine,
    logger: silentLogger,
    version: '0',
    lint: () => Promise.resolve([]),
    socketFolder: '/nonexistent',
  });
  return await serve({}, { tunnels: buildkit });
}

async function upgrade(path: string, route: string, headers: Readonly<Record<string, string>> = {}): Promise<Socket> {
  const socket = connectSocket(path);
  const lines = Object.entries({ Host: 'x', Connection: 'Upgrade', Upgrade: 'h2c', ...headers });
  socket.write(`POST ${route} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`);
  let head = Buffer.alloc(0);
  while (!head.includes('\r\n\r\n')) {
    await once(socket, 'readable');
    head = Buffer.concat([head, (socket.read() as Buffer | null) ?? Buffer.alloc(0)]);
  }
  assert.match(head.toString('latin1'), /^HTTP\/1\.1 101 /);
  // The server may have begun already.
  const rest = head.subarray(head.indexOf('\r\n\r\n') + 4);
  if (rest.length > 0) socket.unshift(rest);
  return socket;
}

function http2Over(socket: Socket): ClientHttp2Session {
  const session = connect('http://localhost', { createConnection: () => socket });
  session.on('error', () => undefined);
  return session;
}

const info = '/moby.buildkit.v1.Control/Info';

describe('BuildKit over HTTP/2', () => {
  it('serves after an upgrade, and to whom speaks HTTP/2 from the first byte', async () => {
    await using server = await open();
    for (const socket of [await upgrade(server.path, '/grpc'), connectSocket(server.path)]) {
      const session = http2Over(socket);
      const { status, body } = await call(session, info, frame(new Uint8Array(0)));
      assert.equal(status, '0');
      for await (const message of readMessages(
        (async function* () {
          yield body;
        })(),
      )) {
        assert.equal(infoResponse.decode(message).buildkitVersion?.package, 'coracle');
      }
      session.destroy();
    }
  });

  for (const [title, path, body, status] of [
    ['a method that is not there', '/a.B/C', frame(new Uint8Array(0)), '12'],
    ['a name of every object', '/toString', frame(new Uint8Array(0)), '12'],
    ['no message', info, new Uint8Array(0), '3'],
    ['half a message', info, Uint8Array.of(0, 0, 0, 0, 9, 1), '13'],
    ['a message of four gigabytes', info, Uint8Array.of(0, 255, 255, 255, 255), '8'],
    ['a compressed message', info, Uint8Array.of(1, 0, 0, 0, 0), '12'],
    ['what is no message', '/moby.buildkit.v1.Control/Status', frame(Uint8Array.of(0x0b)), '3'],
  ] as const) {
    it(`answers ${title}, and goes on`, async () => {
      await using server = await open();
      const session = http2Over(await upgrade(server.path, '/grpc'));
      assert.equal((await call(session, path, body)).status, status);
      assert.equal((await call(session, info, frame(new Uint8Array(0)))).status, '0');
      session.destroy();
    });
  }

  it('outlives bytes that are no HTTP/2', async () => {
    await using server = await open();
    const socket = await upgrade(server.path, '/grpc');
    socket.resume().end('GET / HTTP/1.1\r\n\r\n'.repeat(10));
    await once(socket, 'close');
    const session = http2Over(await upgrade(server.path, '/grpc'));
    assert.equal((await call(session, info, frame(new Uint8Array(0)))).status, '0');
    session.destroy();
  });

  it('says of a build that nobody begins that it is not there', async () => {
    await using server = await open();
    const session = http2Over(await upgrade(server.path, '/grpc'));
    const { status, message } = await call(
      session,
      '/moby.buildkit.v1.Control/Status',
      frame(statusRequest.encode({ ref: 'nobody' })),
    );
    assert.deepEqual([status, message], ['5', 'no such job nobody']);
    session.destroy();
  });

  it('refuses what is no Dockerfile build, in words', async () => {
    await using server = await open();
    const session = http2Over(await upgrade(server.path, '/grpc'));
    const lowLevel = { ref: 'a', session: 's', definition: { def: [Uint8Array.of(1)] } };
    const foreign = {
      ref: 'b',
      session: 's',
      frontend: 'gateway.v0',
      frontendAttrs: new Map([['source', 'evil/frontend']]),
    };
    const solve = '/moby.buildkit.v1.Control/Solve';
    assert.match((await call(session, solve, frame(solveRequest.encode(lowLevel)))).message, /LLB/);
    assert.match((await call(session, solve, frame(solveRequest.encode(foreign)))).message, /evil\/frontend/);
    session.destroy();
  });

  describe('a client whose files are not what they should be', () => {
    /** What a build is told when its client answers DiffCopy with these packets. */
    async function failure(answers: readonly Uint8Array[]): Promise<string> {
      await using server = await open();
      const headers = {
        'X-Docker-Expose-Session-Uuid': 'one',
        'X-Docker-Expose-Session-Grpc-Method': '/moby.filesync.v1.FileSync/DiffCopy',
      };
      const offered = performServerHandshake(await upgrade(server.path, '/session', headers));
      offered.on('error', () => undefined);
      offered.on('stream', (stream) => {
        stream.on('error', () => undefined);
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        for (const answer of answers) stream.write(answer);
        stream.end();
      });
      const session = http2Over(await upgrade(server.path, '/grpc'));
      const request = solveRequest.encode({ ref: 'r', session: 'one', frontend: 'dockerfile.v0' });
      const { message } = await call(session, '/moby.buildkit.v1.Control/Solve', frame(request));
      session.destroy();
      offered.destroy();
      return message;
    }

    const none = stat.decode(new Uint8Array(0));
    const statOf = (change: Partial<typeof none>) => frame(packet.encode({ stat: { ...none, ...change } }));
    const end = frame(packet.encode({ type: packetTypes.stat }));

    it('ends early', async () => assert.match(await failure([]), /ended it early/));
    it('sends what nobody asked for', async () =>
      assert.match(await failure([frame(packet.encode({ type: packetTypes.data, id: 7 }))]), /packet 2 in the list/));
    it('has a file of negative size', async () =>
      assert.match(await failure([statOf({ path: 'Dockerfile', size: -1 })]), /size -1/));
    it('has a Dockerfile of a terabyte', async () =>
      assert.match(await failure([statOf({ path: 'Dockerfile', size: 2 ** 40 }), end]), /larger than 8 MiB/));
    it('has links that lead round and round', async () =>
      assert.match(
        await failure([
          statOf({ path: 'Dockerfile', mode: 0x0800_01ff, linkname: 'Dockerfile' }),
          end,
          frame(packet.encode({ type: packetTypes.fin })),
        ]),
        /failed to read dockerfile/,
      ));
    it('reports an error of its own', async () =>
      assert.match(
        await failure([frame(packet.encode({ type: packetTypes.error, data: Buffer.from('boo') }))]),
        /error from sender: boo/,
      ));
    it('sends another message', async () =>
      assert.match(await failure([frame(Uint8Array.of(0x0b))]), /not a Protocol Buffers message/));
  });

  it('ends a build whose client resets the call', async () => {
    const begun = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    await using server = await open({
      inspect: () => Promise.reject(new EngineError('notFound', 'No such build')),
      build: ({ signal }) => {
        begun.resolve();
        signal?.addEventListener('abort', () => aborted.resolve());
        return new Promise(() => undefined);
      },
    });
    const offered = performServerHandshake(
      await upgrade(server.path, '/session', { 'X-Docker-Expose-Session-Uuid': 'two' }),
    );
    offered.on('error', () => undefined);
    const session = http2Over(await upgrade(server.path, '/grpc'));
    const attributes = new Map([['context', 'https://example.com/x.tar']]);
    const stream = session.request({ ':method': 'POST', ':path': '/moby.buildkit.v1.Control/Solve' });
    stream.on('error', () => undefined);
    stream.end(
      frame(solveRequest.encode({ ref: 'r', session: 'two', frontend: 'dockerfile.v0', frontendAttrs: attributes })),
    );
    await begun.promise;
    stream.close(constants.NGHTTP2_CANCEL);
    await aborted.promise;
    session.destroy();
    offered.destroy();
  });
});
