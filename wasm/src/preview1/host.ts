// What the calls of a program stand on: its process, its memory, and how it waits. Calls are made inside the arena; who waits is outside
// meanwhile.

import { errno, Failure } from '../wasi/errno.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { Layout } from './layout.ts';
import type { Process } from './process.ts';
import { checkStack } from './stack-probe.ts';
import { openGate, Waiter, type Gate } from './waiting.ts';

export class Host extends Waiter {
  readonly memory: GuestMemory;
  readonly layout: Layout;

  constructor(process: Process, memory: GuestMemory, layout: Layout, gate: Gate = openGate) {
    super(process, gate);
    this.memory = memory;
    this.layout = layout;
  }

  /** A call as the program makes it: it gets a number, 0 where nothing failed. */
  asImport<A extends readonly unknown[]>(call: (...args: A) => unknown): (...args: A) => number {
    const { space } = this.process;
    return (...args) => {
      // What runs out of stack here ends the program, and harms nothing.
      checkStack();
      space.enter();
      try {
        this.gate.pass();
        call(...args);
        return 0;
      } catch (error) {
        if (error instanceof Failure) return this.#failed(error);
        // Addresses that are not in its memory.
        if (error instanceof RangeError) return errno.EFAULT;
        throw error;
      } finally {
        space.leave();
      }
    };
  }

  #failed(failure: Failure): number {
    if (failure.errno === errno.EPIPE) this.gate.brokenPipe();
    return failure.errno;
  }
}
