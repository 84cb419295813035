// Results that a client is about to fetch: what they stand on is held until they are too old, or too many.

import type { Clock } from '../../host/host.ts';
import type { BuildImages } from '../contract.ts';
import type { BuildResult } from './result.ts';

const keepMs = 10 * 60_000;
const most = 8;

export interface HeldResult {
  readonly result: BuildResult;
  readonly images: BuildImages;
  /** Lets go of the images. */
  readonly held: AsyncDisposable;
}

interface Kept extends HeldResult {
  readonly sinceMs: number;
  /** Exports that run. */
  users: number;
}

export interface KeptResult extends Omit<HeldResult, 'held'>, AsyncDisposable {}

export class KeptResults {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on the images are let go of here. */
  async keep(id: string, result: HeldResult): Promise<void> {
    this.#kept.set(id, { ...result, sinceMs: this.#clock.now(), users: 0 });
    await this.collect();
  }

  /** Stays until the disposal, however old it gets. @returns undefined when it is not kept any more */
  use(id: string): KeptResult | undefined {
    const kept = this.#kept.get(id);
    if (kept === undefined) return undefined;
    kept.users += 1;
    return {
      result: kept.result,
      images: kept.images,
      [Symbol.asyncDispose]: async () => {
        kept.users -= 1;
        await this.collect();
      },
    };
  }

  /** Lets go of what is too old, and of the oldest of too many. */
  async collect(): Promise<void> {
    const oldest = this.#clock.now() - keepMs;
    for (const [id, { sinceMs, users }] of this.#kept) {
      if (users === 0 && (sinceMs < oldest || this.#kept.size > most)) await this.drop(id);
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
