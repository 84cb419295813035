// Carries what comes in one pipe to another, and stands still meanwhile.

import { workerData } from 'node:worker_threads';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import { closeEnd, pipeEvents, readPipe, writePipe } from '../../../wasm/src/memory/pipe.ts';
import { sleep } from '../../../wasm/src/memory/wait.ts';

const { memory, pipes } = workerData as {
  readonly memory: WebAssembly.Memory;
  readonly pipes: readonly [number, number];
};
const arena = Arena.open(memory);

/** Tries until there is an answer. */
function untilDone(pipe: number, attempt: () => number | undefined): number {
  for (;;) {
    arena.enter();
    const answer = attempt();
    const seen = arena.word(pipeEvents(pipe));
    arena.leave();
    if (answer !== undefined) return answer;
    sleep(arena, { address: pipeEvents(pipe), seen, timeoutMs: Infinity });
  }
}

const buffer = new Uint8Array(4096);
for (;;) {
  const count = untilDone(pipes[0], () => readPipe(arena, pipes[0], buffer));
  if (count === 0) break;
  for (let done = 0; done < count;) {
    done += untilDone(pipes[1], () => writePipe(arena, pipes[1], buffer.subarray(done, count)));
  }
}
arena.enter();
closeEnd(arena, pipes[0], 'readers');
closeEnd(arena, pipes[1], 'writers');
arena.leave();
