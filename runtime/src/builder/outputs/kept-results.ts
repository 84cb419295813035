// Results that a client is about to fetch: what they stand on is held until they are too old, or too many.

import type { Clock } from '../../host/host.ts';
import type { BuildResult } from './result.ts';

const keepMs = 10 * 60_000;
const most = 8;

interface Kept {
  readonly result: BuildResult;
  readonly held: AsyncDisposable;
  readonly sinceMs: number;
}

export class KeptResults {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param held what the result stands on; it is let go of here from now on */
  async keep(id: string, result: BuildResult, held: AsyncDisposable): Promise<void> {
    this.#kept.set(id, { result, held, sinceMs: this.#clock.now() });
    await this.collect();
  }

  /** undefined when it is not kept any more. */
  get(id: string): BuildResult | undefined {
    return this.#kept.get(id)?.result;
  }

  /** Lets go of what is too old, and of the oldest of too many. */
  async collect(): Promise<void> {
    const oldest = this.#clock.now() - keepMs;
    for (const [id, { sinceMs }] of this.#kept) {
      if (sinceMs < oldest || this.#kept.size > most) await this.drop(id);
    }
  }

  async drop(id: string): Promise<void> {
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    await kept?.held[Symbol.asyncDispose]();
  }

  async clear(): Promise<void> {
    for (const id of this.#kept.keys()) await this.drop(id);
  }
}
