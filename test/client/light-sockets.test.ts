import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyText } from '../../runtime/src/client/http.ts';
import { light, standBy, type Stand } from './stand.ts';

interface Seeing extends Stand {
  /** How many connections there were. */
  readonly count: () => number;
  /** All that was asked. */
  readonly seen: () => string;
}

/** An engine that says what a test wants, whenever the end of a head has come. */
async function stand(answer: (socket: Socket, seen: string) => void): Promise<Seeing> {
  const sockets: Socket[] = [];
  let seen = '';
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined).setEncoding('latin1');
    socket.on('data', (text: string) => {
      seen += text;
      if (seen.endsWith('\r\n\r\n')) answer(socket, seen);
    });
  });
  return { ...(await standBy(server, sockets, light)), count: () => sockets.length, seen: () => seen };
}

const ok = 'HTTP/1.1 200 OK\r\n';
const chunks = `${ok}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n`;

describe('client: HTTP over a socket alone, on the wire', () => {
  it('reads bodies by length, in chunks and up to the end, in pieces of any size', async () => {
    const answers: readonly (readonly [string, boolean])[] = [
      [`${ok}Content-Length: 11\r\n\r\nhello world`, false],
      [`HTTP/1.1 100 Continue\r\n\r\n${ok}content-length:  11 \r\n\r\nhello world`, false],
      [chunks, false],
      [`HTTP/1.0 200 OK\r\n\r\nhello world`, true],
    ];
    for (const [text, ends] of answers) {
      for (const size of [1, 7, text.length]) {
        await using it = await stand((socket) => {
          void (async () => {
            for (let at = 0; at < text.length; at += size) {
              socket.write(text.slice(at, at + size), 'latin1');
              await sleep(0);
            }
            if (ends) socket.end();
          })();
        });
        assert.equal(await bodyText(await it.ask()), 'hello world');
      }
    }
  });

  it('asks again on the same connection once an answer has been read, and on another one before', async () => {
    await using it = await stand((socket) => socket.write(chunks, 'latin1'));
    const first = await it.ask();
    const second = await it.ask();
    assert.equal(it.count(), 2);
    await bodyText(first);
    await bodyText(second);
    await bodyText(await it.ask());
    await bodyText(await it.ask());
    assert.equal(it.count(), 2);
  });

  it('does not ask again where the engine closes, or where something came unasked', async () => {
    for (const text of [`${ok}Connection: close\r\nContent-Length: 0\r\n\r\n`, `${ok}Content-Length: 0\r\n\r\nmore`]) {
      await using it = await stand((socket) => socket.write(text, 'latin1'));
      await bodyText(await it.ask());
      await bodyText(await it.ask());
      assert.equal(it.count(), 2);
    }
  });

  it('has no body behind HEAD, 204 and 304, whatever their heads say', async () => {
    for (const [method, status] of [
      ['HEAD', '200 OK'],
      ['GET', '204 No Content'],
      ['POST', '304 Not Modified'],
    ] as const) {
      await using it = await stand((socket) => socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\n`));
      assert.equal(await bodyText(await it.ask({ method })), '');
    }
  });

  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', /no status line/],
    ['a header without a name', `${ok}: x\r\n\r\n`, /header without a name/],
    ['a head without an end', `${ok}X: ${'x'.repeat(200_000)}`, /too much of a head/],
    ['a length that is none', `${ok}Content-Length: -1\r\n\r\n`, /no length/],
    ['a chunk without a size', `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, /no size of a chunk/],
    ['a chunk that is too long', `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`, /chunk without an end/],
  ];
  for (const [what, text, expected] of broken) {
    it(`refuses ${what}`, async () => {
      await using it = await stand((socket) => socket.write(text, 'latin1'));
      await assert.rejects(async () => await bodyText(await it.ask()), expected);
    });
  }

  it('tells an answer that is cut short from one that has ended', async () => {
    for (const text of ['HTTP/1.1 200', `${ok}Content-Length: 5\r\n\r\nabc`, chunks.slice(0, -9)]) {
      await using it = await stand((socket) => socket.end(text, 'latin1'));
      await assert.rejects(async () => await bodyText(await it.ask()), /socket hang up/);
    }
  });

  it('takes no name and no header apart into lines', async () => {
    await using it = await stand((socket) => socket.write(chunks));
    await assert.rejects(it.ask({ path: '/x\r\nA: b' }), /unescaped/);
    await assert.rejects(it.ask({ headers: { A: 'b\r\nC: d' } }), /Invalid value of header A/);
    assert.equal(it.count(), 0);
  });

  it('ends with its signal, before the answer and in the middle of it', async () => {
    const reason = new Error('enough');
    await using it = await stand((socket, seen) => {
      if (seen.startsWith('GET /body')) socket.write(`${ok}Content-Length: 5\r\n\r\nabc`);
    });
    const before = new AbortController();
    const asked = it.ask({ path: '/none', signal: before.signal });
    before.abort(reason);
    await assert.rejects(asked, reason);
    await using other = await stand((socket) => socket.write(`${ok}Content-Length: 5\r\n\r\nabc`));
    const within = new AbortController();
    const pieces = (await other.ask({ signal: within.signal }))[Symbol.asyncIterator]();
    assert.equal(Buffer.from((await pieces.next()).value as Uint8Array).toString(), 'abc');
    within.abort(reason);
    await assert.rejects(pieces.next(), reason);
    await assert.rejects(other.ask({ signal: within.signal }), reason);
  });

  it('holds a sender back that is faster than the reader', async () => {
    let sent = 0;
    const size = 64 * 1024;
    const total = 400 * size;
    await using it = await stand((socket) => {
      socket.write(`${ok}Content-Length: ${total}\r\n\r\n`);
      const more = (): void => {
        while (sent < total && socket.write(Buffer.alloc(size), () => undefined)) sent += size;
        if (sent < total) socket.once('drain', () => ((sent += size), more()));
      };
      more();
    });
    const answer = await it.ask();
    const pieces = answer[Symbol.asyncIterator]();
    let read = (await pieces.next()).value?.length ?? 0;
    for (let calm = 0, last = -1; calm < 20; last = sent) {
      await sleep(1);
      calm = sent === last ? calm + 1 : 0;
    }
    // Buffers of both sides and of the kernel are far below what is to be sent.
    assert.ok(sent < total / 2, `${sent} of ${total}`);
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) read += next.value.length;
    assert.equal(read, total);
  });
});
