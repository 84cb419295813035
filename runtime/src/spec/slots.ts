// How much of one kind goes on at once: who comes when all places are taken waits in line.

export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** A place until the disposal. @throws the signal's reason */
  async take(signal: AbortSignal): Promise<Disposable> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const place = { [Symbol.dispose]: () => this.#give() };
    if (!signal.aborted) return place;
    this.#give();
    throw signal.reason;
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
