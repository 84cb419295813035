import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { once } from 'node:events';
import { EngineClient } from '../../runtime/src/client/client.ts';
import { ApiError, ConnectionError } from '../../runtime/src/client/errors.ts';
import { parseEndpoint, type Endpoint } from '../../runtime/src/client/endpoint.ts';
import { LightTransport } from '../../runtime/src/client/light-sockets.ts';
import type { Transport } from '../../runtime/src/client/transport.ts';
import type { HttpOptions } from '../../runtime/src/client/http.ts';
import { makeTempFolder } from '../helpers/temp-folder.ts';

interface Stand extends AsyncDisposable {
  readonly client: EngineClient;
  readonly server: Server;
  readonly seen: string[];
}

type Way = (endpoint: Endpoint) => Endpoint | Transport;

const ways: Readonly<Record<string, Way>> = {
  "by Node's HTTP": (endpoint) => endpoint,
  'over a socket alone': (endpoint) => {
    assert.ok(endpoint.kind === 'socket');
    return new LightTransport(endpoint);
  },
};

/** Of the tests that run now. */
let wayTo: Way = (endpoint) => endpoint;

/** A server that answers `/_ping` as an engine of `version` and leaves the rest to `handler`. */
async function stand(version: string, handler: RequestListener, options: HttpOptions = {}): Promise<Stand> {
  const folder = await makeTempFolder();
  const path = join(folder.path, 's');
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url === '/_ping') {
      response.writeHead(200, { 'Api-Version': version, Ostype: 'linux' });
      response.end(request.method === 'HEAD' ? undefined : 'OK');
    } else handler(request, response);
  });
  server.listen(path);
  await once(server, 'listening');
  const client = new EngineClient(wayTo(parseEndpoint(`unix://${path}`)), options);
  return {
    client,
    server,
    seen,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

for (const [name, way] of Object.entries(ways))
  describe(`client: HTTP ${name}`, () => {
    before(() => {
      wayTo = way;
    });

    it('lowers itself to an older engine, and asks only once', async () => {
      await using it = await stand('1.41', (_request, response) => response.end('[]'));
      await it.client.containers.list();
      await it.client.containers.list();
      assert.deepEqual(it.seen, ['HEAD /_ping', 'GET /v1.41/containers/json', 'GET /v1.41/containers/json']);
    });

    it('stays at what it knows with a newer engine', async () => {
      await using it = await stand('1.99', (_request, response) => response.end('{}'));
      await it.client.system.info();
      assert.equal(it.seen.at(-1), 'GET /v1.51/info');
    });

    describe('that assumes the newest version', () => {
      const options = { assumesNewest: true };

      it('asks nothing of an engine that knows it', async () => {
        await using it = await stand('1.51', (_request, response) => response.end('{}'), options);
        await it.client.system.info();
        await it.client.system.info();
        assert.deepEqual(it.seen, ['GET /v1.51/info', 'GET /v1.51/info']);
      });

      it('makes the call again for an older one, with its body', async () => {
        const bodies: string[] = [];
        const handler: RequestListener = (request, response) => {
          request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
          request.on('end', () => {
            if (request.url?.startsWith('/v1.51/') === true) response.writeHead(400);
            const message = 'client version 1.51 is too new. Maximum supported API version is 1.41';
            response.end(JSON.stringify(response.statusCode === 400 ? { message } : { Id: 'n' }));
          });
        };
        await using it = await stand('1.41', handler, options);
        await it.client.networks.create({ Name: 'n' });
        await it.client.networks.create({ Name: 'n' });
        const made = 'POST /v1.41/networks/create';
        assert.deepEqual(it.seen, ['POST /v1.51/networks/create', 'HEAD /_ping', made, made]);
        assert.deepEqual(bodies, Array(3).fill('{"Name":"n"}'));
      });

      it('takes the version of one that answers all the same', async () => {
        const handler: RequestListener = (_request, response) => response.setHeader('Api-Version', '1.41').end('{}');
        await using it = await stand('1.41', handler, options);
        await it.client.system.info();
        await it.client.system.info();
        assert.deepEqual(it.seen, ['GET /v1.51/info', 'GET /v1.41/info']);
      });

      it('asks before what cannot be sent twice, and before a connection is taken over', async () => {
        await using it = await stand('1.41', (_request, response) => response.writeHead(404).end('{}'), options);
        const stream = Readable.from(['x']);
        await assert.rejects(it.client.http.text('POST', '/images/load', { stream }), ApiError);
        assert.deepEqual(it.seen, ['HEAD /_ping', 'POST /v1.41/images/load']);
        await using other = await stand('1.41', (_request, response) => response.writeHead(404).end('{}'), options);
        await assert.rejects(other.client.http.hijack('/containers/c/attach'), ApiError);
        assert.deepEqual(other.seen, ['HEAD /_ping', 'POST /v1.41/containers/c/attach']);
      });

      it('passes on any other refusal', async () => {
        await using it = await stand('1.51', (_request, response) => response.writeHead(400).end('no'), options);
        await assert.rejects(it.client.system.info(), { status: 400, message: 'no' });
        assert.deepEqual(it.seen, ['GET /v1.51/info']);
      });
    });

    it("carries the engine's status and sentence, JSON or plain", async () => {
      await using it = await stand('1.51', (request, response) => {
        response.writeHead(404);
        response.end(request.url?.includes('plain') === true ? 'Not here' : '{"message":"No such container: x"}');
      });
      await assert.rejects(it.client.containers.inspect('x'), (error) => {
        assert.ok(error instanceof ApiError);
        assert.equal(error.status, 404);
        assert.equal(error.message, 'No such container: x');
        return true;
      });
      await assert.rejects(it.client.containers.inspect('plain'), { message: 'Not here' });
    });

    it('reads no refusal without an end', async () => {
      await using it = await stand('1.51', (_request, response) => {
        response.writeHead(500);
        Readable.from(
          (function* () {
            for (;;) yield Buffer.alloc(65_536, 'x');
          })(),
        ).pipe(response);
      });
      await assert.rejects(it.client.containers.inspect('x'), /an answer that is too long/);
    });

    it('takes 304 for success', async () => {
      await using it = await stand('1.51', (_request, response) => {
        response.writeHead(304);
        response.end();
      });
      await it.client.containers.start('x');
    });

    it('says that nobody listens', async () => {
      const client = new EngineClient(parseEndpoint('unix:///nowhere/at/all.sock'));
      await assert.rejects(client.ping(), (error) => {
        assert.ok(error instanceof ConnectionError);
        assert.equal(error.code, 'ENOENT');
        assert.match(error.message, /^Cannot connect to the Docker daemon at unix:\/\/\/nowhere\/at\/all\.sock\./);
        return true;
      });
    });

    describe('with an engine that falls silent', () => {
      const fault = (cause: unknown) => new ConnectionError('silent', 'ETIMEDOUT', { cause });
      const patience = { ms: 100, fault };

      it('waits for as long as the engine works and answers pings', async () => {
        // All of it runs in this process, which may have to wait for its turn.
        const work: RequestListener = (_request, response) => void setTimeout(() => response.end('[]'), 3500);
        await using it = await stand('1.51', work, { patience: { ms: 1000, fault } });
        assert.deepEqual(await it.client.containers.list(), []);
        assert.ok(it.seen.filter((line) => line === 'HEAD /_ping').length > 2, it.seen.join());
      });

      it('ends a call once it answers nothing more, before and after the head of the answer', async () => {
        let isHung = false;
        await using it = await stand(
          '1.51',
          (request, response) => {
            isHung = true;
            if (request.url?.includes('volumes') === true) response.write('{"Volumes":');
          },
          { patience },
        );
        it.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
          if (isHung && request.url === '/_ping') response.end = () => response;
        });
        const startedAt = Date.now();
        await assert.rejects(it.client.containers.stop('x'), { message: 'silent' });
        await assert.rejects(it.client.volumes.list(), { message: 'silent' });
        assert.ok(Date.now() - startedAt < 60_000);
      });

      it('ends a call when not even the version can be asked for, and asks anew for the next', async () => {
        await using it = await stand('1.51', (_request, response) => response.end('[]'), { patience });
        let isHung = true;
        it.server.prependListener('request', (_request, response: ServerResponse) => {
          if (isHung) response.end = () => response;
        });
        await assert.rejects(it.client.containers.list(), { message: 'silent' });
        isHung = false;
        assert.deepEqual(await it.client.containers.list(), []);
      });
    });

    it('leaves at once when its caller does, though others wait for the version', async () => {
      await using it = await stand('1.51', (_request, response) => response.end('[]'));
      let answer: (() => void) | undefined;
      it.server.prependListener('request', (_request, response: ServerResponse) => {
        if (answer !== undefined) return;
        const end = response.end.bind(response);
        answer = () => void end();
        response.end = () => response;
      });
      const caller = new AbortController();
      const left = it.client.containers.list({}, caller.signal);
      const stayed = it.client.containers.list();
      while (answer === undefined) await once(it.server, 'request');
      caller.abort();
      await assert.rejects(left, { name: 'AbortError' });
      answer();
      assert.deepEqual(await stayed, []);
    });

    it('keeps names out of the path', async () => {
      await using it = await stand('1.51', (_request, response) => response.end('{}'));
      await it.client.containers.inspect('../images/x?force=1');
      assert.equal(it.seen.at(-1), 'GET /v1.51/containers/..%2Fimages%2Fx%3Fforce%3D1/json');
    });

    it('uploads a stream in chunks', async () => {
      let received = '';
      await using it = await stand('1.51', (request, response) => {
        request.setEncoding('utf8').on('data', (text: string) => (received += text));
        request.on('end', () => response.end());
      });
      await it.client.containers.putArchive('x', '/', Readable.from([Buffer.from('ab'), Buffer.from('cd')]));
      assert.equal(received, 'abcd');
    });

    it('ends an upload whose source fails', async () => {
      await using it = await stand('1.51', (request) => request.resume());
      const broken = Readable.from(
        (async function* () {
          yield Buffer.from('x');
          throw new Error('disk on fire');
        })(),
      );
      await assert.rejects(it.client.containers.putArchive('x', '/', broken), /disk on fire/);
    });

    it('resolves wait before the container has ended', async () => {
      let finish: (() => void) | undefined;
      await using it = await stand('1.51', (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.flushHeaders();
        finish = () => response.end('{"StatusCode":7}');
      });
      const { exit } = await it.client.containers.wait('x', 'next-exit');
      assert.ok(finish !== undefined);
      finish();
      assert.equal((await exit).StatusCode, 7);
    });

    it('takes a connection over: early bytes, half-close, output after it', async () => {
      await using it = await stand('1.51', (_request, response) => response.end());
      it.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
        it.seen.push(`upgrade ${request.url}`);
        socket.write(
          'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly ',
        );
        let input = '';
        socket.on('data', (chunk: Buffer) => (input += chunk.toString()));
        socket.on('end', () => socket.end(`got ${input}`));
      });
      const { socket, mediaType } = await it.client.containers.attach('x', { stdin: true, stdout: true, stderr: true });
      assert.equal(mediaType, 'application/vnd.docker.raw-stream');
      socket.write('typed');
      socket.end();
      let output = '';
      for await (const chunk of socket as AsyncIterable<Buffer>) output += chunk.toString();
      assert.equal(output, 'early got typed');
      assert.equal(it.seen.at(-1), 'upgrade /v1.51/containers/x/attach?stream=1&stdin=1&stdout=1&stderr=1');
    });

    it('reports a refused takeover', async () => {
      await using it = await stand('1.51', (_request, response) => response.end());
      it.server.on('upgrade', (_request: IncomingMessage, socket: Duplex) => {
        socket.end(
          'HTTP/1.1 409 Conflict\r\nContent-Length: 28\r\nConnection: close\r\n\r\n{"message":"is not running"}\n',
        );
      });
      await assert.rejects(it.client.containers.attach('x', { stdin: false, stdout: true, stderr: true }), {
        name: 'ApiError',
        status: 409,
        message: 'is not running',
      });
    });
  });
