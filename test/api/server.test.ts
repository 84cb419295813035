import assert from 'node:assert/strict';
import { once } from 'node:events';
import { EngineError } from '../../runtime/src/spec/errors.ts';
import type { Engine } from '../../runtime/src/spec/engine/system.ts';
import { Router } from '../../runtime/src/api/router.ts';
import { routes } from '../../runtime/src/api/routes.ts';
import { fakeEngine, request, serve, type Parts, upgrade } from './fake-engine.ts';

const noContainer: Parts = {
  containers: {
    inspect: (ref) => Promise.reject(new EngineError('notFound', `No such container: ${ref}`)),
    stop: () => Promise.reject(new EngineError('notModified', '')),
    create: (wanted) => Promise.resolve({ Id: JSON.stringify(wanted.config.Labels ?? null), Warnings: [] }),
    list: (query) => Promise.resolve([{ Id: JSON.stringify([...query.filters]) }]),
  },
};

async function check(wire: string, expected: RegExp | readonly RegExp[], parts: Parts = noContainer): Promise<void> {
  await using server = await serve(parts);
  const reply = await server.exchange(wire);
  for (const pattern of [expected].flat()) assert.match(reply, pattern);
}

describe('api server', () => {
  it('answers pings, GET and HEAD, with a version and without', async () => {
    const head = [/^HTTP\/1\.1 200 OK/, /Api-Version: 1\.51/, /Builder-Version: 2/, /Swarm: inactive/, /Ostype: linux/];
    await check(request('GET', '/_ping'), [
      ...head,
      /\r\n\r\nOK$/,
      /Cache-Control: no-cache, no-store, must-revalidate/,
    ]);
    await check(request('HEAD', '/v1.30/_ping'), [
      ...head,
      /\r\n\r\n$/,
      /Pragma: no-cache/,
      /Server: Docker\/\S+ \(linux\)/,
    ]);
  });

  it('gives a sign of life while the engine is being made; all else waits for it', async () => {
    const making = Promise.withResolvers<Engine>();
    await using server = await serve({}, { engine: making.promise });
    const waiting = server.exchange(request('GET', '/containers/nope/json'));
    assert.match(await server.exchange(request('GET', '/v1.51/_ping')), /^HTTP\/1\.1 200 OK[^]*OK$/);
    making.resolve(fakeEngine(noContainer));
    assert.match(await waiting, /^HTTP\/1\.1 404 [^]*No such container: nope/);
  });

  it('gives a sign of life while its routes are being loaded; all else waits for them, also who asks for an upgrade', async () => {
    const loading = Promise.withResolvers<Router>();
    await using server = await serve(noContainer, { router: loading.promise });
    const h2c = { Connection: 'Upgrade', Upgrade: 'h2c' };
    const waiting = [
      [request('GET', '/containers/nope/json'), /^HTTP\/1\.1 404 [^]*No such container: nope/],
      [request('GET', '/nope'), /^HTTP\/1\.1 404 [^]*page not found/],
      // Who may not have one gets the reply all the same.
      [request('POST', '/containers/create', '{"Image":"a"}', h2c), /^HTTP\/1\.1 201 [^]*"Id":"null"/],
      [request('POST', '/containers/x/stop', '', upgrade), /^HTTP\/1\.1 304 /],
    ] as const;
    const replies = waiting.map(([wire]) => server.exchange(wire));
    const ping = request('GET', '/v1.51/_ping', '', h2c);
    assert.match(await server.exchange(ping, { until: '\r\n\r\nOK' }), /^HTTP\/1\.1 200 OK/);
    loading.resolve(new Router(routes));
    for (const [index, reply] of (await Promise.all(replies)).entries()) {
      assert.match(reply, waiting[index]?.[1] ?? /^$/);
    }
  });

  it('says why the engine was not made to those who wait for it', async () => {
    const making = Promise.withResolvers<Engine>();
    await using server = await serve({}, { engine: making.promise });
    const waiting = server.exchange(request('POST', '/containers/x/attach?stream=1', '', upgrade));
    assert.match(await server.exchange(request('HEAD', '/_ping')), /^HTTP\/1\.1 200 OK/);
    making.reject(new EngineError('unavailable', 'no OCI runtime found'));
    assert.match(await waiting, /^HTTP\/1\.1 503 [^]*\{"message":"no OCI runtime found"\}/);
  });

  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ['unknown path', request('GET', '/v1.51/nope'), /404 Not Found[^]*\{"message":"page not found"\}/],
    ['wrong method', request('DELETE', '/v1.51/version'), /404 Not Found[^]*\{"message":"page not found"\}/],
    ['bad version', request('GET', '/vx/version'), /404 Not Found[^]*application\/json[^]*page not found/],
    [
      'too new',
      request('GET', '/v1.99/version'),
      /400[^]*client version 1.99 is too new. Maximum supported API version is 1.51/,
    ],
    ['another major', request('GET', '/v2.0/version'), /400[^]*client version 2.0 is too new/],
    [
      'too old',
      request('GET', '/v1.10/version'),
      /400[^]*text\/plain[^]*\r\n\r\nclient version 1.10 is too old. Minimum supported API version is 1.24, please/,
    ],
    ['missing', request('GET', '/containers/nope/json'), /404[^]*\{"message":"No such container: nope"\}/],
    ['not modified', request('POST', '/containers/x/stop'), /^HTTP\/1\.1 304 Not Modified[^]*\r\n\r\n$/],
    ['a fault of ours', request('GET', '/info'), /^HTTP\/1\.1 500 [^]*the test gives no system.info/],
    ['bad escape', request('GET', '/containers/%zz/json'), /^HTTP\/1\.1 400 [^]*invalid URL escape/],
    ['younger than the client', request('POST', '/v1.24/images/prune'), /^HTTP\/1\.1 404 /],
    ['not honoured', request('POST', '/v1.48/build/prune?min-free-space=1'), /^HTTP\/1\.1 501 [^]*max-used-space/],
    ['swarm', request('GET', '/v1.51/swarm'), /503[^]*This node is not a swarm manager. Use/],
    ['a new swarm', request('POST', '/v1.51/swarm/init', '{}'), /501[^]*"swarm mode is not supported by this engine"/],
    ['a plugin', request('GET', '/v1.51/plugins/privileges?remote=x'), /501[^]*installing plugins is not supported/],
    [
      'a build by BuildKit without a session',
      request('POST', '/v1.51/build?version=2&remote=client-session'),
      /400[^]*"remote=client-session needs a session"/,
    ],
    ['no body', request('POST', '/containers/create'), /400[^]*invalid JSON: got EOF while reading request body/],
    ['half a body', request('POST', '/containers/create', '{'), /400[^]*"invalid JSON: unexpected EOF"/],
    [
      'an empty object',
      request('POST', '/containers/create', '{}'),
      /400[^]*config cannot be empty in order to create a container/,
    ],
    [
      'plain text',
      request('POST', '/containers/create', '{"Image":"a"}', { 'Content-Type': 'text/plain' }),
      /400[^]*unsupported Content-Type header \(text\/plain\): must be 'application\/json'/,
    ],
    [
      'a wrong type',
      request('POST', '/containers/create', '{"HostConfig":{"Binds":[1]}}'),
      /400[^]*cannot unmarshal number into field HostConfig.Binds\[0\] of type string/,
    ],
    ['a filter that is no JSON', request('GET', '/containers/json?filters=zz'), /400[^]*"invalid filter"/],
    [
      'resize with nothing',
      request('POST', '/containers/a/resize'),
      /400[^]*invalid resize height \\"\\": invalid syntax/,
    ],
    ['logs of no stream', request('GET', '/containers/a/logs'), /400[^]*you must choose at least one stream/],
    [
      'logs since nonsense',
      request('GET', '/containers/a/logs?stdout=1&since=xx'),
      /500[^]*strconv.ParseInt: parsing \\"xx\\": invalid syntax/,
    ],
    [
      'start with a body',
      request('POST', '/containers/a/start', '{"Binds":["a"]}'),
      /400[^]*starting container with non-empty request body/,
    ],
  ];
  for (const [title, wire, expected] of refusals) it(`answers ${title}`, () => check(wire, expected));

  it("takes filters in both of Docker's shapes", async () => {
    const both = ['{"name":["a"]}', '{"name":{"a":true}}'];
    for (const filter of both) {
      await check(
        request('GET', `/containers/json?filters=${encodeURIComponent(filter)}`),
        /\[\[\\"name\\",\[\\"a\\"\]\]\]/,
      );
    }
  });

  it('sends 100 Continue first when asked to, and reads a chunked body', async () => {
    const head = { Expect: '100-continue', 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/json' };
    const body = 'd\r\n{"Image":"a"}\r\n0\r\n\r\n';
    await check(
      request('POST', '/containers/create', '', head) + body,
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created/,
    );
  });

  it('takes a request head of hundreds of kilobytes', async () => {
    await check(request('GET', '/_ping', '', { 'X-Large': 'x'.repeat(500_000) }), /^HTTP\/1\.1 200/);
  });

  it('keeps a key named __proto__ as data and nothing more', async () => {
    const body = '{"Image":"a","__proto__":{"Image":"b"},"Labels":{"__proto__":"x","constructor":"y"}}';
    await check(
      request('POST', '/containers/create', body),
      /201[^]*\\"__proto__\\":\\"x\\",\\"constructor\\":\\"y\\"/,
    );
    assert.equal(({} as Record<string, unknown>)['Image'], undefined);
  });

  it('refuses endless JSON and survives deep nesting', async () => {
    const flood = { 'Content-Type': 'application/json', 'Content-Length': '100000000' };
    await using server = await serve(noContainer);
    const reply = await server.exchange(request('POST', '/containers/create', '', flood), { until: 'of JSON' });
    assert.match(reply, /^HTTP\/1\.1 400 [^]*request body too large/);
    const deep = `{"Image":"a","X":${'['.repeat(1e6)}${']'.repeat(1e6)}}`;
    await check(request('POST', '/containers/create', deep), /^HTTP\/1\.1 201/);
  });

  it('cuts a chunked flood of JSON off', async () => {
    await using server = await serve(noContainer);
    const socket = server.open();
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    socket.on('error', () => undefined);
    socket.write(
      request('POST', '/containers/create', '', { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/json' }),
    );
    for (let sent = 0; sent < 200; sent += 1) socket.write(chunk);
    const [first] = (await new Promise<Buffer[]>((resolve) => socket.once('data', (data) => resolve([data])))) as [
      Buffer,
    ];
    assert.match(first.toString(), /^HTTP\/1\.1 400[^]*request body too large/);
    socket.destroy();
  });

  it('answers before the body has come, and the client sees it', async () => {
    await using server = await serve({
      images: {
        load: async (archive) => {
          for await (const chunk of archive) if (chunk.length > 0) break;
          throw new EngineError('system', 'no space left on device');
        },
      },
    });
    const socket = server.open();
    let seen = '';
    socket.on('data', (chunk) => (seen += String(chunk)));
    const size = 8 * 1024 * 1024;
    socket.write(request('POST', '/images/load', '', { 'Content-Length': String(size) }));
    socket.end(Buffer.alloc(size));
    await once(socket, 'close');
    assert.match(seen, /^HTTP\/1\.1 200 OK[^]*"errorDetail":\{"message":"no space left on device"\}[^]*\r\n0\r\n\r\n$/);
  });

  it('goes on with the connection when a handler left the body unread', async () => {
    const kept = { Connection: 'keep-alive' };
    const first = request('POST', '/containers/x/resize?h=1&w=1', 'x'.repeat(300_000), kept);
    const parts: Parts = { containers: { resize: () => Promise.resolve() } };
    await using other = await serve(parts);
    const reply = await other.exchange(first + request('GET', '/_ping'));
    assert.match(reply, /^HTTP\/1\.1 200 OK[^]*HTTP\/1\.1 200 OK[^]*OK$/);
  });

  it('answers an upgrade of what cannot be taken over like any request', async () => {
    const upgrading = { Connection: 'Upgrade', Upgrade: 'h2c' };
    await using server = await serve(noContainer);
    const reply = await server.exchange(request('POST', '/v1.51/swarm/join', '', upgrading), { until: 'engine"}' });
    assert.match(reply, /^HTTP\/1\.1 501 /);
    // Not in HTTP/2's own words, nor with an id.
    const wrong = await server.exchange(request('POST', '/v1.51/grpc', '', {}), { until: 'h2c"}' });
    assert.match(wrong, /^HTTP\/1\.1 400 /);
    const nameless = await server.exchange(request('POST', '/session', '', upgrading), { until: 'missing"}' });
    assert.match(nameless, /^HTTP\/1\.1 400 /);
    const missing = await server.exchange(request('POST', '/v1.51/nope', '', upgrading), { until: 'found"}' });
    assert.match(missing, /^HTTP\/1\.1 404 /);
  });

  it('tells the engine when a client of a stream has gone, but not that of a stop', async () => {
    const left = Promise.withResolvers<void>();
    await using server = await serve({
      system: {
        events: ({ signal }) => {
          signal?.addEventListener('abort', () => left.resolve());
          return Promise.resolve({
            [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
          });
        },
      },
    });
    const reply = await server.exchange(request('GET', '/events'), { until: '\r\n\r\n' });
    assert.match(reply, /^HTTP\/1\.1 200 OK/);
    await left.promise;
  });

  it('puts what fails after the first progress line into the stream, before it into the status', async () => {
    async function* pull(): AsyncGenerator<{ status: string }> {
      yield { status: 'Pulling' };
      await Promise.resolve();
      throw new EngineError('system', 'connection lost');
    }
    const parts: Parts = {
      images: {
        pull: ({ image }) =>
          image === 'gone'
            ? Promise.reject(new EngineError('notFound', 'no such repository'))
            : Promise.resolve(pull()),
      },
    };
    await check(
      request('POST', '/images/create?fromImage=a'),
      /200 OK[^]*Pulling[^]*"errorDetail":\{"message":"connection lost"\},"error":"connection lost"/,
      parts,
    );
    await check(request('POST', '/images/create?fromImage=gone'), /^HTTP\/1\.1 404 [^]*no such repository/, parts);
  });

  it('refuses what its guard refuses', async () => {
    await using server = await serve(noContainer, {
      guard: (headers) => {
        if (headers.origin !== undefined) throw new EngineError('forbidden', 'no browsers');
      },
    });
    assert.match(await server.exchange(request('GET', '/_ping', '', { Origin: 'http://evil' })), /^HTTP\/1\.1 403 /);
  });
});
