// Calls of a program that shares its thread with others: while one waits, the program stands still and the thread does not.
// https://github.com/WebAssembly/js-promise-integration

import { sleepAsync, type Sleep } from '../memory/wait.ts';
import type { Namespace } from '../mounts/namespace.ts';
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
      const steps = this.#numbered(late);
      const step = steps.next();
      return step.done === true ? step.value : suspend(steps, step.value, space, this.#turn);
    } catch (error) {
      return this.numberOf(error);
    } finally {
      space.leave();
    }
  }

  *#numbered(waiting: Waiting<unknown>): Waiting<number> {
    try {
      yield* waiting;
      return 0;
    } catch (error) {
      return this.numberOf(error);
    }
  }
}

/** Does steps to their end, with others in turn while they sleep. Call it outside the arena, or leave that at once. @param first the sleep that they have come to */
export async function suspend<T>(waiting: Waiting<T>, first: Sleep, space: Namespace, turn: Turn): Promise<T> {
  for (let { address, seen, timeoutMs } = first; ;) {
    const woken = sleepAsync(space.arena, address, seen, timeoutMs);
    turn.end();
    await woken;
    await turn.begin();
    space.enter();
    try {
      const step = waiting.next();
      if (step.done === true) return step.value;
      ({ address, seen, timeoutMs } = step.value);
    } finally {
      space.leave();
    }
  }
}

/** Why no program can be suspended here, in words; undefined: it can. */
export function suspendingFault(): string | undefined {
  if (typeof WebAssembly.Suspending === 'function') return undefined;
  return 'this host cannot suspend programs (JSPI, WebAssembly.Suspending), which it has to where threads share no memory, and for WASI 0.3';
}

function* whenOpen<A extends readonly unknown[]>(gate: Gate, call: Call<A>, args: A): Waiting<void> {
  yield* gate.pass();
  const late = call(...args);
  if (isWaiting(late)) yield* late;
}
