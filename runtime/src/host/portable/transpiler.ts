// Transpiles components on a thread apart, which is there only while it is needed: the transpiler takes a hundred megabytes.

import { UnsupportedComponent, type ComponentParts } from '../../../../wasm/src/preview2/parts.ts';
import type { MakeThread, Thread } from '../../../../wasm/src/threads/thread.ts';

export interface TranspilerQuestion {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly inTurns: boolean;
}

export type TranspilerAnswer =
  | { readonly id: number; readonly parts: ComponentParts }
  | { readonly id: number; readonly failed: string; readonly isUnsupported: boolean };

/** A component of 20 MB takes seconds, on a slow machine half a minute. */
const longestMs = 300_000;
const idleMs = 20_000;

interface Waiting {
  readonly settle: PromiseWithResolvers<ComponentParts>;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class Transpiler implements AsyncDisposable {
  readonly #makeThread: MakeThread;
  #thread: Thread | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @param makeThread of the script that answers each `TranspilerQuestion` (`answerTo`) */
  constructor(makeThread: MakeThread) {
    this.#makeThread = makeThread;
  }

  /** @throws UnsupportedComponent, Error when the thread ended or took too long */
  async transpile(bytes: Uint8Array, inTurns = false): Promise<ComponentParts> {
    const thread = this.#start();
    const id = ++this.#lastId;
    const settle = Promise.withResolvers<ComponentParts>();
    const tooLong = () =>
      this.#giveUp(thread, new UnsupportedComponent('making it ready took longer than five minutes'));
    this.#waiting.set(id, { settle, timer: setTimeout(tooLong, longestMs) });
    thread.post({ id, bytes, inTurns } satisfies TranspilerQuestion);
    return await settle.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#giveUp(thread, new Error('the engine ends'));
    await thread.terminate();
  }

  #start(): Thread {
    clearTimeout(this.#idle);
    if (this.#thread !== undefined) return this.#thread;
    const thread = this.#makeThread();
    thread.onMessage((answer) => this.#take(thread, answer as TranspilerAnswer));
    thread.onExit((error) =>
      this.#giveUp(thread, error ?? new Error('the thread that makes components ready has ended')),
    );
    this.#thread = thread;
    return thread;
  }

  #take(thread: Thread, answer: TranspilerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('parts' in answer) waiting.settle.resolve(answer.parts);
    else
      waiting.settle.reject(answer.isUnsupported ? new UnsupportedComponent(answer.failed) : new Error(answer.failed));
    if (this.#waiting.size > 0) return;
    this.#idle = setTimeout(() => this.#giveUp(thread, new Error('idle')), idleMs);
    this.#idle.unref?.();
  }

  #giveUp(thread: Thread, reason: Error): void {
    if (thread !== this.#thread) return;
    this.#thread = undefined;
    clearTimeout(this.#idle);
    for (const { settle, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      settle.reject(reason);
    }
    this.#waiting.clear();
    void thread.terminate();
  }
}
