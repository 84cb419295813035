// Components that handle HTTP requests, and ask others: over the network of a container, byte for byte.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { CompiledComponent } from '../../../wasm/src/preview2/parts.ts';
import type { Connection, GuestNetwork } from '../../../wasm/src/sockets/contract.ts';
import { skip } from '../../helpers/skip.ts';
import { SocketGuest } from '../sockets/socket-guest.ts';
import { compiled, component } from './component.ts';
import { ask, connect, encoder, get, loneNetwork, readAll } from './http-client.ts';

describe('wasm preview 2: HTTP', function () {
  this.timeout(300_000);
  let server: CompiledComponent;

  before(async function () {
    if (!existsSync('/usr/bin/clang')) skip(this, 'needs clang and lld');
    server = await compiled(await component('server', 'proxy'));
  });

  it('answers, with a length when it knows it and in chunks else', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    assert.equal(
      await ask(network, get('/hello')),
      'HTTP/1.1 200 \nx-by: component\ncontent-length: 6\nconnection: close\n\nhello\n',
    );
    assert.equal(
      await ask(network, get('/stream')),
      'HTTP/1.1 200 \nx-by: component\ntransfer-encoding: chunked\nconnection: close\n\n9\nstreamed\n\n0\n\n',
    );
    assert.match(await ask(network, get('/none')), /^HTTP\/1\.1 404 [^]*nothing here\n$/);
    assert.equal(
      await ask(network, 'GET /stream HTTP/1.0\n\n'),
      'HTTP/1.1 200 \nx-by: component\nconnection: close\n\nstreamed\n',
    );
  });

  it('sends no more than the length that was said', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const answer = await ask(network, 'GET /long HTTP/1.1\nHost: h\n\nGET /hello HTTP/1.1\nHost: h\n\n');
    assert.equal(answer, 'HTTP/1.1 200 \ncontent-length: 6\n\n');
    assert.match(await ask(network, get('/hello')), /hello\n$/);
  });

  it('answers who connects as soon as somebody listens', async () => {
    const network = loneNetwork();
    const early = Promise.withResolvers<Connection>();
    const eager: GuestNetwork = {
      connect: (...args) => network.connect(...args),
      resolve: (...args) => network.resolve(...args),
      datagrams: (...args) => network.datagrams(...args),
      listen: async (at, onConnection) => {
        const listening = await network.listen(at, onConnection);
        early.resolve(await network.connect('127.0.0.1', listening.port, { signal: AbortSignal.timeout(30_000) }));
        // The connection is taken before who listens hears of it.
        for (let turns = 0; turns < 10; turns++) await setImmediate();
        return listening;
      },
    };
    await using _ = new SocketGuest(server, [], eager);
    const connection = await early.promise;
    await connection.write(encoder.encode(get('/hello').replaceAll('\n', '\r\n')));
    assert.match(await readAll(connection), /hello\n$/);
  });

  it('shows a component what was asked', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const answer = await ask(network, get('/show?a=b', 'X-One: 1\nX-one:  2 \n'));
    assert.match(answer, /\n\n00 \/show\?a=b here\nHost=here\nConnection=close\nX-One=1\nX-one=2\n$/);
    const other = await ask(network, 'DELETE http://there:81/show HTTP/1.1\nHost: here\nConnection: close\n\n');
    assert.match(other, /\n\n04 \/show there:81\n/);
  });

  it('passes bodies on while they come, by length and in chunks, and asks for what is expected', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const connection = await connect(network);
    await connection.write(
      encoder.encode('POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n'),
    );
    const input = connection.input[Symbol.asyncIterator]();
    let text = '';
    const decoder = new TextDecoder();
    const shows = async (words: string) => {
      while (!text.includes(words)) {
        const { value, done } = await input.next();
        assert.notEqual(done, true, `the connection ended before ${words}: ${text}`);
        text += decoder.decode(value as Uint8Array);
      }
    };
    await shows('HTTP/1.1 100 Continue\r\n\r\n');
    await connection.write(encoder.encode('5;extension=1\r\nfirst\r\n'));
    await shows('5\r\nfirst\r\n');
    await connection.write(encoder.encode('b\r\n and second\r\n0\r\nTrailer: t\r\n\r\n'));
    await shows('0\r\n\r\n');
    // The same connection goes on.
    text = '';
    await connection.write(
      encoder.encode('POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /hello HT'),
    );
    await shows('3\r\nabc\r\n0\r\n\r\n');
    text = '';
    await connection.write(encoder.encode('TP/1.1\r\nHost: h\r\n\r\n'));
    await shows('hello\n');
    connection.close();
  });

  it('gives each request an instance of its own, and what one leaves open goes with it', async () => {
    const network = loneNetwork();
    await using guest = new SocketGuest(server, [], network);
    for (let round = 0; round < 3; round++) assert.match(await ask(network, get('/count')), /\n\nfirst\n$/);
    assert.match(await ask(network, get('/left-open')), /left open\n$/);
    const before = guest.used;
    // More than a process may have open.
    for (let round = 0; round < 600; round++) assert.match(await ask(network, get('/left-open')), /left open\n$/);
    assert.ok(guest.used - before < 100_000, `${String(guest.used - before)} bytes were left`);
  });

  it('answers for a component that traps, or says nothing, and serves on', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const failed = 'HTTP/1.1 500 \ncontent-length: 0\nconnection: close\n\n';
    assert.equal(await ask(network, get('/trap')), failed);
    assert.equal(await ask(network, get('/nothing')), failed);
    // What was begun cannot be taken back: the connection ends without the last chunk.
    assert.match(await ask(network, get('/part')), /\n\n6\na part\n$/);
    assert.match(await ask(network, get('/hello')), /hello\n$/);
  });

  it('refuses what can be read in two ways', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const bad = [
      'GET / HTTP/2.0\n\n',
      'GET  / HTTP/1.1\n\n',
      'GET / HTTP/1.1\n folded: 1\n\n',
      'GET / HTTP/1.1\nname : 1\n\n',
      'GET / HTTP/1.1\nname: \u0000\n\n',
      'POST /echo HTTP/1.1\nContent-Length: 3\nTransfer-Encoding: chunked\n\nabc',
      'POST /echo HTTP/1.1\nContent-Length: 3\nContent-Length: 4\n\nabc',
      'POST /echo HTTP/1.1\nContent-Length: +3\n\nabc',
      'POST /echo HTTP/1.1\nTransfer-Encoding: gzip, chunked\n\n',
      `GET / HTTP/1.1\n${'x: y\n'.repeat(600)}\n`,
      `GET / HTTP/1.1\nx: ${'y'.repeat(70_000)}`,
    ];
    for (const request of bad) {
      assert.equal(
        await ask(network, request),
        'HTTP/1.1 400 Bad Request\ncontent-length: 0\nconnection: close\n\n',
        request.slice(0, 80),
      );
    }
    // A body that is damaged: the component is told when it reads it.
    assert.match(await ask(network, 'POST /echo HTTP/1.1\nTransfer-Encoding: chunked\n\nxyz\n'), /^HTTP\/1\.1 /);
    assert.match(await ask(network, get('/hello')), /hello\n$/);
  });

  it('serves others while many connections say nothing', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const silent = await Promise.all(Array.from({ length: 200 }, () => connect(network)));
    for (const connection of silent) await connection.write(encoder.encode('GET /hello HTTP/1.1\r\n'));
    assert.match(await ask(network, get('/hello')), /hello\n$/);
    const [first] = silent;
    assert.ok(first !== undefined);
    await first.write(encoder.encode('Connection: close\r\n\r\n'));
    assert.match(await readAll(first), /hello\n$/);
    for (const connection of silent) connection.close();
  });

  it('asks others, and tells what comes of it', async () => {
    const network = loneNetwork();
    await using _ = new SocketGuest(server, [], network);
    const asked: string[] = [];
    using listening = await network.listen({ address: '', port: 0 }, (connection) => {
      void (async () => {
        const decoder = new TextDecoder();
        let text = '';
        for await (const bytes of connection.input) {
          text += decoder.decode(bytes);
          if (text.endsWith('0\r\n\r\n')) break;
        }
        asked.push(text);
        await connection.write(encoder.encode('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 203 Fine\r\n\r\n'));
        await connection.write(encoder.encode('an answer'));
        await connection.end();
      })();
    });
    const answer = await ask(network, get(`/fetch/127.0.0.1:${String(listening.port)}/path?q`));
    assert.match(answer, /^HTTP\/1\.1 203 [^]*an answer/);
    assert.deepEqual(asked, [
      `POST /path?q HTTP/1.1\r\nhost: 127.0.0.1:${String(listening.port)}\r\nconnection: close\r\n` +
        'transfer-encoding: chunked\r\n\r\na\r\na question\r\n0\r\n\r\n',
    ]);
    // connection-refused
    assert.match(await ask(network, get('/fetch/127.0.0.1:1/')), /failed with 06$/);
    assert.match(await ask(network, get('/fetch/no%20host/')), /bad authority$/);
  });

  it('says why it cannot listen', async () => {
    await using guest = new SocketGuest(server, [], undefined);
    assert.match(String(await guest.ended), /cannot listen at port 8080: access-denied/);
  });
});
