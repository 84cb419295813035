// Whose turn it is among the coroutines of a thread: one runs at a time, until it waits, in the order in which they ask.

/** What a thread tells of itself. */
export interface Clock {
  /** CPU milliseconds of the thread. */
  cpuMs(): number;
  /** Resolves when the thread has done what else has come for it: messages, timers. Absent: a timer does that, more slowly. */
  rest?(): Promise<void>;
}

/** A moment of a thread. */
export interface Moment {
  readonly cpuMs: number;
  readonly wallMs: number;
}

export function momentOf(clock: Clock): Moment {
  return { cpuMs: clock.cpuMs(), wallMs: performance.now() };
}

/**
 * CPU milliseconds of the thread since a moment of its own. Linux counts what a thread runs only when it looks at it, some hundred
 * times a second and at each change of threads: as long as it has not looked, nobody else ran there.
 */
export function usedSince({ cpuMs, wallMs }: Moment, clock: Clock): number {
  const counted = clock.cpuMs() - cpuMs;
  return counted > 0 ? counted : performance.now() - wallMs;
}

/** One that comes to its next call after so long lets others go first. */
const sliceMs = 10;
/** Calls between two looks at the clock. */
const callsBetween = 32;

/** Milliseconds that all threads agree on, in a word: it comes round. */
export function clockWord(): number {
  return Date.now() | 0;
}

export class Turn {
  /** Told at the end of each turn how many CPU milliseconds all of them took. */
  readonly #onUsed: (cpuMs: number) => void;
  readonly #turns: Turns;
  /** What others know it by. */
  readonly place: number;
  #usedMs = 0;
  #began: Moment = { cpuMs: 0, wallMs: 0 };
  #calls = 0;

  constructor(turns: Turns, place: number, onUsed: (cpuMs: number) => void) {
    this.#turns = turns;
    this.place = place;
    this.#onUsed = onUsed;
  }

  /** CPU milliseconds of all turns, this one too. */
  get usedMs(): number {
    return this.#usedMs + usedSince(this.#began, this.#turns.clock);
  }

  /** Resolves when it is its turn. */
  async begin(): Promise<void> {
    await this.#turns.next(this);
    this.#began = momentOf(this.#turns.clock);
  }

  /** It waits. */
  end(): void {
    this.#usedMs = this.usedMs;
    this.#onUsed(this.#usedMs);
    this.#turns.pass();
  }

  /** It was its last turn. Nobody is told: who would be may be gone. */
  leave(): void {
    this.#turns.pass();
  }

  /** Whether others should go first. Asked at each call. */
  isOver(): boolean {
    this.#calls += 1;
    return this.#calls % callsBetween === 0 && this.isDue();
  }

  /** The same, of one that comes seldom. */
  isDue(): boolean {
    return performance.now() - this.#began.wallMs > sliceMs;
  }
}

export class Turns {
  readonly clock: Clock;
  readonly #queue: (() => void)[] = [];
  /** Words that other threads look at: whose turn it is (0: nobody's), how many there were, and when it began (`clockWord`). */
  readonly #shown: Int32Array;
  #isTaken = false;
  #restedAt = 0;

  constructor(clock: Clock, shown: Int32Array) {
    this.clock = clock;
    this.#shown = shown;
  }

  async next({ place }: Turn): Promise<void> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#isTaken = true;
    // Those that wake each other would leave the thread no time for anything else.
    if (performance.now() - this.#restedAt > sliceMs) {
      await (this.clock.rest?.() ?? delay());
      this.#restedAt = performance.now();
    }
    Atomics.store(this.#shown, 2, clockWord());
    Atomics.add(this.#shown, 1, 1);
    Atomics.store(this.#shown, 0, place);
  }

  pass(): void {
    Atomics.store(this.#shown, 0, 0);
    const next = this.#queue.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}

function delay(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
