// Threads that each run many processes, as coroutines: an idle one takes little more than its memory. They run in turns. One whose turn does
// not end, in a call of ours that takes long or a program that cannot be made to yield, is ended with its thread when it has to be.

import type { Berth, Berths, ThreadUser } from './berth.ts';
import type { MakeThread, Thread } from './thread.ts';
import { clockWord } from './turns.ts';

/** To a thread, before all else: its processes take turns. What is shown of those is as `Turns` has it. */
export interface ShareMessage {
  readonly kind: 'share';
  readonly shown: Int32Array;
}

/** From it: what a process says, or that it has left. */
export interface PlacedMessage {
  readonly place: number;
  readonly message?: unknown;
  readonly hasLeft?: boolean;
}

export interface DocksOptions {
  readonly makeThread: MakeThread;
  /** Threads at most, those that are made before they are wanted, and processes on one before there is another. */
  readonly most: number;
  readonly ready: number;
  readonly crowd: number;
  /** A number for locks. */
  readonly nextNumber: () => number;
}

/** Its thread was ended for another process's sake. */
export class NeighbourEnded extends Error {}

/** Who makes calls has shorter turns. */
const busyMs = 25;
const lookMs = 25;
/** Processes, for which the heap of a thread has room; beyond that there are more threads than are wanted otherwise. */
const mostOnOne = 1000;
/** A process that is to end is ended with its thread when it computes on for so long; when another one does, for so long. */
const ownLooks = 80;
const othersLooks = 200;

export class Docks implements AsyncDisposable {
  readonly #options: DocksOptions;
  #docks: Dock[] = [];
  #isClosed = false;

  constructor(options: DocksOptions) {
    this.#options = options;
  }

  /** Makes one of those that are to wait for the first processes; resolves when it is there. */
  async warmOne(): Promise<void> {
    if (!this.#isClosed && this.#docks.length < this.#options.ready) await this.#add().begun;
  }

  /** Places for processes that know each other: on one thread, as long as nobody runs there when another one comes. */
  open(): Berths {
    let dock: Dock | undefined;
    return {
      take: () => {
        if (dock === undefined || dock.isGone || dock.isRunning) dock = this.#choose();
        return dock.take();
      },
    };
  }

  #choose(): Dock {
    this.#docks = this.#docks.filter(({ isGone }) => !isGone);
    const { most, crowd } = this.#options;
    const [best] = this.#docks.toSorted(
      (a, b) => Number(a.isBusy) - Number(b.isBusy) || Number(a.isRunning) - Number(b.isRunning) || a.count - b.count,
    );
    if (best === undefined || best.count >= mostOnOne) return this.#add();
    const isFull = best.isRunning || best.count >= crowd;
    if (!isFull || this.#docks.length >= most) return best;
    const next = this.#add();
    // One that begins takes longer to be there than most turns.
    return best.isBusy ? next : best;
  }

  #add(): Dock {
    const { makeThread, nextNumber } = this.#options;
    const dock = new Dock(nextNumber(), makeThread());
    this.#docks.push(dock);
    return dock;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#docks.map((dock) => dock.end()));
  }
}

/** Three words that all threads see, where there are others. */
function shownBuffer(): ArrayBufferLike {
  return typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(12) : new ArrayBuffer(12);
}

class Dock {
  readonly number: number;
  readonly #thread: Thread;
  readonly #berths = new Map<number, DockBerth>();
  readonly #shown = new Int32Array(shownBuffer());
  #lastPlace = 0;
  #reason: Error | undefined;
  isGone = false;

  constructor(number: number, thread: Thread) {
    this.number = number;
    this.#thread = thread;
    thread.onMessage((message) => this.#hear(message as PlacedMessage));
    thread.onExit((error) => {
      this.isGone = true;
      for (const berth of this.#berths.values()) berth.lost(this.#reason ?? error);
      this.#berths.clear();
    });
    const message: ShareMessage = { kind: 'share', shown: this.#shown };
    thread.post(message);
  }

  get count(): number {
    return this.#berths.size;
  }

  get begun(): Promise<void> | undefined {
    return this.#thread.begun;
  }

  take(): Berth {
    this.#lastPlace += 1;
    const berth = new DockBerth(this, this.#lastPlace);
    this.#berths.set(berth.place, berth);
    return berth;
  }

  post(message: unknown): void {
    this.#thread.post(message);
  }

  #hear({ place, message, hasLeft }: PlacedMessage): void {
    const berth = this.#berths.get(place);
    if (hasLeft !== true) berth?.hear(message);
    else {
      this.#berths.delete(place);
      berth?.left();
    }
  }

  /** Whose turn it is, and which turn. */
  get turn(): readonly [number, number] {
    return [Atomics.load(this.#shown, 0), Atomics.load(this.#shown, 1)];
  }

  /** It is somebody's turn. */
  get isRunning(): boolean {
    return Atomics.load(this.#shown, 0) !== 0;
  }

  /** Somebody computes on and on there, or does so though it has ended. */
  get isBusy(): boolean {
    const [place] = this.turn;
    const isEnding = this.#berths.get(place)?.isEnding === true;
    return isEnding || (place !== 0 && ((clockWord() - Atomics.load(this.#shown, 2)) | 0) > busyMs);
  }

  async end(reason?: Error): Promise<void> {
    this.#reason ??= reason;
    await this.#thread.terminate();
  }
}

class DockBerth implements Berth {
  readonly place: number;
  readonly canBeHeldUp = false;
  readonly #dock: Dock;
  readonly #gone = Promise.withResolvers<void>();
  isEnding = false;
  #user: ThreadUser | undefined;
  #isGone = false;

  constructor(dock: Dock, place: number) {
    this.#dock = dock;
    this.place = place;
  }

  get number(): number {
    return this.#dock.number;
  }

  use(user: ThreadUser | undefined): void {
    this.#user = user;
  }

  post(message: unknown): void {
    this.#dock.post(message);
  }

  hear(message: unknown): void {
    this.#user?.onMessage(message);
  }

  left(): void {
    this.#isGone = true;
    this.#gone.resolve();
  }

  lost(error: Error | undefined): void {
    this.left();
    this.#user?.onLost(error);
  }

  cpuMs(): undefined {
    return undefined;
  }

  pause(): Promise<boolean> {
    return Promise.resolve(false);
  }

  resume(): void {
    return;
  }

  leave(): void {
    return;
  }

  /** It leaves in its next turn, if that comes. */
  async end(): Promise<boolean> {
    this.isEnding = true;
    let [place, count] = this.#dock.turn;
    for (let looks = 0; !this.#isGone; looks += 1) {
      await Promise.race([this.#gone.promise, delay(lookMs)]);
      const now = this.#dock.turn;
      if (now[0] !== place || now[1] !== count || place === 0) {
        [place, count] = now;
        looks = 0;
      }
      if (this.#isGone || looks < (place === this.place ? ownLooks : othersLooks)) continue;
      await this.#endDock('a process that only computed was ended, and with it others that shared its thread');
    }
    return this.#dock.isGone;
  }

  async endThread(): Promise<void> {
    await this.#endDock('a container was broken, and others that shared a thread with it were ended with it');
  }

  async #endDock(words: string): Promise<void> {
    this.#user = undefined;
    await this.#dock.end(new NeighbourEnded(words));
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
