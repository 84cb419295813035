// What every call of a component stands on: the process it is, and the arena, in which calls are made and outside of which they wait.

import { checkStack } from '../preview1/stack-probe.ts';
import type { Waiter } from '../preview1/waiting.ts';
import { Failure } from '../wasi/errno.ts';
import { refuse } from './refusal.ts';

export class Calls {
  readonly waiter: Waiter;

  constructor(waiter: Waiter) {
    this.waiter = waiter;
  }

  get process() {
    return this.waiter.process;
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
      this.waiter.gate.pass();
      return call();
    } catch (error) {
      if (error instanceof Failure) refuse(payload(error.errno));
      throw error;
    } finally {
      space.leave();
    }
  }

  /** The same for calls that cannot fail. */
  surely<T>(call: () => T): T {
    return this.inside(call, (number) => {
      throw new TypeError(`error ${String(number)} of a call that has none`);
    });
  }
}
