// A thread as a host makes it: a worker of Node, or of a browser.

export interface Thread {
  /** Resolves when it runs its script, or has ended; absent where a host does not tell. */
  readonly begun?: Promise<void>;
  /** What can be cloned, modules and shared memories too. */
  post(message: unknown): void;
  /** One listener. */
  onMessage(listener: (message: unknown) => void): void;
  /** One listener; called once, when it has ended for whatever reason. */
  onExit(listener: (error: Error | undefined) => void): void;
  /** Ends it wherever it is; resolves when it has. */
  terminate(): Promise<void>;
  /**
   * Holds it up in the middle of whatever it does, if that is not sleep; resolves with true when it stands still, with
   * false when that cannot be had now. Absent where a host cannot.
   * `resume` lets it go on, also before it stood still.
   */
  pause?(): Promise<boolean>;
  resume?(): void;
  /** CPU milliseconds that it has used; not to be asked of one that is held up. Absent where a host cannot tell of others. */
  cpuMs?(): Promise<number>;
}

export type MakeThread = () => Thread;

/** The thread's own side. */
export interface Port {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}
