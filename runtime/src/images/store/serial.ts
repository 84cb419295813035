// Runs actions one after the other. The store's short steps (renames, the catalog's document) go through one of these, so
// that a removal and a commit of the same path cannot overtake each other.

export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `action` once all before it have settled. */
  run<T>(action: () => Promise<T>): Promise<T> {
    const next = this.#last.then(action, action);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
