// Bytes over ports, at the reader's pace.

import assert from 'node:assert/strict';
import { Channel } from '../../runtime/src/web/channel.ts';
import type { Port } from '../../runtime/src/web/protocol.ts';
import { until } from '../helpers/poll.ts';

function pair(): readonly [Channel, Channel] {
  const { port1, port2 } = new MessageChannel() as unknown as { readonly port1: Port; readonly port2: Port };
  return [new Channel(port1), new Channel(port2)];
}

const piece = new Uint8Array(1000).fill(7);

describe('channel', () => {
  it('carries bytes both ways, as they were, to their end', async () => {
    const [one, other] = pair();
    const large = Uint8Array.from({ length: 1_000_000 }, (_, index) => index & 0xff);
    void one.send(large).then(() => one.end());
    const parts: Uint8Array[] = [];
    for await (const bytes of other.input()) parts.push(bytes);
    assert.ok(Buffer.concat(parts).equals(large));
    void other.send(piece).then(() => other.end());
    for await (const bytes of one.input()) assert.deepEqual(bytes, piece);
    one.close();
    await until('the other has heard', async () => other.gone.aborted);
  });

  it('sends a few pieces ahead of a reader, and no more', async () => {
    const [one, other] = pair();
    let sent = 0;
    const sending = (async () => {
      for (; sent < 100; sent++) await one.send(piece);
      one.end();
    })();
    // Long enough for more to go, if it would.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => void setImmediate(resolve));
    assert.ok(sent < 10, `${sent} pieces are on the way`);
    let count = 0;
    for await (const _ of other.input()) {
      count += 1;
      assert.ok(sent < count + 10, `${sent} pieces are sent, ${count} read`);
    }
    await sending;
    assert.equal(count, 100);
    one.close();
    other.close();
  });

  it('lets a sender go on when its reader goes', async () => {
    const [one, other] = pair();
    const sending = (async () => {
      while (!one.gone.aborted) await one.send(piece);
    })();
    for await (const _ of other.input()) break;
    other.close();
    await sending;
    await assert.rejects(async () => {
      for await (const _ of one.input());
    }, /has gone/);
  });

  it('tells a reader that its sender failed, after what came before', async () => {
    const [one, other] = pair();
    void one.send(piece).then(() => one.fail('the disk is full'));
    const seen: Uint8Array[] = [];
    await assert.rejects(async () => {
      for await (const bytes of other.input()) seen.push(bytes);
    }, /the disk is full/);
    assert.equal(seen.length, 1);
    one.close();
    other.close();
  });

  it('ends all that waits for a side that has died', async () => {
    const [, waiting] = pair();
    const sending = (async () => {
      while (!waiting.gone.aborted) await waiting.send(piece);
    })();
    const reading = waiting.input().next();
    waiting.cut(new Error('it has died'));
    await sending;
    await assert.rejects(reading, /it has died/);
    await assert.rejects(waiting.head, /it has died/);
  });

  it('waits for a head, and not for one whose sender goes', async () => {
    const [one, other] = pair();
    one.sendHead({ status: 200, headers: {}, isSession: false });
    assert.equal((await other.head).status, 200);
    const [gone, waiting] = pair();
    gone.close();
    await assert.rejects(waiting.head, /has gone/);
    one.close();
    other.close();
  });
});
