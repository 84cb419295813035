// What is to be undone, the last first: `AsyncDisposableStack` for the Node of older VS Codes, which have none.

export class Undoing implements AsyncDisposable {
  readonly #works: (() => PromiseLike<void> | void)[] = [];
  #isDone = false;

  get isDone(): boolean {
    return this.#isDone;
  }

  add(work: () => PromiseLike<void> | void): void {
    this.#works.push(work);
  }

  /** Does all, whatever fails of it. @throws the first that failed */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDone = true;
    const faults: unknown[] = [];
    for (let work = this.#works.pop(); work !== undefined; work = this.#works.pop()) {
      try {
        await work();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
