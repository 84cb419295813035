// Things that are known by a name from some moment on, and those who ask for one a little before it is there.

import { EngineError } from '../spec/errors.ts';

/** How long somebody who names a thing may be earlier than it, in ms. */
const patienceMs = 5_000;

export class WaitingMap<T> {
  readonly #things = new Map<string, T>();
  readonly #waiting = new Map<string, Set<(thing: T) => void>>();
  readonly #missing: (name: string) => string;

  /** @param missing the words for a name that nothing has */
  constructor(missing: (name: string) => string) {
    this.#missing = missing;
  }

  has(name: string): boolean {
    return this.#things.has(name);
  }

  add(name: string, thing: T): void {
    this.#things.set(name, thing);
    for (const tell of this.#waiting.get(name) ?? []) tell(thing);
  }

  delete(name: string): void {
    this.#things.delete(name);
  }

  /** @throws EngineError notFound when it does not come */
  async get(name: string, signal: AbortSignal): Promise<T> {
    const thing = this.#things.get(name);
    if (thing !== undefined) return thing;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting.add(resolve));
    const late = (): void => reject(new EngineError('notFound', this.#missing(name)));
    const timer = setTimeout(late, patienceMs);
    signal.addEventListener('abort', late, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', late);
      waiting.delete(resolve);
      if (waiting.size === 0) this.#waiting.delete(name);
    }
  }
}
