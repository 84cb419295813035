// What commands that failed had made by then: kept for a while, for who wants to look why.

import type { Clock } from '../host/host.ts';
import type { LayerRef } from './contract.ts';
import type { StepRoot } from './records/record.ts';

export interface HalfMadeDeps {
  readonly clock: Clock;
  /** Keeps layers in the store until the disposal; undefined when one is not there. */
  readonly hold: (layers: readonly LayerRef[]) => Promise<AsyncDisposable | undefined>;
  /** How long, in milliseconds. */
  readonly keepMs: number;
}

export class HalfMade {
  readonly #deps: HalfMadeDeps;
  readonly #kept = new Map<
    string,
    { readonly root: StepRoot; readonly hold: AsyncDisposable; readonly untilMs: number }
  >();

  constructor(deps: HalfMadeDeps) {
    this.#deps = deps;
  }

  /** @param build its id */
  async keep(build: string, root: StepRoot): Promise<void> {
    const { clock, hold, keepMs } = this.#deps;
    const held = await hold(root.layers);
    if (held !== undefined) this.#kept.set(build, { root, hold: held, untilMs: clock.now() + keepMs });
  }

  get(build: string): StepRoot | undefined {
    return this.#kept.get(build)?.root;
  }

  async drop(build: string): Promise<void> {
    const kept = this.#kept.get(build);
    this.#kept.delete(build);
    await kept?.hold[Symbol.asyncDispose]();
  }

  /** Lets go of what has been kept for long enough. */
  async collect(): Promise<void> {
    const now = this.#deps.clock.now();
    for (const [build, { untilMs }] of this.#kept) if (untilMs <= now) await this.drop(build);
  }
}
