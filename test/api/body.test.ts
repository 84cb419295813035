// Bodies of requests: whole and in order whatever the reader's pace, held back when nobody reads, ended by an error when the client leaves.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { bodyOf, dropBody } from '../../runtime/src/api/body.ts';
import { type Filling, arriving, isFilling } from '../../runtime/src/spec/stream/arriving.ts';
import { until } from '../helpers/poll.ts';
import { seededRandom } from '../spec/random.ts';

/** A server that lets `handle` have each request, and an open request to it. */
async function exchange(handle: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const handled = Promise.withResolvers<void>();
  const server = createServer((incoming, response) => handled.resolve(handle(incoming, response)));
  handled.promise.catch(() => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const outgoing = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', method: 'POST' });
  outgoing.on('error', () => undefined);
  return {
    outgoing,
    handled: handled.promise,
    [Symbol.dispose]() {
      outgoing.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The body of a request that is still arriving. */
function fillingOf(incoming: IncomingMessage): Filling {
  const body = bodyOf(incoming)[Symbol.asyncIterator]();
  assert.ok(isFilling(body));
  return body;
}

/** Resolves when a client that has written 64 MiB goes on no more, with most of it unsent. */
async function untilHeldBack(outgoing: ClientRequest): Promise<void> {
  const waiting = () => outgoing.writableLength + (outgoing.socket?.writableLength ?? 0);
  let before = -1;
  await until('the client waits', async () => {
    const isStill = waiting() === before && before > 0;
    before = waiting();
    return isStill;
  });
  // What the kernel's buffers and ours have no room for.
  assert.ok(before > 32 << 20, String(before));
}

describe('api: bodies', () => {
  it('are given whole and in order', async () => {
    const random = seededRandom(3);
    const chunks = Array.from({ length: 200 }, () => Buffer.alloc(1 + random(100_000), random(256)));
    const parts: Uint8Array[] = [];
    using there = await exchange(async (incoming, response) => {
      for await (const part of bodyOf(incoming)) {
        parts.push(part);
        if (random(4) === 0) await new Promise(setImmediate);
      }
      response.end('done');
    });
    const replied = once(there.outgoing, 'response');
    for (const chunk of chunks) if (!there.outgoing.write(chunk)) await once(there.outgoing, 'drain');
    there.outgoing.end();
    await replied;
    await there.handled;
    assert.ok(Buffer.concat(chunks).equals(Buffer.concat(parts)));
  });

  it('hold the client back while nobody reads', async () => {
    const gate = Promise.withResolvers<void>();
    let size = 0;
    using there = await exchange(async (incoming, response) => {
      for await (const part of bodyOf(incoming)) {
        await gate.promise;
        size += part.length;
      }
      response.end();
    });
    const replied = once(there.outgoing, 'response');
    const megabyte = Buffer.alloc(1 << 20);
    for (let i = 0; i < 64; i++) there.outgoing.write(megabyte);
    there.outgoing.end();
    await untilHeldBack(there.outgoing);
    gate.resolve();
    await replied;
    assert.equal(size, 64 << 20);
  });

  it('end with an error when the client leaves', async () => {
    const first = Promise.withResolvers<void>();
    using there = await exchange(async (incoming) => {
      for await (const _ of bodyOf(incoming)) first.resolve();
    });
    there.outgoing.write('a beginning');
    await first.promise;
    there.outgoing.destroy();
    await assert.rejects(there.handled, /aborted|closed/);
  });

  it('end with an error when the client left before they were read', async () => {
    using there = await exchange(async (incoming) => {
      await once(incoming, 'close');
      for await (const _ of bodyOf(incoming));
    });
    there.outgoing.write('a beginning');
    await until('a connection', async () => there.outgoing.socket?.connecting === false);
    there.outgoing.destroy();
    await assert.rejects(there.handled, /aborted|closed/);
  });

  it('can be left early, and the reply arrives', async () => {
    using there = await exchange(async (incoming, response) => {
      for await (const _ of bodyOf(incoming)) break;
      response.end('enough');
      await dropBody(incoming);
    });
    const replied = once(there.outgoing, 'response') as Promise<[IncomingMessage]>;
    there.outgoing.write(Buffer.alloc(4 << 20));
    const [incoming] = await replied;
    let text = '';
    for await (const part of incoming.setEncoding('utf8')) text += String(part);
    assert.equal(text, 'enough');
    there.outgoing.end();
  });

  it('fill memory, whole and in order, with iteration in between', async () => {
    const random = seededRandom(5);
    const chunks = Array.from({ length: 200 }, () => Buffer.alloc(1 + random(100_000), random(256)));
    const parts: Uint8Array[] = [];
    const seen: Uint8Array[] = [];
    using there = await exchange(async (incoming, response) => {
      const body = fillingOf(incoming);
      for (let isOver = false; !isOver;) {
        if (random(4) === 0) await new Promise(setImmediate);
        if (random(4) === 0) {
          const next = await body.next();
          isOver = next.done === true;
          if (next.done !== true) parts.push(next.value);
          if (next.done !== true) seen.push(next.value);
          continue;
        }
        const memory = new Uint8Array(1 + random(400_000));
        const size = await body.fill(memory, (piece) => seen.push(Buffer.from(piece)));
        assert.ok(size <= memory.length);
        isOver = size < memory.length;
        parts.push(memory.subarray(0, size));
      }
      assert.equal(await body.fill(new Uint8Array(10), () => undefined), 0);
      response.end('done');
    });
    const replied = once(there.outgoing, 'response');
    for (const chunk of chunks) if (!there.outgoing.write(chunk)) await once(there.outgoing, 'drain');
    there.outgoing.end();
    await Promise.all([replied, there.handled]);
    assert.ok(Buffer.concat(chunks).equals(Buffer.concat(parts)));
    assert.ok(Buffer.concat(chunks).equals(Buffer.concat(seen)));
  });

  it('fail to fill memory when the client leaves', async () => {
    const first = Promise.withResolvers<void>();
    using there = await exchange(async (incoming) => {
      await fillingOf(incoming).fill(new Uint8Array(1000), () => first.resolve());
    });
    there.outgoing.write('a beginning');
    await first.promise;
    there.outgoing.destroy();
    await assert.rejects(there.handled, /aborted|closed/);
  });

  it('hold the client back while no memory is to be filled', async () => {
    const gate = Promise.withResolvers<void>();
    let size = 0;
    using there = await exchange(async (incoming, response) => {
      const body = fillingOf(incoming);
      const memory = new Uint8Array(1 << 20);
      for (let filled = memory.length; filled === memory.length; size += filled) {
        filled = await body.fill(memory, () => undefined);
        await gate.promise;
      }
      response.end();
    });
    const replied = once(there.outgoing, 'response');
    for (let i = 0; i < 64; i++) there.outgoing.write(Buffer.alloc(1 << 20));
    there.outgoing.end();
    await untilHeldBack(there.outgoing);
    gate.resolve();
    await replied;
    assert.equal(size, 64 << 20);
  });

  it('give back the memory of what they have filled others with, and only that', async () => {
    const stream = new PassThrough();
    const alone = new Uint8Array(1000).fill(1);
    const shared = new Uint8Array(1000).fill(2);
    const body = arriving(stream);
    const memory = new Uint8Array(1500);
    const filled = body.fill(memory, () => undefined);
    stream.write(Buffer.from(alone.buffer));
    stream.write(Buffer.from(shared.buffer, 100, 400));
    stream.write(Buffer.from(shared.buffer, 500));
    assert.equal(await filled, 1500);
    assert.deepEqual([...memory], [...Array<number>(1000).fill(1), ...Array<number>(500).fill(2)]);
    assert.equal(alone.length, 0);
    // The rest is still to be had.
    const rest = await body.next();
    assert.deepEqual(rest.value, Buffer.alloc(400, 2));
    assert.equal(shared.length, 1000);
    const short = body.fill(memory, () => undefined);
    await body.return();
    await assert.rejects(short, /nobody reads it any more/);
    assert.equal(stream.listenerCount('data'), 0);
  });
});
