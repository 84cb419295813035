// Work of a build that is no step, told as it goes: reading and writing caches, packing, pushing.

import type { Clock } from '../host/host.ts';
import type { BuildEvent } from '../spec/engine/builds.ts';
import { messageOf } from '../spec/errors.ts';

export class Works {
  readonly #clock: Clock;
  readonly #emit: (event: BuildEvent) => void;
  #count = 0;

  constructor(clock: Clock, emit: (event: BuildEvent) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  /** @throws what the action throws */
  async run<T>(name: string, action: () => Promise<T>): Promise<T> {
    const id = String(++this.#count);
    const tell = (state: 'started' | 'done' | 'failed', message?: string): void =>
      this.#emit({
        kind: 'work',
        id,
        name,
        state,
        atMs: this.#clock.now(),
        ...(message === undefined ? {} : { message }),
      });
    tell('started');
    try {
      const result = await action();
      tell('done');
      return result;
    } catch (error) {
      tell('failed', messageOf(error));
      throw error;
    }
  }

  warn(message: string): void {
    this.#emit({ kind: 'warning', message });
  }
}
