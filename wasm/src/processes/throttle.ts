// Holds processes to a share of the processors, as a period and a quota of a control group do: who has used more than its share is held up
// until that is made good.

import { ArenaBroken } from '../memory/visits.ts';

/** Milliseconds between two looks. A look takes a few, where a thread is asked. */
const periodMs = 100;
/** What was not used may be used later, so much of it. */
const mostSavedMs = 100;

export interface Throttled {
  /** Processors: 0.5, 2. Undefined: no limit. */
  cpus(): number | undefined;
  /** CPU milliseconds that all have used so far; undefined when there is nobody any more. */
  usedMs(): Promise<number | undefined>;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export class Throttle {
  readonly #throttled: Throttled;
  #isRunning = false;
  #isStopped = false;

  constructor(throttled: Throttled) {
    this.#throttled = throttled;
  }

  /** Somebody runs, from now on. */
  watch(): void {
    if (this.#isRunning || this.#isStopped || this.#throttled.cpus() === undefined) return;
    this.#isRunning = true;
    this.#run()
      .catch((error: unknown) => {
        // What was broken is ended as a whole.
        if (!(error instanceof ArenaBroken)) throw error;
      })
      .finally(() => {
        this.#isRunning = false;
      });
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #run(): Promise<void> {
    let last = performance.now();
    let usedBefore = (await this.#throttled.usedMs()) ?? 0;
    let savedMs = 0;
    for (;;) {
      await delay(periodMs);
      const cpus = this.#throttled.cpus();
      const used = await this.#throttled.usedMs();
      if (this.#isStopped || cpus === undefined || used === undefined) return;
      const now = performance.now();
      savedMs = Math.min(mostSavedMs * cpus, savedMs + (now - last) * cpus - (used - usedBefore));
      [last, usedBefore] = [now, used];
      if (savedMs >= 0) continue;
      await this.#throttled.pause();
      await delay(-savedMs / cpus);
      await this.#throttled.resume();
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
