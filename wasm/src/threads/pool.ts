// Threads that are ready: making one takes much longer than what most programs do.

import type { Berth, Berths, ThreadUser } from './berth.ts';
import type { MakeThread, Thread } from './thread.ts';

export interface ThreadPoolOptions {
  readonly makeThread: MakeThread;
  /** How many wait for work at least, once it was asked for any, and at most. */
  readonly ready: number;
  readonly mostReady: number;
}

/** What a thread needs of its pool. */
interface Owner {
  give(thread: PooledThread): void;
  end(thread: PooledThread): Promise<void>;
  gone(thread: PooledThread): void;
}

export class PooledThread implements Berth {
  readonly number: number;
  readonly place = undefined;
  readonly #owner: Owner;
  readonly #thread: Thread;
  #user: ThreadUser | undefined;
  #isGone = false;
  #isHeldUp = false;

  constructor(number: number, thread: Thread, owner: Owner) {
    this.number = number;
    this.#owner = owner;
    this.#thread = thread;
    thread.onMessage((message) => this.#user?.onMessage(message));
    thread.onExit((error) => {
      this.#isGone = true;
      owner.gone(this);
      this.#user?.onLost(error);
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get begun(): Promise<void> | undefined {
    return this.#thread.begun;
  }

  use(user: ThreadUser | undefined): void {
    this.#user = user;
  }

  post(message: unknown): void {
    this.#thread.post(message);
  }

  cpuMs(): Promise<number> | undefined {
    return this.#isGone || this.#isHeldUp ? undefined : this.#thread.cpuMs?.();
  }

  get canBeHeldUp(): boolean {
    return !this.#isGone && this.#thread.pause !== undefined;
  }

  async pause(): Promise<boolean> {
    if (this.#isGone || this.#thread.pause === undefined) return false;
    this.#isHeldUp = true;
    return await this.#thread.pause();
  }

  resume(): void {
    if (!this.#isHeldUp) return;
    this.#isHeldUp = false;
    this.#thread.resume?.();
  }

  leave(): void {
    this.#owner.give(this);
  }

  async end(): Promise<boolean> {
    await this.#owner.end(this);
    return true;
  }

  async endThread(): Promise<void> {
    await this.end();
  }

  terminate(): Promise<void> {
    this.#user = undefined;
    // One that stands still would not end.
    this.resume();
    return this.#thread.terminate();
  }
}

export class ThreadPool implements Berths, AsyncDisposable {
  readonly #options: ThreadPoolOptions;
  readonly #ready: PooledThread[] = [];
  readonly #all = new Set<PooledThread>();
  #next = 16;
  #isClosed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** Makes one of those that are to wait for work; resolves when it is there. */
  async warmOne(): Promise<void> {
    if (this.#isClosed || this.#ready.length >= this.#options.ready) return;
    const thread = this.#make();
    this.#ready.push(thread);
    await thread.begun;
  }

  /** Makes all of them. */
  #warm(): void {
    while (!this.#isClosed && this.#ready.length < this.#options.ready) this.#ready.push(this.#make());
  }

  take(): PooledThread {
    let thread = this.#ready.pop();
    while (thread?.isGone === true) thread = this.#ready.pop();
    const taken = thread ?? this.#make();
    // Not before this one has had its turn.
    if (this.#ready.length < this.#options.ready) setTimeout(() => this.#warm(), 20).unref?.();
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
    const thread = new PooledThread(this.nextNumber(), this.#options.makeThread(), {
      give: (own) => this.give(own),
      end: (own) => this.end(own),
      gone: (own) => this.#all.delete(own),
    });
    this.#all.add(thread);
    return thread;
  }

  /** A name for locks, from 16: of its own for each thread. */
  nextNumber(): number {
    const number = this.#next;
    this.#next = number + 1 < 2 ** 29 ? number + 1 : 16;
    return number;
  }
}
