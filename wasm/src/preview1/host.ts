// What the calls of a program stand on: its process, its memory, and how it waits. Calls are made inside the arena; who waits is outside
// meanwhile.

import { errno, Failure } from '../wasi/errno.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { Layout } from './layout.ts';
import type { Process } from './process.ts';
import { checkStack } from './stack-probe.ts';
import { isWaiting, openGate, Waiter, type Gate } from './waiting.ts';

export class Host extends Waiter {
  readonly memory: GuestMemory;
  readonly layout: Layout;

  constructor(process: Process, memory: GuestMemory, layout: Layout, gate: Gate = openGate) {
    super(process, gate);
    this.memory = memory;
    this.layout = layout;
  }

  /** A call as the program makes it on a thread of its own: it gets a number, 0 where nothing failed. */
  asImport<A extends readonly unknown[]>(call: (...args: A) => unknown): (...args: A) => number {
    const { space } = this.process;
    return (...args) => {
      // What runs out of stack here ends the program, and harms nothing.
      checkStack();
      space.enter();
      try {
        if (this.gate.isShut()) this.finish(this.gate.pass());
        const late = call(...args);
        if (isWaiting(late)) this.finish(late);
        return 0;
      } catch (error) {
        return this.numberOf(error);
      } finally {
        space.leave();
      }
    };
  }

  /** What the program gets for a failure. @throws what ends the process */
  protected numberOf(error: unknown): number {
    if (error instanceof Failure) return this.#failed(error);
    // Addresses that are not in its memory.
    if (error instanceof RangeError) return errno.EFAULT;
    throw error;
  }

  #failed(failure: Failure): number {
    if (failure.errno === errno.EPIPE) this.gate.brokenPipe();
    return failure.errno;
  }
}
