// One thing at a time: work that waits for what was given before it, however that ended. Every room that has such a line
// takes it from here.

/** Many lines: work under one key runs in the order it came, other keys run beside it. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  /**
   * Runs `work` once everything given before under `key` has settled; at once, within this call, when nothing is left.
   * A failure is the caller's alone: what comes after runs all the same.
   */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const result = before === undefined ? work() : before.then(work);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(key, tail);
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return result;
  }

  /** Resolves when all that was given under `key` until now has settled. */
  async idle(key: string): Promise<void> {
    await this.#tails.get(key);
  }

  /** Resolves when nothing is left under any key. */
  async drained(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}

/** One line: `KeyedQueue` with a single key. */
export class Serial {
  readonly #queue = new KeyedQueue();

  /** Runs `work` once everything given before has settled, whether it failed or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run('', work);
  }
}
