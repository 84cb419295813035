// What every call of a component stands on: the process it is, and the arena, in which calls are made and outside of which they wait. Calls
// that may wait are written as steps.

import type { Sleep } from '../memory/wait.ts';
import { checkStack } from '../preview1/stack-probe.ts';
import { suspend, type Turn } from '../preview1/suspending.ts';
import type { Waiter, Waiting } from '../preview1/waiting.ts';
import { Failure } from '../wasi/errno.ts';
import { refuse } from './refusal.ts';

/** Ours: that of a realm may be anything. */
const buffer = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer');

export class Calls {
  readonly waiter: Waiter;
  /** Of a process that shares its thread. Undefined: the thread stands still where it waits. */
  readonly turn: Turn | undefined;
  /** Those of the instance that runs. */
  readonly #memories = new Set<WebAssembly.Memory>();
  #memoryBytes = 0;

  constructor(waiter: Waiter, turn?: Turn) {
    this.waiter = waiter;
    this.turn = turn;
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
      // Who shares its thread is held up where it may wait.
      if (this.waiter.gate.isShut() && this.turn === undefined) this.waiter.finish(this.waiter.gate.pass());
      this.#measure();
      return call();
    } catch (error) {
      if (error instanceof Failure) refuse(payload(error.errno));
      throw error;
    } finally {
      space.leave();
    }
  }

  /**
   * A call that may wait, as steps inside the arena.
   * @param payload as of `inside`
   */
  *steps<T>(call: () => Waiting<T>, payload: (number: number) => unknown): Waiting<T> {
    try {
      if (this.waiter.gate.isShut()) yield* this.waiter.gate.pass();
      this.#measure();
      return yield* call();
    } catch (error) {
      if (error instanceof Failure) refuse(payload(error.errno));
      throw error;
    }
  }

  /** Does steps to their end, with this thread standing still while they sleep. */
  finish<T>(steps: Waiting<T>): T {
    const { space } = this.process;
    checkStack();
    space.enter();
    try {
      return this.waiter.finish(steps);
    } finally {
      space.leave();
    }
  }

  /** Does what can be done now. @returns the step that it has come to */
  begin<T>(steps: Waiting<T>): IteratorResult<Sleep, T> {
    const { space } = this.process;
    checkStack();
    space.enter();
    try {
      return steps.next();
    } finally {
      space.leave();
    }
  }

  /** Others go first when they should, where there are any. Who makes no calls is held up and ended here. */
  async letOthers(): Promise<void> {
    if (this.turn?.isDue() !== true) return;
    this.turn.end();
    await this.turn.begin();
    await this.later(this.surelySteps(nothing));
  }

  /** Does steps to their end, with others in turn while they sleep. */
  async later<T>(steps: Waiting<T>): Promise<T> {
    const step = this.begin(steps);
    if (step.done === true) return step.value;
    if (this.turn === undefined) throw new TypeError('nobody else has a turn here');
    return await suspend(steps, step.value, this.process.space, this.turn);
  }

  /** Stands still until an attempt has an answer: it is made again after each event of the arena. Call it inside the arena. */
  wait<T>(attempt: Parameters<typeof Waiter.prototype.untilAny<T>>[0]): T {
    return this.waiter.finish(this.waiter.untilAny(attempt));
  }

  /** The same for calls that cannot fail. */
  surely<T>(call: () => T): T {
    return this.inside(call, noPayload);
  }

  surelySteps<T>(call: () => Waiting<T>): Waiting<T> {
    return this.steps(call, noPayload);
  }
}

function* nothing(): Waiting<void> {
  yield* [];
}

function noPayload(number: number): never {
  throw new TypeError(`error ${String(number)} of a call that has none`);
}
