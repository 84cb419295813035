// A process and where it runs, as the engine's thread sees them.

import type { Berth } from '../threads/berth.ts';
import type { StartedProgram } from './program.ts';

export class Task {
  readonly record: number;
  berth: Berth;
  /** Undefined: another process started it. */
  readonly program: StartedProgram | undefined;
  /** By which its habits are known; undefined where that cannot be relied on. */
  readonly name: string | undefined;
  /** The function that begins; undefined once it has become another program, too. */
  entry: string | undefined;
  isEnding = false;
  /** Messages that came from it. */
  #heard = 0;
  /** How many there were; undefined until it has left. */
  #told: number | undefined;
  readonly #complete = Promise.withResolvers<void>();

  constructor(record: number, berth: Berth, program: StartedProgram | undefined, name?: string) {
    this.record = record;
    this.name = name;
    this.berth = berth;
    this.program = program;
    this.entry = program?.entry;
  }

  get heard(): number {
    return this.#heard;
  }

  hear(): void {
    this.#heard += 1;
    if (this.hasHeardAll) this.#complete.resolve();
  }

  /** The thread is done with it, after so many messages: those may be here later than that it is done. */
  left(told: number): void {
    this.#told = told;
  }

  /** The thread is gone. */
  lost(): void {
    this.#complete.resolve();
  }

  get hasHeardAll(): boolean {
    return this.#told !== undefined && this.#heard >= this.#told;
  }

  /** Resolves when all that it told is here, or when no more can come; call it once it has left. */
  async allHeard(): Promise<void> {
    if (!this.hasHeardAll) await this.#complete.promise;
  }
}
