// A connection to a process of an engine in a worker.

import type { Session } from '../../../runtime/src/client/transport.ts';
import type { WebAnswer } from '../../../runtime/src/web/client.ts';

type Event = 'close' | 'error' | 'drain';

export class WorkerSession implements Session {
  readonly #answer: WebAnswer;
  readonly #listeners = new Map<Event, Set<() => void>>();
  readonly #encoder = new TextEncoder();
  /** What is being sent; one after another. */
  #sending: Promise<void> = Promise.resolve();
  #waiting = 0;
  destroyed = false;
  writableEnded = false;

  /** @param answer with status 101 */
  constructor(answer: WebAnswer) {
    this.#answer = answer;
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.destroyed || this.writableEnded) return true;
    const piece = typeof bytes === 'string' ? this.#encoder.encode(bytes) : bytes;
    this.#waiting += 1;
    this.#sending = this.#sending.then(async () => {
      await this.#answer.write(piece);
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#tell('drain');
    });
    return this.#waiting === 1;
  }

  end(): void {
    if (this.writableEnded) return;
    this.writableEnded = true;
    void this.#sending.then(() => this.#answer.endInput());
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#answer.close();
    this.#tell('close');
  }

  /** What fails is told to who reads: there is no `error`. */
  on(event: 'close' | 'error', listener: () => void): void {
    this.#listen(event, listener);
  }

  once(event: 'close' | 'drain', listener: () => void): void {
    const heard = () => {
      this.#listeners.get(event)?.delete(heard);
      listener();
    };
    this.#listen(event, heard);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#answer.body;
    } catch (error) {
      // Who has let go of it hears no more.
      if (!this.destroyed) throw error;
    } finally {
      this.destroy();
    }
  }

  #listen(event: Event, listener: () => void): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
  }

  #tell(event: Event): void {
    for (const listener of this.#listeners.get(event) ?? []) listener();
  }
}
