// How the engine's thread is inside an arena: it never stands still at the lock, which a thread may hold that does not come back.

import type { Arena } from './arena.ts';

const patienceMs = 100;

/** The arena is held by a thread that is gone, or was left half way by one: what is in it cannot be relied on. */
export class ArenaBroken extends Error {}

export class Visits {
  readonly arena: Arena;
  readonly #leave: () => void;
  #isBroken = false;

  /** @param leave where more than the arena is left */
  constructor(arena: Arena, leave: () => void = () => arena.leave()) {
    this.arena = arena;
    this.#leave = leave;
  }

  /** Nobody comes in here any more. */
  break(): void {
    this.#isBroken = true;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** @throws ArenaBroken, and what the action does */
  async inside<T>(action: () => T): Promise<T> {
    const { arena } = this;
    for (let hasWaited = false; !this.#isBroken && !arena.tryEnter(hasWaited); hasWaited = true) {
      await arena.whenLeft(patienceMs);
    }
    if (this.#isBroken) throw new ArenaBroken('the memory of the container was left half way by a thread that is gone');
    return this.#do(action);
  }

  /** At once; undefined when somebody else is inside. */
  tryInside<T>(action: () => T): T | undefined {
    if (this.#isBroken || !this.arena.tryEnter()) return undefined;
    return this.#do(action);
  }

  #do<T>(action: () => T): T {
    try {
      return action();
    } finally {
      this.#leave();
    }
  }
}
