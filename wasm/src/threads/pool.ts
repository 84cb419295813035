// Threads that are ready: making one takes much longer than what most programs do.

import type { MakeThread, Thread } from './thread.ts';

export interface ThreadPoolOptions {
  readonly makeThread: MakeThread;
  /** How many wait for work at least, once it was asked for any, and at most. */
  readonly ready: number;
  readonly mostReady: number;
}

/** Called with the messages of the one that has it, and with its end when nobody asked for that. */
export interface ThreadUser {
  onMessage(message: unknown): void;
  onLost(error: Error | undefined): void;
}

export class PooledThread {
  /** Of its own among all of a pool, from 16. */
  readonly number: number;
  readonly #thread: Thread;
  #user: ThreadUser | undefined;
  #isGone = false;
  #isHeldUp = false;

  constructor(number: number, thread: Thread, onGone: () => void) {
    this.number = number;
    this.#thread = thread;
    thread.onMessage((message) => this.#user?.onMessage(message));
    thread.onExit((error) => {
      this.#isGone = true;
      onGone();
      this.#user?.onLost(error);
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  use(user: ThreadUser | undefined): void {
    this.#user = user;
  }

  post(message: unknown): void {
    this.#thread.post(message);
  }

  /** Undefined where that is not known now. */
  cpuMs(): Promise<number> | undefined {
    return this.#isGone || this.#isHeldUp ? undefined : this.#thread.cpuMs?.();
  }

  get canBeHeldUp(): boolean {
    return !this.#isGone && this.#thread.pause !== undefined;
  }

  /** Holds it up wherever it is, as far as the host can; resolves with true when it stands still, which one that sleeps does not. */
  async pause(): Promise<boolean> {
    if (this.#isGone || this.#thread.pause === undefined) return false;
    this.#isHeldUp = true;
    return await this.#thread.pause();
  }

  /** Idempotent. */
  resume(): void {
    if (!this.#isHeldUp) return;
    this.#isHeldUp = false;
    this.#thread.resume?.();
  }

  terminate(): Promise<void> {
    this.#user = undefined;
    // One that stands still would not end.
    this.resume();
    return this.#thread.terminate();
  }
}

export class ThreadPool implements AsyncDisposable {
  readonly #options: ThreadPoolOptions;
  readonly #ready: PooledThread[] = [];
  readonly #all = new Set<PooledThread>();
  #next = 16;
  #isClosed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** Makes those that are to wait for work. */
  warm(): void {
    while (!this.#isClosed && this.#ready.length < this.#options.ready) this.#ready.push(this.#make());
  }

  take(): PooledThread {
    let thread = this.#ready.pop();
    while (thread?.isGone === true) thread = this.#ready.pop();
    const taken = thread ?? this.#make();
    // Not before this one has had its turn.
    if (this.#ready.length < this.#options.ready) setTimeout(() => this.warm(), 20).unref?.();
    return taken;
  }

  /** It has nothing of its last user any more. */
  give(thread: PooledThread): void {
    thread.use(undefined);
    if (thread.isGone) return;
    if (this.#isClosed || this.#ready.length >= this.#options.mostReady) void this.end(thread);
    else this.#ready.push(thread);
  }

  /** Ends one wherever it is; resolves when it has. */
  async end(thread: PooledThread): Promise<void> {
    await thread.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#all].map((thread) => thread.terminate()));
  }

  #make(): PooledThread {
    const thread: PooledThread = new PooledThread(this.#next, this.#options.makeThread(), () => {
      this.#all.delete(thread);
    });
    this.#next = this.#next + 1 < 2 ** 29 ? this.#next + 1 : 16;
    this.#all.add(thread);
    return thread;
  }
}
