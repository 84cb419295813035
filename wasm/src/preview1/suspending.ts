// Calls of a program that shares its thread with others: while one waits, the program stands still and the thread does not.
// https://github.com/WebAssembly/js-promise-integration

import { sleepAsync, type Sleep } from '../memory/wait.ts';
import { checkStack } from './stack-probe.ts';
import { Host } from './host.ts';
import { isWaiting, type Gate, type Waiting } from './waiting.ts';

/** Programs of a thread run one at a time. */
export interface Turn {
  begin(): Promise<void>;
  /** Before it waits for anything. */
  end(): void;
  /** It has run for long: others go first. */
  isOver(): boolean;
  /** The same, of now: `isOver` may be a few calls late. */
  isDue(): boolean;
}

type Call<A extends readonly unknown[]> = (...args: A) => unknown;

export class SuspendingHost extends Host {
  readonly #turn: Turn;

  constructor(turn: Turn, ...rest: ConstructorParameters<typeof Host>) {
    super(...rest);
    this.#turn = turn;
  }

  /** As the program makes it through `WebAssembly.Suspending`: a promise suspends it. */
  override asImport<A extends readonly unknown[]>(call: Call<A>): (...args: A) => number {
    const made = (...args: A) => (this.#turn.isOver() ? this.#inNextTurn(call, args) : this.#try(call, args));
    return new WebAssembly.Suspending(made) as unknown as (...args: A) => number;
  }

  /** What a program calls where it only computes. @param asked is called first */
  asYield(asked: () => void): unknown {
    const nothing = () => undefined;
    const made = () => {
      asked();
      return this.#turn.isDue() ? this.#inNextTurn(nothing, []) : this.#try(nothing, []);
    };
    return new WebAssembly.Suspending(made);
  }

  async #inNextTurn<A extends readonly unknown[]>(call: Call<A>, args: A): Promise<number> {
    this.#turn.end();
    await this.#turn.begin();
    return await this.#try(call, args);
  }

  #try<A extends readonly unknown[]>(call: Call<A>, args: A): number | Promise<number> {
    const { space } = this.process;
    checkStack();
    space.enter();
    try {
      const late = this.gate.isShut() ? whenOpen(this.gate, call, args) : call(...args);
      if (!isWaiting(late)) return 0;
      const step = late.next();
      return step.done === true ? 0 : this.#suspend(late, step.value);
    } catch (error) {
      return this.numberOf(error);
    } finally {
      space.leave();
    }
  }

  async #suspend(waiting: Waiting<unknown>, first: Sleep): Promise<number> {
    const { space } = this.process;
    for (let { address, seen, timeoutMs } = first; ;) {
      const woken = sleepAsync(space.arena, address, seen, timeoutMs);
      this.#turn.end();
      await woken;
      await this.#turn.begin();
      space.enter();
      try {
        const step = waiting.next();
        if (step.done === true) return 0;
        ({ address, seen, timeoutMs } = step.value);
      } catch (error) {
        return this.numberOf(error);
      } finally {
        space.leave();
      }
    }
  }
}

function* whenOpen<A extends readonly unknown[]>(gate: Gate, call: Call<A>, args: A): Waiting<void> {
  yield* gate.pass();
  const late = call(...args);
  if (isWaiting(late)) yield* late;
}
