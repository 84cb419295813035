import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { bodyText } from '../../runtime/src/client/http.ts';
import { SocketTransport } from '../../runtime/src/client/sockets.ts';
import type { TransportRequest } from '../../runtime/src/client/transport.ts';
import { light, standBy, type Stand, type Way } from './stand.ts';

interface Seeing extends Stand {
  /** First line and body of each call that was read, by connection. */
  readonly seen: string[][];
  /** Closes all connections. That is in the kernel at once, and no client has heard of it before it does something else. */
  hangUp(): void;
}

const nodes: Way = (endpoint) => new SocketTransport(endpoint);
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** An engine that gives the answers in turn, then `ok`; after another than that it ends the connection. */
async function stand(way: Way, answers: readonly string[] = [], isTcp = false): Promise<Seeing> {
  const sockets: Socket[] = [];
  const seen: string[][] = [];
  let count = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    const own: string[] = [];
    seen.push(own);
    let text = '';
    socket.on('error', () => undefined).setEncoding('latin1');
    socket.on('data', (piece: string) => {
      text += piece;
      const call = /^(.*)\r\n(?:.+\r\n)*\r\n(.*)$/s.exec(text);
      if (call === null || (/^transfer-encoding/im.test(text) && !text.endsWith('0\r\n\r\n'))) return;
      own.push(`${text.slice(0, text.indexOf(' HTTP'))} ${text.slice(text.indexOf('\r\n\r\n') + 4)}`.trim());
      text = '';
      const answer = answers[count++] ?? ok;
      if (answer === ok) socket.write(answer);
      else socket.end(answer);
    });
  });
  const hangUp = () => sockets.forEach((socket) => socket.destroy());
  return { ...(await standBy(server, sockets, way, isTcp)), seen, hangUp };
}

/** Makes a call, so that its connection is kept. */
async function first(it: Seeing): Promise<void> {
  await bodyText(await it.ask({ path: '/first' }));
  // Node's agent takes the connection back a moment after the answer's end.
  await new Promise((resolve) => setImmediate(resolve));
}

const post = { method: 'POST', path: '/post', headers: { 'Content-Length': 0 } };
const bytes = new TextEncoder().encode('{"a":1}');
const withBody = { ...post, headers: { 'Content-Length': bytes.length }, body: bytes };

function streamed(): Partial<TransportRequest> {
  async function* body(): AsyncGenerator<Uint8Array, undefined> {
    await Promise.resolve();
    yield bytes;
    return undefined;
  }
  return { ...post, headers: { 'Transfer-Encoding': 'chunked' }, body: body() };
}

for (const [name, way] of [
  ["Node's HTTP", nodes],
  ['a socket alone', light],
] as const)
  describe(`client: a call by ${name} that meets a connection's end`, () => {
    for (const [what, more, sent] of [
      ['GET', {}, 'GET /x'],
      ['HEAD', { method: 'HEAD' }, 'HEAD /x'],
      ['POST', post, 'POST /post'],
      ['POST with a body', withBody, 'POST /post {"a":1}'],
      ['DELETE', { method: 'DELETE' }, 'DELETE /x'],
    ] as const)
      it(`is made once more where the engine had closed what was kept for it: ${what}`, async () => {
        await using it = await stand(way);
        await first(it);
        it.hangUp();
        await bodyText(await it.ask(more));
        assert.deepEqual(it.seen, [['GET /first'], [sent]]);
      });

    it('takes a connection over by another one', async () => {
      const taken = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello';
      await using it = await stand(way, [ok, taken]);
      await first(it);
      it.hangUp();
      const upgraded = await it.transport.upgrade({ ...post, body: undefined, signal: undefined });
      assert.ok('session' in upgraded);
      assert.equal(await bodyText(upgraded.session), 'hello');
    });

    it('is made by as many as it takes where several were kept', async () => {
      await using it = await stand(way);
      const answers = await Promise.all([1, 2, 3].map(() => it.ask({ path: '/first' })));
      for (const answer of answers) await bodyText(answer);
      await first(it);
      it.hangUp();
      await bodyText(await it.ask(post));
      assert.deepEqual(it.seen.at(-1), ['POST /post']);
      assert.equal(it.seen.length, 4);
    });

    it('only asks again where the engine may have acted on it', async () => {
      await using asking = await stand(way, [ok, '']);
      await first(asking);
      await bodyText(await asking.ask());
      assert.deepEqual(asking.seen, [['GET /first', 'GET /x'], ['GET /x']]);
      for (const more of [post, withBody, streamed(), { method: 'DELETE' }]) {
        await using it = await stand(way, [ok, '']);
        await first(it);
        await assert.rejects(it.ask(more), { name: 'ConnectionError', code: 'ECONNRESET' });
        assert.equal(it.seen.length, 1);
      }
    });

    it('fails once any of an answer has come, and on a connection that is new', async () => {
      await using begun = await stand(way, [ok, 'HTTP/1.1 2']);
      await first(begun);
      await assert.rejects(begun.ask(), /socket hang up|Parse Error/);
      assert.equal(begun.seen.length, 1);
      await using fresh = await stand(way, ['']);
      await assert.rejects(fresh.ask(), { name: 'ConnectionError', code: 'ECONNRESET' });
      assert.equal(fresh.seen.length, 1);
    });

    it('tells that nobody is there any more', async () => {
      const it = await stand(way);
      await first(it);
      await it[Symbol.asyncDispose]();
      await assert.rejects(it.ask(post), /Is the docker daemon running/);
    });

    it('fails with a body that would not be sent again whole', async () => {
      const large = new Uint8Array(1024 * 1024);
      await using it = await stand(way);
      await first(it);
      it.hangUp();
      const asked = it.ask({ ...post, headers: { 'Content-Length': large.length }, body: large });
      await assert.rejects(asked, { name: 'ConnectionError' });
      assert.equal(it.seen.length, 1);
    });
  });

describe("client: a call that meets a connection's end", () => {
  it('takes nothing of a streamed body before the engine has the head, so that it can be sent by another connection', async () => {
    await using it = await stand(light);
    await first(it);
    it.hangUp();
    await bodyText(await it.ask(streamed()));
    assert.deepEqual(it.seen, [['GET /first'], ['POST /post 7\r\n{"a":1}\r\n0']]);
  });

  it('is made once more by TCP where it only asks', async () => {
    await using it = await stand(nodes, [], true);
    await first(it);
    it.hangUp();
    await bodyText(await it.ask());
    assert.deepEqual(it.seen, [['GET /first'], ['GET /x']]);
  });
});
