// Components of WASI 0.3 that handle HTTP requests, and ask others: bodies and trailers go while they come.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import type { Connection, GuestNetwork } from '../../../wasm/src/sockets/contract.ts';
import { skip } from '../../helpers/skip.ts';
import { SocketGuest } from '../sockets/socket-guest.ts';
import { compiled, component } from './component.ts';
import { ask, connect, encoder, get, loneNetwork, readAll } from './http-client.ts';

const named = 'HTTP/1.1 200 \nx-by: component\ntransfer-encoding: chunked\nconnection: close\n\n';
const failed = 'HTTP/1.1 500 \ncontent-length: 0\nconnection: close\n\n';

describe('wasm preview 3: HTTP', function () {
  this.timeout(300_000);
  let server: CompiledComponent;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    server = await compiled(await component('later-server', 'later-http'));
  });

  it('answers in chunks, with the length that it says, or with nothing', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    assert.equal(await ask(network, get('/hello')), `${named}6\nhello\n\n0\n\n`);
    assert.equal(await ask(network, get('/sized')), 'HTTP/1.1 200 \ncontent-length: 6\nconnection: close\n\nsized\n');
    assert.equal(await ask(network, get('/empty')), 'HTTP/1.1 204 \nx-by: component\nconnection: close\n\n');
    assert.match(await ask(network, get('/none')), /^HTTP\/1\.1 404 [^]*\n\nd\nnothing here\n\n0\n\n$/);
    assert.match(await ask(network, get('/wait/20')), /\n\n7\nwaited\n\n0\n\n$/);
    assert.match(
      await ask(network, 'HEAD /sized HTTP/1.1\nHost: h\nConnection: close\n\n'),
      /\ncontent-length: 6\n[^]*\n\n$/,
    );
  });

  it('shows a component what was asked', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const answer = await ask(network, get('/show?a=b', 'X-One: 1\nX-one:  2 \n'));
    assert.match(answer, /\n00 \/show\?a=b here\nHost=here\nConnection=close\nX-One=1\nX-one=2\n\n0\n\n$/);
    const other = await ask(network, 'DELETE http://there:81/show HTTP/1.1\nHost: here\nConnection: close\n\n');
    assert.match(other, /\n04 \/show there:81\n/);
  });

  it('passes bodies and trailers on while they come, on connections that go on', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const connection = await connect(network);
    const head = 'POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';
    await connection.write(encoder.encode(head));
    const input = connection.input[Symbol.asyncIterator]();
    const decoder = new TextDecoder();
    let text = '';
    const shows = async (words: string) => {
      while (!text.includes(words)) {
        const { value, done } = await input.next();
        assert.notEqual(done, true, `the connection ended before ${words}: ${text}`);
        text += decoder.decode(value as Uint8Array);
      }
    };
    await shows('HTTP/1.1 200 ');
    await connection.write(encoder.encode('5;extension=1\r\nfirst\r\n'));
    await shows('5\r\nfirst\r\n');
    await connection.write(encoder.encode('b\r\n and second\r\n0\r\nX-Trailer: t\r\n\r\n'));
    await shows('0\r\nX-Trailer: t\r\n\r\n');
    text = '';
    const next = 'POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc';
    await connection.write(encoder.encode(next));
    await shows('3\r\nabc\r\n0\r\n\r\n');
    connection.close();
    // A body that is damaged: the component hears of it, and who asked sees no whole answer.
    const damaged = await ask(network, 'POST /echo HTTP/1.1\nTransfer-Encoding: chunked\n\nxyz\n');
    assert.match(damaged, /^HTTP\/1\.1 /);
    assert.doesNotMatch(damaged, /0\n\n$/);
  });

  it('gives each request an instance of its own, and what one leaves open goes with it', async () => {
    const network = loneNetwork();
    await using guest = new SocketGuest(server, [], network);
    for (let round = 0; round < 3; round++) assert.match(await ask(network, get('/count')), /\nfirst\n\n0\n\n$/);
    await ask(network, get('/left-open'));
    const before = guest.used;
    for (let round = 0; round < 50; round++) assert.match(await ask(network, get('/left-open')), /left open\n/);
    assert.ok(guest.used - before < 20_000, `${String(guest.used - before)} bytes were left`);
  });

  it('answers for a component that fails, traps at any time, or never answers, and serves on', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    for (const path of ['/trap', '/error', '/nothing']) assert.equal(await ask(network, get(path)), failed, path);
    // What was begun cannot be taken back: the connection ends without the last chunk.
    for (const path of ['/part', '/part-trap']) {
      const part = await ask(network, get(path));
      assert.match(part, /^HTTP\/1\.1 200 /, path);
      assert.doesNotMatch(part, /0\n\n$/, path);
    }
    assert.match(await ask(network, get('/hello')), /hello\n/);
  });

  it('sends no more and no less than the length that was said, or ends the connection', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const lines = (path: string) => ask(network, `GET ${path} HTTP/1.1\nHost: h\n\nGET /hello HTTP/1.1\nHost: h\n\n`);
    assert.equal(await lines('/short'), 'HTTP/1.1 200 \ncontent-length: 6\n\nsiz');
    assert.doesNotMatch(await lines('/long'), /HTTP[^]*HTTP/);
  });

  it('asks others with no more than the length that was said, though all of it is there before them', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const heard = Promise.withResolvers<string>();
    using upstream = await network.listen({ address: '', port: 0 }, (connection) => {
      heard.resolve(readAll(connection));
    });
    const at = `127.0.0.1:${String(upstream.port)}`;
    // 17: HTTP-request-body-size
    assert.match(await ask(network, get(`/fetch-long/${at}/`)), /failed with 17/);
    assert.equal(
      await heard.promise,
      `POST / HTTP/1.1\r\nhost: ${at}\r\nconnection: close\r\ncontent-length: 4\r\n\r\n`,
    );
  });

  it('is held up by who does not read, and goes on when that one is gone', async () => {
    const network = loneNetwork();
    await using guest = new SocketGuest(server, [], network);
    const connection = await connect(network);
    await connection.write(encoder.encode('GET /flood HTTP/1.1\r\nHost: h\r\n\r\n'));
    const { value } = await connection.input[Symbol.asyncIterator]().next();
    assert.match(new TextDecoder().decode(value as Uint8Array), /^HTTP\/1\.1 200 /);
    assert.ok(guest.used < 2 ** 21, 'it was kept in memory');
    connection.close();
    assert.match(await ask(network, get('/hello')), /hello\n/);
  });

  it('asks others, with a body, and tells what comes of it', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const asked: string[] = [];
    using upstream = await answering(network, asked, [
      'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 203 Fine\r\nTransfer-Encoding: chunked\r\n\r\n',
      '9\r\nan answer\r\n0\r\n\r\n',
    ]);
    const at = `127.0.0.1:${String(upstream.port)}`;
    assert.match(await ask(network, get(`/fetch/${at}/path?q`)), /^HTTP\/1\.1 203 [^]*an answer/);
    assert.deepEqual(asked, [
      `POST /path?q HTTP/1.1\r\nhost: ${at}\r\nconnection: close\r\n` +
        'transfer-encoding: chunked\r\n\r\na\r\na question\r\n0\r\n\r\n',
    ]);
    // connection-refused
    assert.match(await ask(network, get('/fetch/127.0.0.1:1/')), /failed with 06/);
    assert.match(await ask(network, get('/fetch/no%20host/')), /bad authority/);
  });

  it('sends a request on as it came, without what was about its connection', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const asked: string[] = [];
    using upstream = await answering(network, asked, [
      'HTTP/1.1 203 Fine\r\nKeep-Alive: 5\r\nX-Own: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      '2\r\nok\r\n0\r\nX-After: 2\r\n\r\n',
    ]);
    const at = `127.0.0.1:${String(upstream.port)}`;
    const request = `POST /proxy/${at}/on HTTP/1.1\nHost: h\nConnection: close, x-y\nKeep-Alive: 9\nX-Z: 1\n`;
    const answer = await ask(network, `${request}Transfer-Encoding: chunked\n\n3\nabc\n0\nX-T: 3\n\n`);
    assert.deepEqual(asked, [
      `POST /on HTTP/1.1\r\nhost: ${at}\r\nconnection: close\r\ntransfer-encoding: chunked\r\nX-Z: 1\r\n\r\n` +
        '3\r\nabc\r\n0\r\nX-T: 3\r\n\r\n',
    ]);
    assert.equal(
      answer,
      'HTTP/1.1 203 \nX-Own: 1\ntransfer-encoding: chunked\nconnection: close\n\n2\nok\n0\nX-After: 2\n\n',
    );
    assert.equal(await ask(network, get('/proxy/127.0.0.1:1/')), failed);
  });

  it('waits no longer for others than the component wants, and tells what others break', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    using silent = await answering(network, [], []);
    // 9: connection-read-timeout
    assert.match(await ask(network, get(`/fetch-soon/127.0.0.1:${String(silent.port)}/`)), /failed with 09/);
    using slow = await answering(network, [], ['HTTP/1.1 200 \r\nContent-Length: 9\r\n\r\nsome']);
    assert.match(await ask(network, get(`/fetch-steady/127.0.0.1:${String(slow.port)}/`)), /broken with 09/);
    using bad = await answering(network, [], ['HTTP/9 nonsense\r\n\r\n']);
    // 35: HTTP-protocol-error, 7: connection-terminated
    assert.match(await ask(network, get(`/fetch/127.0.0.1:${String(bad.port)}/`)), /failed with 35/);
    using cut = await answering(network, [], ['HTTP/1.1 200 \r\nContent-Length: 9\r\n\r\nsome', 'end']);
    assert.match(await ask(network, get(`/fetch/127.0.0.1:${String(cut.port)}/`)), /broken with 07/);
  });

  it('ends at once, whatever it does', async () => {
    for (const path of ['/spin', '/wait/1000000', '/flood']) {
      const network = loneNetwork();
      const guest = new SocketGuest(server, [], network);
      const connection = await connect(network);
      await connection.write(encoder.encode(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`));
      await guest[Symbol.asyncDispose]();
      connection.close();
    }
  });

  it('says why it cannot listen', async () => {
    await using guest = new SocketGuest(server, [], undefined);
    assert.match(String(await guest.ended), /cannot listen at port 8080: access-denied/);
  });
});

/** Another server: it hears a request to its end, says that, and ends where the last is "end", or goes on saying nothing. */
async function answering(network: GuestNetwork, asked: string[], pieces: readonly string[]) {
  const answer = async (connection: Connection) => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of connection.input) {
      text += decoder.decode(bytes, { stream: true });
      if (/\r\n0\r\n(?:[^\r\n]+\r\n)*\r\n$/v.test(text)) break;
    }
    asked.push(text);
    for (const piece of pieces) {
      if (piece === 'end') await connection.end();
      else await connection.write(encoder.encode(piece));
    }
  };
  return await network.listen({ address: '', port: 0 }, (connection) => {
    void answer(connection).catch(() => undefined);
  });
}
