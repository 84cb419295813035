// When problems are computed: at once after an edit, but behind the messages that are waiting already, so that a burst of edits
// costs one computation. There is no delay by the clock.

/** Runs work by key; work that waits is replaced by newer work with the same key. */
export class Schedule {
  readonly #waiting = new Map<string, () => void>();
  readonly #failed: (error: unknown) => void;
  #isArmed = false;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  add(key: string, work: () => void): void {
    this.#waiting.delete(key);
    this.#waiting.set(key, work);
    this.#arm();
  }

  cancel(key: string): void {
    this.#waiting.delete(key);
  }

  /** Two turns of the event loop: in the first, a message that has arrived meanwhile is handled, and may replace the work. */
  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    soon(() => soon(() => this.#run()));
  }

  /** One at a time, so that a request that came meanwhile is answered before the next file's turn. */
  #run(): void {
    this.#isArmed = false;
    const next = this.#waiting.entries().next();
    if (next.done === true) return;
    const [key, work] = next.value;
    this.#waiting.delete(key);
    try {
      work();
    } catch (error) {
      this.#failed(error);
    }
    if (this.#waiting.size > 0) this.#arm();
  }
}

/** Node has `setImmediate`; a worker has no faster turn than a timer of nothing. */
const soon: (work: () => void) => void =
  typeof setImmediate === 'function' ? (work) => void setImmediate(work) : (work) => void setTimeout(work, 0);
