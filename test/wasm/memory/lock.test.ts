// Being alone with an arena: whoever waits gets in, also after a thread that is gone.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { until } from '../../helpers/poll.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { ArenaBroken, Visits } from '../../../wasm/src/memory/visits.ts';

/** Counts a word up inside the arena, or stays there for ever. */
const script = `
  import { workerData, parentPort } from 'node:worker_threads';
  const { Arena } = await import(workerData.arena);
  const arena = Arena.open(workerData.memory);
  arena.owner = workerData.owner;
  // A visitor of this same thread, who was there first: who leaves calls that one.
  if (workerData.visits) {
    void arena.whenLeft(60_000);
    parentPort.postMessage('visits');
  }
  for (let i = 0; i < workerData.times; i++) {
    arena.enter();
    arena.setWord(1024, arena.word(1024) + 1);
    if (workerData.stays) { parentPort.postMessage('inside'); Atomics.wait(arena.i32, 257, 0); }
    arena.leave();
  }
`;

interface Manner {
  readonly stays?: boolean;
  readonly visits?: boolean;
}

function start(arena: Arena, owner: number, times: number, manner: Manner = {}): Worker {
  const path = new URL('../../../wasm/src/memory/arena.ts', import.meta.url).href;
  const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
  return new Worker(url, { workerData: { memory: arena.memory, arena: path, owner, times, ...manner } });
}

describe('wasm memory: the lock of an arena', function () {
  this.timeout(120_000);

  it('lets one in at a time, of threads and of visitors', async () => {
    const arena = Arena.create({ limit: 2 ** 20, isShared: true });
    const visits = new Visits(arena);
    const times = 20_000;
    const workers = [start(arena, 16, times), start(arena, 17, times)];
    const ends = workers.map((worker) => once(worker, 'exit'));
    for (let i = 0; i < 200; i++) await visits.inside(() => arena.setWord(1024, arena.word(1024) + 1));
    await Promise.all(ends);
    assert.equal(await visits.inside(() => arena.word(1024)), 2 * times + 200);
  });

  it('tells who was inside when it ended, and lets in who waits for it', async () => {
    const arena = Arena.create({ limit: 2 ** 20, isShared: true });
    const worker = start(arena, 16, 1, { stays: true });
    await once(worker, 'message');
    assert.equal(arena.holder, 16);
    const visits = new Visits(arena);
    let isIn = false;
    const visit = visits.inside(() => {
      isIn = true;
    });
    assert.equal(
      visits.tryInside(() => true),
      undefined,
    );
    await worker.terminate();
    assert.equal(isIn, false);
    assert.equal(arena.abandon(17), false);
    assert.equal(arena.abandon(16), true);
    await visit;
    await until('nobody is inside', () => Promise.resolve(arena.holder === 0));
  });

  it('lets in who stands still while the call to enter goes to a visitor of the same thread', async () => {
    const arena = Arena.create({ limit: 2 ** 20, isShared: true });
    const holder = start(arena, 16, 1, { stays: true });
    await once(holder, 'message');
    const worker = start(arena, 17, 1, { visits: true });
    await once(worker, 'message');
    // Time to fall asleep; should it take longer, it is let in all the more.
    await sleep(100);
    const ends = [holder, worker].map((each) => once(each, 'exit'));
    Atomics.store(arena.i32, 257, 1);
    Atomics.notify(arena.i32, 257);
    await Promise.all(ends);
    assert.equal(arena.word(1024), 2);
  });

  it('lets nobody in who visits what is broken', async () => {
    const arena = Arena.create({ limit: 2 ** 20, isShared: true });
    const visits = new Visits(arena);
    arena.enter();
    const visit = visits.inside(() => undefined);
    visits.break();
    await assert.rejects(visit, ArenaBroken);
    assert.equal(visits.isBroken, true);
  });
});
