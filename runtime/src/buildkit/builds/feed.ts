// What a build tells its client meanwhile: kept until it is read, by one reader. Output waits for a reader that is slow, not for one
// that never came.

import type { StatusResponse } from '../messages/control.ts';

export type Status = Partial<StatusResponse>;

/** Bytes of output that wait to be read before the build does. */
const mostWaiting = 1024 * 1024;

export class StatusFeed {
  readonly #waiting: Status[] = [];
  #bytes = 0;
  #hasEnded = false;
  #isRead = false;
  #wake: (() => void) | undefined;
  #room = Promise.withResolvers<void>();

  /** @returns what to wait for when the reader is far behind */
  push(status: Status): Promise<void> | undefined {
    const size = sizeOf(status);
    if (size > 0 && !this.#isRead && this.#bytes + size > mostWaiting) return undefined;
    this.#waiting.push(status);
    this.#bytes += size;
    this.#wake?.();
    return this.#isRead && this.#bytes > mostWaiting ? this.#room.promise : undefined;
  }

  /** Whether somebody reads it. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Whether all of it was read. */
  get isOver(): boolean {
    return this.#hasEnded && this.#waiting.length === 0;
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  /** From the beginning, or from where the reader before it stopped. */
  async *read(signal: AbortSignal): AsyncGenerator<Status, void, undefined> {
    this.#isRead = true;
    const wake = (): void => this.#wake?.();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        const status = this.#waiting.shift();
        if (status !== undefined) {
          this.#bytes -= sizeOf(status);
          if (this.#bytes <= mostWaiting) this.#makeRoom();
          yield status;
        } else if (this.#hasEnded) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.#isRead = false;
      this.#makeRoom();
    }
  }

  #makeRoom(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}

function sizeOf({ logs }: Status): number {
  return logs?.reduce((sum, { msg }) => sum + msg.length, 0) ?? 0;
}
