// What a realm has besides where components of WASI 0.3 run: promises, streams and timers. Like the bridge it is sent there as text, so it
// stands on nothing but the language.

/** The name in the realm of what a task that failed is told to. */
export const tellFailure = 'taskFailed';
/** As `setTimeout`, for what is done when nothing else has come of anything for a while. */
export const lastTimeout = 'setLastTimeout';

/** Functions of the realm that reach us. */
export interface AsyncCalls {
  /** A promise of the component's has come to something, or a read has. */
  readonly came: (id: number, failed: boolean, value: unknown) => void;
  /** @returns a promise of the next item */
  readonly next: (id: number) => unknown;
  readonly drop: (id: number) => void;
  readonly timer: (id: number, delayMs: number) => void;
  readonly noTimer: (id: number) => void;
  readonly taskFailed: (error: unknown) => void;
}

/** What the realm gives for them. */
export interface AsyncBridge {
  promise(id: number): unknown;
  settle(id: number, failed: boolean, value: unknown): void;
  /** A stream that the component reads. */
  stream(id: number): unknown;
  kindOf(value: object): 'stream' | 'future' | undefined;
  read(stream: object, most: number, id: number): void;
  leave(stream: object): void;
  follow(promise: object, id: number): void;
  /** Calls a function of the realm and follows what it gives. */
  call(run: unknown, value: unknown, id: number): void;
  fire(timer: number): void;
}

/** Its source is the script: it has no name from outside it. */
export function makeAsyncBridge(calls: AsyncCalls): AsyncBridge {
  'use strict';
  const { Promise: RealmPromise, Map: RealmMap } = globalThis;
  const { asyncIterator, dispose } = Symbol;
  const globals = globalThis as unknown as Record<string, unknown>;
  const pending = new RealmMap<number, { resolve(value: unknown): void; reject(value: unknown): void }>();
  const timers = new RealmMap<number, { readonly run: () => unknown; readonly again: boolean }>();
  let lastTimer = 0;
  const set =
    (again: boolean) =>
    (run: () => unknown, delayMs?: number): number => {
      lastTimer += 1;
      timers.set(lastTimer, { run, again });
      calls.timer(lastTimer, again ? 10 : Number(delayMs ?? 0));
      return lastTimer;
    };
  const clear = (timer: number): void => {
    if (timers.delete(timer)) calls.noTimer(timer);
  };
  globals['setTimeout'] = set(false);
  globals['setLastTimeout'] = (run: () => unknown) => set(false)(run, 1000);
  globals['setInterval'] = set(true);
  globals['clearTimeout'] = clear;
  globals['clearInterval'] = clear;
  globals['taskFailed'] = (error: unknown) => calls.taskFailed(error);
  globals['queueMicrotask'] = (run: () => unknown) => {
    void RealmPromise.resolve().then(run);
  };
  // Asked for, and made nowhere: what we give is read by iterators.
  globals['ReadableStream'] = class {};
  const follow = (promise: PromiseLike<unknown>, id: number): void => {
    const told = promise.then(
      (value) => calls.came(id, false, value),
      (error: unknown) => calls.came(id, true, error),
    );
    // Once the component has ended nobody hears of it.
    told.then(undefined, () => undefined);
  };
  return {
    promise: (id) =>
      new RealmPromise((resolve, reject) => {
        pending.set(id, { resolve, reject });
      }),
    settle: (id, failed, value) => {
      const waiting = pending.get(id);
      pending.delete(id);
      if (failed) waiting?.reject(value);
      else waiting?.resolve(value);
    },
    stream: (id) => ({
      [asyncIterator]: () => ({
        next: () => calls.next(id),
        return: () => {
          calls.drop(id);
          return RealmPromise.resolve({ done: true, value: undefined });
        },
      }),
    }),
    kindOf: (value) => {
      const some = value as { readonly then?: unknown; readonly read?: unknown };
      if (typeof some.then === 'function') return 'future';
      return asyncIterator in value && typeof some.read === 'function' ? 'stream' : undefined;
    },
    read: (stream, count, id) => {
      follow((stream as { read(how: object): PromiseLike<unknown> }).read({ count }), id);
    },
    leave: (stream) => {
      (stream as { [dispose]?(): void })[dispose]?.();
    },
    follow: (promise, id) => {
      follow(promise as PromiseLike<unknown>, id);
    },
    call: (run, value, id) => {
      follow((async () => await (run as (value: unknown) => unknown)(value))(), id);
    },
    fire: (timer) => {
      const found = timers.get(timer);
      if (found === undefined) return;
      if (found.again) calls.timer(timer, 10);
      else timers.delete(timer);
      found.run();
    },
  };
}
