import assert from 'node:assert/strict';
import { KeyedQueue, Serial } from '../../runtime/src/spec/queue.ts';

describe('queue', () => {
  it('runs one after the other, in order, each at once when nothing is before it', async () => {
    const serial = new Serial();
    const gate = Promise.withResolvers<string>();
    const seen: string[] = [];
    const first = serial.run(async () => {
      seen.push('first begins');
      seen.push(await gate.promise);
      return 1;
    });
    const second = serial.run(async () => {
      seen.push('second');
      return 2;
    });
    await new Promise(setImmediate);
    assert.deepEqual(seen, ['first begins']);
    gate.resolve('first ends');
    assert.deepEqual(await Promise.all([first, second]), [1, 2]);
    assert.deepEqual(seen, ['first begins', 'first ends', 'second']);
  });

  it('goes on after a failure, which only its own caller hears of', async () => {
    const serial = new Serial();
    const failing = serial.run(() => Promise.reject(new Error('no')));
    const next = serial.run(() => Promise.resolve('yes'));
    await assert.rejects(failing, /^Error: no$/);
    assert.equal(await next, 'yes');
  });

  it('lets keys run beside each other, and tells when one or all are idle', async () => {
    const queue = new KeyedQueue();
    const gates = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
    const done: string[] = [];
    const runs = (['a', 'b'] as const).map((key) =>
      queue.run(key, async () => {
        await gates[key].promise;
        done.push(key);
      }),
    );
    const idle = queue.idle('b').then(() => done.push('b is idle'));
    const drained = queue.drained().then(() => done.push('all drained'));
    await queue.idle('never used');
    gates.b.resolve();
    await idle;
    assert.deepEqual(done, ['b', 'b is idle']);
    gates.a.resolve();
    await Promise.all([drained, ...runs]);
    assert.deepEqual(done, ['b', 'b is idle', 'a', 'all drained']);
  });
});
