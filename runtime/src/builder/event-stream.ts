// The events of one build on their way to whoever asked for it: kept until they are read, and the build waits when too much is.

import type { BuildEvent } from '../spec/engine/builds.ts';

/** Bytes of output that wait to be read before the build does. */
const mostWaiting = 1024 * 1024;

export class EventStream {
  readonly #waiting: BuildEvent[] = [];
  #bytes = 0;
  #hasEnded = false;
  #isLeft = false;
  #wake: (() => void) | undefined;
  #room = Promise.withResolvers<void>();

  /** @returns what to wait for when the reader is far behind */
  push(event: BuildEvent): Promise<void> | undefined {
    if (this.#isLeft) return undefined;
    this.#waiting.push(event);
    if (event.kind === 'output') this.#bytes += event.bytes.length;
    this.#wake?.();
    return this.#bytes > mostWaiting ? this.#room.promise : undefined;
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  /** To be read once. @param left called when the reader goes before the end */
  async *read(left: () => void): AsyncGenerator<BuildEvent, void, undefined> {
    try {
      for (;;) {
        const event = this.#waiting.shift();
        if (event !== undefined) {
          this.#took(event);
          yield event;
        } else if (this.#hasEnded) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#isLeft = true;
      this.#waiting.length = 0;
      this.#room.resolve();
      if (!this.#hasEnded) left();
    }
  }

  #took(event: BuildEvent): void {
    if (event.kind !== 'output') return;
    const wasFull = this.#bytes > mostWaiting;
    this.#bytes -= event.bytes.length;
    if (!wasFull || this.#bytes > mostWaiting) return;
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}
