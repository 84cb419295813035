// A signal of one's own below another.

/** A signal that is aborted with another, and at the end of its scope. */
export class Scope implements Disposable {
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#controller.signal]);
  }

  [Symbol.dispose](): void {
    this.#controller.abort();
  }
}
