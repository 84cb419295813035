// Turns of coroutines on a thread.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { Turn, Turns } from '../../../wasm/src/threads/turns.ts';

describe('wasm turns', () => {
  let cpuMs = 0;
  const rest = () => setImmediate<void>();
  const clock = { cpuMs: () => cpuMs, rest };

  it('lets one run at a time, in the order in which they ask', async () => {
    const shown = new Int32Array(3);
    const turns = new Turns(clock, shown);
    const [first, second, third] = [1, 2, 3].map((place) => new Turn(turns, place, () => undefined));
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const order: number[] = [];
    const asked = [first, second, third].map(async (turn) => {
      await turn.begin();
      order.push(turn.place);
      assert.equal(shown[0], turn.place);
      // Others could come in between.
      await rest();
      assert.equal(shown[0], turn.place);
      turn.end();
    });
    await Promise.all(asked);
    assert.deepEqual(order, [1, 2, 3]);
    assert.deepEqual([...shown.subarray(0, 2)], [0, 3]);
  });

  it('counts what each of them uses', async () => {
    const turns = new Turns(clock, new Int32Array(3));
    const used = new Map<number, number>();
    const [first, second] = [1, 2].map((place) => new Turn(turns, place, (ms) => used.set(place, ms)));
    for (const [turn, ms] of [
      [first, 5],
      [second, 7],
      [first, 11],
    ] as const) {
      await turn?.begin();
      cpuMs += ms;
      turn?.end();
    }
    assert.deepEqual(
      [...used],
      [
        [1, 16],
        [2, 7],
      ],
    );
  });

  it('counts the time of one that the system has not looked at yet', async () => {
    let usedMs = 0;
    const turn = new Turn(new Turns(clock, new Int32Array(3)), 1, (ms) => (usedMs = ms));
    await turn.begin();
    const beginMs = performance.now();
    while (performance.now() - beginMs < 3);
    turn.end();
    assert.ok(usedMs >= 3, `${usedMs} ms`);
  });

  it('leaves time for all else between turns that follow each other at once', async () => {
    const turns = new Turns(clock, new Int32Array(3));
    const turn = new Turn(turns, 1, () => undefined);
    let hasCome = false;
    setTimeout(() => (hasCome = true), 0);
    while (!hasCome) {
      await turn.begin();
      turn.end();
    }
  });

  it('is over for who makes calls for long', async () => {
    const turn = new Turn(new Turns(clock, new Int32Array(3)), 1, () => undefined);
    await turn.begin();
    while (!turn.isOver());
    turn.end();
    await turn.begin();
    assert.equal(turn.isOver(), false);
    turn.end();
  });
});
