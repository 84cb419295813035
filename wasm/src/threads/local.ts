// What would run on a thread of its own, run on this one, where threads share no memory.

import type { Port, Thread } from './thread.ts';

/** @param serve what the thread would run */
export function localThread(serve: (port: Port) => void): Thread {
  let isGone = false;
  let onExit: ((error: Error | undefined) => void) | undefined;
  const [engine, process] = [new Side(() => isGone), new Side(() => isGone)];
  serve({ post: (message) => engine.deliver(message), onMessage: (listener) => process.listen(listener) });
  return {
    post: (message) => process.deliver(message),
    onMessage: (listener) => engine.listen(listener),
    onExit: (listener) => (onExit = listener),
    // What still runs there is suspended, and nobody goes on with it.
    terminate: () => {
      if (!isGone) {
        isGone = true;
        onExit?.(undefined);
      }
      return Promise.resolve();
    },
  };
}

class Side {
  #listener: ((message: unknown) => void) | undefined;
  readonly #isGone: () => boolean;

  constructor(isGone: () => boolean) {
    this.#isGone = isGone;
  }

  listen(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }

  /** Later, as messages of threads come. */
  deliver(message: unknown): void {
    queueMicrotask(() => {
      if (!this.#isGone()) this.#listener?.(message);
    });
  }
}
