// What WASI 0.3 gives at a later time: futures and streams, and the steps in which our side of them is made.

import type { Attempt } from '../../preview1/waiting.ts';
import { Refusal, refuse } from '../refusal.ts';

/** A step waits for what the arena says, or for what the component does. */
export type Wanted = ArenaWait | RealmWait;

export interface ArenaWait {
  /** Inside the arena, after each of its events. @throws Failure, Refusal */
  readonly attempt: () => Attempt<unknown>;
  /** What the component is told for an error number. */
  readonly payload: (errno: number) => unknown;
  /** A clock, or a write: a program has not ended before. What comes from others may never come. */
  readonly endsByItself: boolean;
}

export interface RealmWait {
  /** @param go is called once, with what came of it: it gives that, or throws */
  readonly begin: (go: (outcome: () => unknown) => void) => void;
}

/** What is done in steps, while the component goes on. Throws a `Refusal` for a failure that the component is told. */
export type Steps<T> = Generator<Wanted, T, unknown>;

/** Waits for an answer of the arena. @throws Refusal */
export function* until<T>(attempt: () => Attempt<T>, payload: ArenaWait['payload'], endsByItself = false): Steps<T> {
  return (yield { attempt, payload, endsByItself }) as T;
}

/** Waits for nothing. */
export function* atOnce<T>(make: () => T): Steps<T> {
  yield* [];
  return make();
}

/** With failures in words of 0.3. */
export function* translated<T>(steps: Steps<T>, codeOf: (payload: unknown) => unknown): Steps<T> {
  try {
    return yield* steps;
  } catch (error) {
    if (error instanceof Refusal) refuse(codeOf(error.payload));
    throw error;
  }
}

/** The `result` of a future, which is a value there: a failure throws nothing. */
export function* asResult(steps: Steps<void>): Steps<unknown> {
  try {
    yield* steps;
    return { tag: 'ok' };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { tag: 'err', val: error.payload };
  }
}

/** A future of ours: settled once. */
export class Later {
  #outcome: (() => unknown) | undefined;
  #listener: ((outcome: () => unknown) => void) | undefined;

  /** One that has come to something already. */
  static of(value: unknown): Later {
    const later = new Later();
    later.settle(() => value);
    return later;
  }

  /** @param outcome gives the value, or throws a Refusal */
  settle(outcome: () => unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#listener?.(outcome);
  }

  /** One listener, told now or later. */
  onSettled(listener: (outcome: () => unknown) => void): void {
    this.#listener = listener;
    if (this.#outcome !== undefined) listener(this.#outcome);
  }

  *whenSettled(): Steps<unknown> {
    return yield { begin: (go) => this.onSettled(go) };
  }
}

/** A stream of ours that the component reads. */
export interface Outflow {
  /** @returns an item, or bytes of several; undefined at the end, which is told once */
  next(): Steps<unknown>;
  /** Nobody reads on. At most once, and not after the end. */
  drop(): void;
}

/** Marks an `Outflow` among other values. */
export class StreamOut {
  readonly flow: Outflow;

  constructor(flow: Outflow) {
    this.flow = flow;
  }
}

/** A stream that is at its end. */
export function emptyStream(): StreamOut {
  return new StreamOut({ next: () => atOnce(() => undefined), drop: () => undefined });
}

/** A stream of the component's that we read. */
export interface StreamIn {
  /** @param most items at once @returns undefined at the end @throws TypeError for what the component made of it */
  read(most: number): Steps<readonly unknown[] | Uint8Array | undefined>;
  /** We read no further. */
  drop(): void;
}

/** A future of the component's. */
export interface FutureIn {
  value(): Steps<unknown>;
}
