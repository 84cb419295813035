// Holding up all processes of a container at once: those that make calls or take turns at their gates, and those that only compute on threads
// of their own by those, where the host can.

import type { Visits } from '../memory/visits.ts';
import type { Berth } from '../threads/berth.ts';
import { at, control, state, type Table } from './table.ts';

/** Most come to their gates within that. */
const firstMs = 2;
const patienceMs = 10_000;

export interface PausedTask {
  readonly record: number;
  readonly berth: Berth;
}

export class Pauses {
  readonly #visits: Visits;
  readonly #table: Table;

  constructor(visits: Visits, table: Table) {
    this.#visits = visits;
    this.#table = table;
  }

  /** Resolves when none of them runs on, as far as that can be had. */
  async pause(tasks: readonly PausedTask[]): Promise<void> {
    const table = this.#table;
    await this.#visits.inside(() => {
      for (const record of table.visible()) this.#setPaused(record, control.paused);
    });
    await Promise.all(tasks.map((task) => this.#holdUp(task)));
  }

  async resume(tasks: readonly PausedTask[]): Promise<void> {
    for (const { berth } of tasks) berth.resume();
    await this.#visits.inside(() => {
      for (const record of this.#table.visible()) {
        this.#setPaused(record, 0);
        this.#table.wake(record);
      }
    });
  }

  #setPaused(record: number, bit: number): void {
    this.#table.set(record, at.control, (this.#table.get(record, at.control) & ~control.paused) | bit);
  }

  async #holdUp({ record, berth }: PausedTask): Promise<void> {
    const deadline = performance.now() + patienceMs;
    await delay(firstMs);
    // What takes turns comes to its gate where it computes, too.
    if (berth.place !== undefined) await this.#sleeps(record, deadline);
    while (berth.canBeHeldUp && performance.now() < deadline && this.#runs(record)) {
      const isStill = await Promise.race([berth.pause(), this.#sleeps(record, deadline)]);
      // One that stands still inside would keep all others out: it goes on to its gate.
      if (isStill && this.#visits.arena.holder !== berth.number) return;
      berth.resume();
      await delay(firstMs);
    }
  }

  /** Whether it neither sleeps nor waits at its gate. Looked at from outside: somebody may stand still inside. */
  #runs(record: number): boolean {
    return this.#visits.arena.word(record + at.state) === state.running;
  }

  /** Resolves with false when it sleeps, or is waited for in vain. */
  async #sleeps(record: number, deadline: number): Promise<boolean> {
    while (performance.now() < deadline && this.#runs(record)) await delay(firstMs);
    return false;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
