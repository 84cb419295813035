// What is still to be heard of a process that has left its thread.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { Task } from '../../../wasm/src/processes/task.ts';
import type { Berth } from '../../../wasm/src/threads/berth.ts';

const berth = {} as Berth;

describe('wasm processes: task', () => {
  it('has heard all when as many messages came as were told, however many came before it left', async () => {
    const task = new Task(64, berth, undefined);
    task.hear();
    task.left(2);
    let isDone = false;
    const all = task.allHeard().then(() => (isDone = true));
    await setImmediate();
    assert.equal(isDone, false);
    task.hear();
    await all;
    assert.equal(task.hasHeardAll, true);
  });

  it('waits for nothing where nothing was told, or nothing comes any more', async () => {
    const silent = new Task(64, berth, undefined);
    silent.left(0);
    await silent.allHeard();
    const lost = new Task(64, berth, undefined);
    lost.left(1);
    lost.lost();
    await lost.allHeard();
  });
});
