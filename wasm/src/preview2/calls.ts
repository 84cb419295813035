// What every call of a component stands on: the process it is, and the arena, in which calls are made and outside of which they wait.

import { checkStack } from '../preview1/stack-probe.ts';
import type { Waiter } from '../preview1/waiting.ts';
import { Failure } from '../wasi/errno.ts';
import { refuse } from './refusal.ts';

/** Ours: that of a realm may be anything. */
const buffer = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer');

export class Calls {
  readonly waiter: Waiter;
  /** Those of the instance that runs. */
  readonly #memories = new Set<WebAssembly.Memory>();
  #memoryBytes = 0;

  constructor(waiter: Waiter) {
    this.waiter = waiter;
  }

  get process() {
    return this.waiter.process;
  }

  /** From now on only what is added counts: another instance runs. */
  forgetMemories(): void {
    this.#memories.clear();
  }

  /** @param memory of any realm */
  addMemory(memory: WebAssembly.Memory): void {
    this.#memories.add(memory);
  }

  /** Tells how much memory there is, at the first call after it has grown. */
  #measure(): void {
    let bytes = 0;
    for (const memory of this.#memories)
      bytes += (buffer?.get?.call(memory) as ArrayBuffer | undefined)?.byteLength ?? 0;
    if (bytes === this.#memoryBytes) return;
    this.#memoryBytes = bytes;
    this.waiter.gate.grown(bytes);
  }

  /**
   * Makes a call inside the arena.
   * @param payload what the component is told for an error number of a `Failure`
   * @throws Refusal, or what ends the process
   */
  inside<T>(call: () => T, payload: (number: number) => unknown): T {
    const { space } = this.process;
    // What runs out of stack here ends the component, and harms nothing.
    checkStack();
    space.enter();
    try {
      if (this.waiter.gate.isShut()) this.waiter.finish(this.waiter.gate.pass());
      this.#measure();
      return call();
    } catch (error) {
      if (error instanceof Failure) refuse(payload(error.errno));
      throw error;
    } finally {
      space.leave();
    }
  }

  /** Stands still until an attempt has an answer: it is made again after each event of the arena. Call it inside the arena. */
  wait<T>(attempt: Parameters<typeof Waiter.prototype.untilAny<T>>[0]): T {
    return this.waiter.finish(this.waiter.untilAny(attempt));
  }

  /** The same for calls that cannot fail. */
  surely<T>(call: () => T): T {
    return this.inside(call, (number) => {
      throw new TypeError(`error ${String(number)} of a call that has none`);
    });
  }
}
