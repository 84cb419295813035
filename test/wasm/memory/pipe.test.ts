// Pipes: order, ends, and threads that wait for each other.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import {
  addEnd,
  closeEnd,
  makePipe,
  pipeEvents,
  pipeLength,
  readPipe,
  writePipe,
} from '../../../wasm/src/memory/pipe.ts';
import { sleepAsync } from '../../../wasm/src/memory/wait.ts';
import { errnoOf } from '../files/tree.ts';

const room = 16_384;

for (const isShared of [true, false]) {
  describe(`wasm memory: a pipe ${isShared ? 'that threads share' : 'of one thread'}`, function () {
    this.timeout(300_000);

    function make() {
      const arena = Arena.create({ limit: 2 ** 20, isShared });
      arena.enter();
      const { used } = arena;
      return { arena, used, pipe: makePipe(arena, room) };
    }

    it('gives bytes in their order, round its end', () => {
      const { arena, pipe } = make();
      let [sent, got] = [0, 0];
      for (let round = 0; round < 200; round++) {
        const piece = Uint8Array.from({ length: 1 + ((round * 733) % 5000) }, (_, index) => (sent + index) % 251);
        sent += writePipe(arena, pipe, piece) ?? 0;
        const into = new Uint8Array(1 + ((round * 1_117) % 6000));
        const count = readPipe(arena, pipe, into) ?? 0;
        for (let index = 0; index < count; index++) assert.equal(into[index], (got + index) % 251);
        got += count;
        assert.equal(pipeLength(arena, pipe), sent - got);
      }
    });

    it('takes a small piece whole or not at all, and of a large one what there is room for', () => {
      const { arena, pipe } = make();
      assert.equal(writePipe(arena, pipe, new Uint8Array(room - 100)), room - 100);
      assert.equal(writePipe(arena, pipe, new Uint8Array(101)), undefined);
      assert.equal(writePipe(arena, pipe, new Uint8Array(5000)), 100);
      assert.equal(writePipe(arena, pipe, new Uint8Array(5000)), undefined);
    });

    it('ends with its last writer, refuses to write without a reader, and is gone with both', () => {
      const { arena, pipe, used } = make();
      addEnd(arena, pipe, 'writers');
      writePipe(arena, pipe, new Uint8Array(3));
      closeEnd(arena, pipe, 'writers');
      assert.equal(readPipe(arena, pipe, new Uint8Array(10)), 3);
      assert.equal(readPipe(arena, pipe, new Uint8Array(10)), undefined);
      closeEnd(arena, pipe, 'writers');
      assert.equal(readPipe(arena, pipe, new Uint8Array(10)), 0);
      closeEnd(arena, pipe, 'readers');
      assert.equal(arena.used, used);
      const other = makePipe(arena, room);
      closeEnd(arena, other, 'readers');
      assert.throws(
        () => writePipe(arena, other, new Uint8Array(1)),
        (error) => errnoOf(error) === 'EPIPE',
      );
    });

    it('calls back who sleeps for it, and gives up in time', async () => {
      const { arena, pipe } = make();
      const seen = arena.word(pipeEvents(pipe));
      arena.leave();
      assert.equal(await sleepAsync(arena, pipeEvents(pipe), seen, 1), false);
      const woken = sleepAsync(arena, pipeEvents(pipe), seen);
      arena.enter();
      writePipe(arena, pipe, new Uint8Array(1));
      arena.leave();
      assert.equal(await woken, true);
      // What has happened before is not missed.
      assert.equal(await sleepAsync(arena, pipeEvents(pipe), seen), true);
    });
  });
}

describe('wasm memory: pipes between threads', function () {
  this.timeout(300_000);

  it('carries all that one writes to the other, which waits when there is nothing', async () => {
    const arena = Arena.create({ limit: 2 ** 20, isShared: true });
    arena.enter();
    const pipes = [makePipe(arena, room), makePipe(arena, room)] as const;
    arena.leave();
    const total = 20_000_000;
    const middle = new Worker(join(import.meta.dirname, 'pipe.worker.ts'), {
      workerData: { memory: arena.memory, pipes },
    });
    const ended = once(middle, 'exit');
    let [sent, got] = [0, 0];
    const into = new Uint8Array(10_000);
    for (;;) {
      arena.enter();
      const piece = Uint8Array.from({ length: Math.min(7919, total - sent) }, (_, index) => (sent + index) % 251);
      const written = piece.length === 0 ? undefined : writePipe(arena, pipes[0], piece);
      sent += written ?? 0;
      if (sent === total && piece.length > 0) closeEnd(arena, pipes[0], 'writers');
      const count = readPipe(arena, pipes[1], into);
      const seen = arena.word(pipeEvents(pipes[1]));
      arena.leave();
      if (count === 0) break;
      for (let index = 0; index < (count ?? 0); index++) {
        if (into[index] !== (got + index) % 251) assert.fail(`byte ${got + index} is wrong`);
      }
      got += count ?? 0;
      if (written === undefined && count === undefined) await sleepAsync(arena, pipeEvents(pipes[1]), seen, 100);
    }
    assert.equal(got, total);
    assert.deepEqual(await ended, [0]);
  });
});
