// Places of processes on threads that they share.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { Docks, NeighbourEnded, type PlacedMessage } from '../../../wasm/src/threads/docks.ts';
import type { Thread } from '../../../wasm/src/threads/thread.ts';

/** A thread on which everybody sleeps; what they say is said by the test. */
function sleepingThread() {
  let onMessage: (message: unknown) => void = () => undefined;
  let onExit: (error: Error | undefined) => void = () => undefined;
  const thread: Thread = {
    post: () => undefined,
    onMessage: (listener) => (onMessage = listener),
    onExit: (listener) => (onExit = listener),
    terminate: async () => {
      await setImmediate();
      onExit(undefined);
    },
  };
  return { thread, says: (message: PlacedMessage) => onMessage(message) };
}

describe('wasm docks', () => {
  it('waits for a process that sleeps to leave, and leaves its neighbours alone', async () => {
    const { thread, says } = sleepingThread();
    await using docks = new Docks({ makeThread: () => thread, most: 1, ready: 0, crowd: 8, nextNumber: () => 16 });
    const berths = docks.open();
    const [first, second] = [berths.take(), berths.take()];
    let lost = 0;
    second.use({ onMessage: () => undefined, onLost: () => lost++ });
    const ending = first.end();
    says({ place: first.place ?? 0, hasLeft: true });
    assert.equal(await ending, false);
    assert.equal(lost, 0);
  });

  it('has more threads than it wants where there are very many processes', async () => {
    let made = 0;
    const makeThread = () => {
      made++;
      return sleepingThread().thread;
    };
    await using docks = new Docks({ makeThread, most: 2, ready: 2, crowd: 8, nextNumber: () => 16 });
    for (let count = 0; count < 2000; count++) docks.open().take();
    assert.equal(made, 2);
    docks.open().take();
    assert.equal(made, 3);
  });

  it('ends a process that cannot leave any more with its thread, and tells its neighbours why', async () => {
    const { thread } = sleepingThread();
    await using docks = new Docks({ makeThread: () => thread, most: 1, ready: 0, crowd: 8, nextNumber: () => 16 });
    const berths = docks.open();
    const [first, second] = [berths.take(), berths.take()];
    const told: unknown[] = [];
    first.use({ onMessage: () => undefined, onLost: () => told.push('the one that was asked for') });
    second.use({ onMessage: () => undefined, onLost: (error) => told.push(error) });
    await first.endThread();
    assert.equal(told.length, 1);
    assert.ok(told[0] instanceof NeighbourEnded);
    assert.match(told[0].message, /^a container was broken/);
  });
});
