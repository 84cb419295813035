// What goes on while a component of WASI 0.3 waits: steps of ours, and timers of the generated code. The thread stands still when nothing of it
// can go on, as it does for components that make one call at a time.

import type { Attempt } from '../../preview1/waiting.ts';
import { Failure } from '../../wasi/errno.ts';
import type { Calls } from '../calls.ts';
import { ComponentTrap } from '../parts.ts';
import { Refusal, refusal } from '../refusal.ts';
import { Later, type ArenaWait, type Steps, type Wanted } from './later.ts';

/** What the loop asks of the realm. */
export interface Driven {
  /** Everything that is due in the realm is done when it resolves, or returns. */
  readonly drain: () => Promise<void> | undefined;
  readonly fire: (timer: number) => void;
  /** Ends the loop when something has ended the component. @throws what did */
  readonly check: () => void;
}

/**
 * The generated code sets timers to look whether anything has changed, and for nothing else: clocks of components are ours. Those with
 * less delay than this have something to do.
 */
const lookingMs = 10;
/**
 * Looks in a row without an answer of ours or a call of the component's. After that it only waits, most likely, and is looked at
 * less often: one that goes on by itself all the same (it yields) is slow, no more.
 */
const idleLooks = 100;
/** Timers of more than `lookingMs` come after so many. */
const settledLooks = 10;
const longestMs = 100;
const mostWaiting = 100_000;

interface Waiting {
  readonly want: ArenaWait;
  readonly go: (outcome: () => unknown) => void;
}

interface Answered {
  readonly each: Waiting;
  readonly outcome: ReturnType<typeof tryOnce>;
}

export class Loop {
  readonly #calls: Calls;
  #waiting: Waiting[] = [];
  readonly #ready: (() => void)[] = [];
  readonly #timers = new Map<number, number>();
  /** Steps that have not come to their end. */
  readonly #begun = new Set<Steps<unknown>>();
  #broken: { readonly error: unknown } | undefined;
  /** Looks in a row that changed nothing. */
  #looks = 0;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Begins with steps at once. */
  start<T>(steps: Steps<T>): Later {
    const later = new Later();
    this.#begun.add(steps);
    this.#advance(steps, () => steps.next(), later);
    return later;
  }

  /** The same where nobody asks what came of it: but a refusal, what it fails with ends the component. */
  launch(steps: Steps<void>): void {
    this.start(steps).onSettled((outcome) => {
      try {
        outcome();
      } catch (error) {
        if (!(error instanceof Refusal)) this.fail(error);
      }
    });
  }

  /** It ends with that. */
  fail(error: unknown): void {
    this.#broken ??= { error };
  }

  get isIdle(): boolean {
    return this.#begun.size === 0 && this.#timers.size === 0 && this.#ready.length === 0;
  }

  /** Gives all of it up. What was begun is ended where it waits; outside the arena. */
  abandon(): void {
    const begun = [...this.#begun];
    this.#begun.clear();
    this.#waiting = [];
    this.#ready.length = 0;
    this.#timers.clear();
    this.#broken = undefined;
    for (const steps of begun) steps.return(undefined);
  }

  /** Something came from the realm: what looks may find more. */
  stir(): void {
    this.#looks = 0;
  }

  setTimer(timer: number, delayMs: number): void {
    if (this.#timers.size >= mostWaiting) throw new RangeError('too many timers');
    this.#timers.set(timer, delayMs);
  }

  clearTimer(timer: number): void {
    this.#timers.delete(timer);
  }

  /** Goes on until `isDone`, and then as long as something waits that ends by itself. @throws ComponentTrap when nothing can go on */
  async run(driven: Driven, isDone: () => boolean): Promise<void> {
    for (;;) {
      const late = driven.drain();
      if (late !== undefined) await late;
      driven.check();
      if (this.#broken !== undefined) throw this.#broken.error;
      await this.#calls.letOthers();
      if (this.#goOn(driven)) continue;
      const isIdle = this.#timers.size === 0 || this.#looks > idleLooks;
      if (isIdle && isDone() && !this.#waiting.some(({ want }) => want.endsByItself)) return;
      if (this.#timers.size === 0 && this.#waiting.length === 0)
        throw new ComponentTrap('it waits for what nobody will give');
      if (isIdle && (await this.#waitLong(this.#timers.size === 0 ? Infinity : this.#pauseMs))) continue;
      this.#looks += 1;
      this.#fire(driven, (delayMs) => delayMs <= lookingMs || this.#looks > settledLooks);
    }
  }

  /** Between two looks at what only waits. */
  get #pauseMs(): number {
    return Math.min(lookingMs + this.#looks - idleLooks, longestMs);
  }

  /** @returns whether anything happened */
  #goOn(driven: Driven): boolean {
    const ready = this.#ready.splice(0);
    for (const each of ready) each();
    return ready.length > 0 || this.#wait(0) || this.#fire(driven, (delayMs) => !(delayMs >= lookingMs));
  }

  #fire({ fire }: Driven, isDue: (delayMs: number) => boolean): boolean {
    const due = [...this.#timers].filter(([, delayMs]) => isDue(delayMs)).map(([timer]) => timer);
    for (const timer of due) {
      this.#timers.delete(timer);
      fire(timer);
    }
    return due.length > 0;
  }

  /** @returns whether one had an answer within the time, which passes where none waits, too */
  #wait(limitMs: number): boolean {
    if (this.#waiting.length === 0 && limitMs === 0) return false;
    return this.#take(this.#calls.surely(() => this.#calls.wait(this.#attempt(limitMs))));
  }

  /** The same; others have their turn meanwhile, where there are any. */
  async #waitLong(limitMs: number): Promise<boolean> {
    const calls = this.#calls;
    if (calls.turn === undefined) return this.#wait(limitMs);
    const attempt = this.#attempt(limitMs);
    return this.#take(await calls.later(calls.surelySteps(() => calls.waiter.untilAny(attempt))));
  }

  #attempt(limitMs: number): () => Attempt<readonly Answered[]> {
    const untilMs = performance.now() + limitMs;
    return () => {
      const tried = this.#waiting.map((each) => ({ each, outcome: tryOnce(each.want) }));
      const done = tried.filter(({ outcome }) => !('timeoutMs' in outcome));
      if (done.length > 0) return { answer: done };
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return { answer: done };
      return { timeoutMs: tried.reduce((least, { outcome }) => Math.min(least, timeoutOf(outcome)), leftMs) };
    };
  }

  #take(answered: readonly Answered[]): boolean {
    const gone = new Set(answered.map(({ each }) => each));
    this.#waiting = this.#waiting.filter((each) => !gone.has(each));
    for (const { each, outcome } of answered) {
      each.go(() => {
        if ('failed' in outcome) throw refusal(outcome.failed);
        return (outcome as { readonly answer: unknown }).answer;
      });
    }
    return answered.length > 0;
  }

  #advance<T>(steps: Steps<T>, resume: () => IteratorResult<Wanted, T>, later: Later): void {
    this.stir();
    let step: IteratorResult<Wanted, T>;
    try {
      step = resume();
    } catch (error) {
      this.#begun.delete(steps);
      later.settle(() => {
        throw error;
      });
      return;
    }
    if (step.done === true) {
      this.#begun.delete(steps);
      const { value } = step;
      later.settle(() => value);
      return;
    }
    const go = (outcome: () => unknown) => {
      this.#ready.push(() => this.#advance(steps, () => resumeWith(steps, outcome), later));
    };
    const want = step.value;
    if ('begin' in want) want.begin(go);
    else {
      if (this.#waiting.length >= mostWaiting) throw new RangeError('waits for too much at once');
      this.#waiting.push({ want, go });
    }
  }
}

function resumeWith<T>(steps: Steps<T>, outcome: () => unknown): IteratorResult<Wanted, T> {
  let value: unknown;
  try {
    value = outcome();
  } catch (error) {
    return steps.throw(error);
  }
  return steps.next(value);
}

function timeoutOf(outcome: ReturnType<typeof tryOnce>): number {
  return 'timeoutMs' in outcome ? outcome.timeoutMs : 0;
}

function tryOnce({ attempt, payload }: ArenaWait): Attempt<unknown> | { readonly failed: unknown } {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof Failure) return { failed: payload(error.errno) };
    if (error instanceof Refusal) return { failed: error.payload };
    throw error;
  }
}
