// How the engine's thread is inside an arena: it never stands still at the lock, which a thread may hold that does not come back.

import type { Arena } from '../memory/arena.ts';
import { errno } from '../wasi/errno.ts';
import { NetworkFailure } from './contract.ts';

const patienceMs = 100;
/** Once the container has ended nobody holds it for long. */
const lastTries = 20;

export class Visits {
  readonly arena: Arena;
  #triesLeft = Infinity;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** From now on it waits for the arena for two seconds at most. */
  end(): void {
    this.#triesLeft = Math.min(this.#triesLeft, lastTries);
  }

  /** @throws NetworkFailure EIO when nobody leaves it any more */
  async inside<T>(action: () => T): Promise<T> {
    const { arena } = this;
    while (!arena.tryEnter()) {
      this.#triesLeft -= 1;
      if (this.#triesLeft < 0)
        throw new NetworkFailure(errno.EIO, 'the memory of the container is held by a thread that is gone');
      await arena.whenLeft(patienceMs);
    }
    try {
      return action();
    } finally {
      arena.leave();
    }
  }
}
