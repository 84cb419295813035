// When problems are computed: at once after an edit, but behind the messages that are waiting already, so that a burst of edits
// costs one computation. There is no delay by the clock.

/** Work does not wait longer than this for a client that never stops. */
const patienceMs = 50;

/** Runs work by key; work that waits is replaced by newer work with the same key. */
export class Schedule {
  readonly #waiting = new Map<string, () => void>();
  readonly #failed: (error: unknown) => void;
  #isArmed = false;
  /** Work has come since the last look. */
  #isRestless = false;
  #since = 0;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  add(key: string, work: () => void): void {
    if (this.#waiting.size === 0) this.#since = Date.now();
    this.#waiting.delete(key);
    this.#waiting.set(key, work);
    this.#isRestless = true;
    this.#arm();
  }

  cancel(key: string): void {
    this.#waiting.delete(key);
  }

  /** Two turns of the event loop, in which a message that has arrived meanwhile is handled; as often as one brings work. */
  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#isRestless = false;
    soon(() => soon(() => this.#look()));
  }

  #look(): void {
    this.#isArmed = false;
    if (this.#isRestless && Date.now() - this.#since < patienceMs) this.#arm();
    else this.#run();
  }

  /** One at a time, so that a request that came meanwhile is answered before the next file's turn. */
  #run(): void {
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
