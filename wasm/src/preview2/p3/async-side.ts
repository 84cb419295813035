// The part of the membrane for what comes later: futures and streams of ours for the component, and its own for us.

import type { Realm } from '../realm.ts';
import { Refusal } from '../refusal.ts';
import { makeAsyncBridge, type AsyncBridge } from './async-bridge.ts';
import { Later, StreamOut, type FutureIn, type Outflow, type Steps, type StreamIn } from './later.ts';
import type { Driven, Loop } from './loop.ts';

/** What the membrane gives for that. */
export interface MembraneParts {
  /** A function of the realm that calls one of ours, whose answer goes through the membrane. */
  readonly function: (call: (...values: unknown[]) => unknown) => unknown;
  readonly out: (value: unknown) => unknown;
  readonly in: (value: unknown) => unknown;
  /** What the realm is given for a failure. @throws what is no refusal */
  readonly failure: (error: unknown) => unknown;
}

const mostOpen = 100_000;

export class AsyncSide {
  readonly loop: Loop;
  readonly #realm: Realm;
  readonly #parts: MembraneParts;
  readonly #bridge: AsyncBridge;
  readonly #awaited = new Map<number, (outcome: () => unknown) => void>();
  readonly #flows = new Map<number, Outflow>();
  #lastId = 0;
  #isAbandoned = false;

  constructor(realm: Realm, loop: Loop, parts: MembraneParts) {
    this.loop = loop;
    this.#realm = realm;
    this.#parts = parts;
    const make = realm.evaluate(`(${makeAsyncBridge.toString()})`, 'async-bridge.js') as typeof makeAsyncBridge;
    const told = {
      came: parts.function((id, failed, value) => this.#came(id as number, failed === true, value)),
      next: parts.function((id) => this.#next(id as number)),
      drop: parts.function((id) => this.#drop(id as number)),
      timer: parts.function((id, delayMs) => loop.setTimer(id as number, delayMs as number)),
      taskFailed: parts.function((error) => loop.fail(new RealmError(error))),
      noTimer: parts.function((id) => loop.clearTimer(id as number)),
    };
    const calls = Object.create(null) as Record<string, unknown>;
    this.#bridge = make(Object.assign(calls, told) as unknown as Parameters<typeof makeAsyncBridge>[0]);
  }

  /** @returns undefined for what is there now */
  out(value: object): unknown {
    if (value instanceof Later) return this.#promise(value);
    if (!(value instanceof StreamOut)) return undefined;
    const id = this.#id(this.#flows);
    this.#flows.set(id, value.flow);
    return this.#bridge.stream(id);
  }

  /** @returns undefined for what is there now */
  in(value: object): StreamIn | FutureIn | undefined {
    const kind = this.#bridge.kindOf(value);
    if (kind === 'stream') return this.#streamIn(value);
    return kind === 'future' ? this.#futureIn(value) : undefined;
  }

  /** @returns what the function comes to; a failure throws what the realm has for it */
  call(run: unknown, value?: unknown): Later {
    const later = new Later();
    const id = this.#await((outcome) => later.settle(outcome));
    this.#bridge.call(run, value, id);
    return later;
  }

  /** What was begun comes to nothing, and the realm is not called again for it. Outside the arena. */
  abandon(): void {
    this.#isAbandoned = true;
    const flows = [...this.#flows.values()];
    this.#flows.clear();
    this.#awaited.clear();
    this.loop.abandon();
    for (const flow of flows) flow.drop();
  }

  /** Nothing that was begun goes on. */
  get isIdle(): boolean {
    return this.#flows.size === 0 && this.#awaited.size === 0 && this.loop.isIdle;
  }

  driven(check: () => void): Driven {
    return {
      drain: () => this.#realm.drain(),
      fire: (timer) => this.#bridge.fire(timer),
      check,
    };
  }

  #promise(later: Later): unknown {
    const id = ++this.#lastId;
    const promise = this.#bridge.promise(id);
    later.onSettled((outcome) => {
      let value: unknown;
      try {
        value = this.#parts.out(outcome());
      } catch (error) {
        this.#bridge.settle(id, true, this.#parts.failure(error));
        return;
      }
      this.#bridge.settle(id, false, value);
    });
    return promise;
  }

  #streamIn(stream: object): StreamIn {
    let isLeft = false;
    const begin = (most: number) => (go: (outcome: () => unknown) => void) => {
      this.#bridge.read(stream, most, this.#await(go));
    };
    return {
      *read(most) {
        const came = (yield { begin: begin(most) }) as
          { readonly value?: unknown; readonly done?: unknown } | undefined;
        const value = came?.value;
        if (value === undefined) return undefined;
        return Array.isArray(value) || ArrayBuffer.isView(value) ? (value as readonly unknown[]) : [value];
      },
      drop: () => {
        if (isLeft || this.#isAbandoned) return;
        isLeft = true;
        this.#bridge.leave(stream);
      },
    };
  }

  #futureIn(promise: object): FutureIn {
    const begin = (go: (outcome: () => unknown) => void) => {
      if (!this.#isAbandoned) this.#bridge.follow(promise, this.#await(go));
    };
    return {
      *value() {
        return yield { begin };
      },
    };
  }

  #next(id: number): Later {
    const { loop } = this;
    const flow = this.#flows.get(id);
    const steps = function* (flows: Map<number, Outflow>): Steps<unknown> {
      const value = yield* flow?.next() ?? [];
      if (value !== undefined) return { done: false, value };
      flows.delete(id);
      return { done: true, value };
    };
    return loop.start(steps(this.#flows));
  }

  #drop(id: number): void {
    const flow = this.#flows.get(id);
    this.#flows.delete(id);
    flow?.drop();
  }

  #came(id: number, failed: boolean, value: unknown): void {
    const go = this.#awaited.get(id);
    this.#awaited.delete(id);
    this.loop.stir();
    go?.(() => {
      if (failed) throw new RealmError(value);
      return this.#parts.in(value);
    });
  }

  #await(go: (outcome: () => unknown) => void): number {
    const id = this.#id(this.#awaited);
    this.#awaited.set(id, go);
    return id;
  }

  #id(all: ReadonlyMap<number, unknown>): number {
    if (all.size >= mostOpen) throw new RangeError('has too much open at once');
    return ++this.#lastId;
  }
}

/** Thrown in the realm, where it may be anything. */
export class RealmError extends Error {
  readonly value: unknown;

  constructor(value: unknown) {
    super('the component failed');
    this.value = value;
  }
}

/** A refusal as one, all else as it is. */
export function payloadOf(error: unknown): unknown {
  if (error instanceof Refusal) return error.payload;
  throw error;
}
