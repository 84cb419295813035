// Threads that wait for work: real ones, that say what they are told.

import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { ThreadPool, type PooledThread } from '../../../wasm/src/threads/pool.ts';
import type { Thread } from '../../../wasm/src/threads/thread.ts';

const script = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', (text) => {
    if (text === 'loop') for (;;);
    if (text === 'leave') process.exit(3);
    parentPort.postMessage(text);
  });
`;

function makeThread(): Thread {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on('message', listener),
    onExit: (listener) => void worker.once('exit', () => listener(undefined)),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

function answerOf(thread: PooledThread, text: string): Promise<unknown> {
  return new Promise((resolve) => {
    thread.use({ onMessage: resolve, onLost: () => resolve('lost') });
    thread.post(text);
  });
}

describe('wasm threads: the pool', function () {
  this.timeout(120_000);

  it('gives the same thread again, and another for one that was ended', async () => {
    await using pool = new ThreadPool({ makeThread, ready: 1, mostReady: 2 });
    const first = pool.take();
    assert.equal(await answerOf(first, 'one'), 'one');
    pool.give(first);
    assert.equal(pool.take(), first);
    first.post('loop');
    await pool.end(first);
    assert.equal(first.isGone, true);
    const second = pool.take();
    assert.notEqual(second.number, first.number);
    assert.equal(await answerOf(second, 'two'), 'two');
  });

  it('tells who has a thread that it ended by itself, and gives it to nobody', async () => {
    await using pool = new ThreadPool({ makeThread, ready: 1, mostReady: 2 });
    const thread = pool.take();
    assert.equal(await answerOf(thread, 'leave'), 'lost');
    pool.give(thread);
    const other = pool.take();
    assert.notEqual(other, thread);
    assert.equal(await answerOf(other, 'here'), 'here');
  });

  it('keeps no more than it may', async () => {
    await using pool = new ThreadPool({ makeThread, ready: 1, mostReady: 2 });
    const threads = [pool.take(), pool.take(), pool.take(), pool.take()];
    await Promise.all(threads.map((thread) => answerOf(thread, 'here')));
    for (const thread of threads) pool.give(thread);
    const again = new Set([pool.take(), pool.take()]);
    // The pool may have made one of its own meanwhile.
    assert.ok([...again].every((thread) => !thread.isGone));
    const third = pool.take();
    assert.equal(await answerOf(third, 'here'), 'here');
  });
});
