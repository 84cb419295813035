// Where a process runs: on a thread of its own, or at a place among others on one.

/** Called with what comes from there, and when the thread is lost though nobody asked for that. */
export interface ThreadUser {
  onMessage(message: unknown): void;
  onLost(error: Error | undefined): void;
}

export interface Berth {
  /** Of its thread, for locks: from 16. */
  readonly number: number;
  /** On a thread that others have as well; undefined where it has one alone. */
  readonly place: number | undefined;
  use(user: ThreadUser | undefined): void;
  post(message: unknown): void;
  /** CPU milliseconds of the thread; undefined where that is not known now, or says nothing of one process. */
  cpuMs(): Promise<number> | undefined;
  readonly canBeHeldUp: boolean;
  /** Holds it up wherever it is, as far as the host can; resolves with true when it stands still, which one that sleeps does not. */
  pause(): Promise<boolean>;
  /** Idempotent. */
  resume(): void;
  /** What ran there is done, and has nothing to tell any more. */
  leave(): void;
  /** Ends what runs there wherever it is. Resolves with whether the thread has ended for that. */
  end(): Promise<boolean>;
  /** The same where it can never leave by itself: its memory cannot be relied on. Whoever shares its thread is ended with it. */
  endThread(): Promise<void>;
}

export interface Berths {
  take(): Berth;
}
