// Bodies of requests: whole and in order whatever the reader's pace, held back when nobody reads, ended by an error when the client leaves.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bodyOf, dropBody } from '../../runtime/src/api/body.ts';
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
    const waiting = () => there.outgoing.writableLength + (there.outgoing.socket?.writableLength ?? 0);
    let before = -1;
    await until('the client waits', async () => {
      const isStill = waiting() === before && before > 0;
      before = waiting();
      return isStill;
    });
    // What the kernel's buffers and ours have no room for.
    assert.ok(before > 32 << 20, String(before));
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
});
