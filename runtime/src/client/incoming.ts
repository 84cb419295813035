// What comes in on a connection, piece by piece as it is asked for: a slow reader holds the sender back.

import type { Socket } from 'node:net';

/** How much is taken from the connection before somebody asks, in bytes. */
const readAhead = 256 * 1024;

export class Incoming {
  readonly #socket: Socket;
  readonly #pieces: Buffer[] = [];
  #size = 0;
  #received = 0;
  #end: 'none' | 'clean' | Error = 'none';
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onEnd);
  }

  /** The next piece; undefined when the other side has ended. @throws the connection's fault */
  async next(): Promise<Buffer | undefined> {
    while (this.#pieces.length === 0) {
      if (this.#end === 'clean') return undefined;
      if (this.#end !== 'none') throw this.#end;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const piece = this.#pieces.shift();
    this.#size -= piece?.length ?? 0;
    if (this.#size < readAhead && this.#socket.isPaused()) this.#socket.resume();
    return piece;
  }

  /** Puts back what was not for the reader. */
  unread(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#pieces.unshift(rest);
    this.#size += rest.length;
  }

  /** True when nothing is there that was not asked for, and more may come. */
  get isIdle(): boolean {
    return this.#size === 0 && this.#end === 'none';
  }

  /** How much has ever come, in bytes. */
  get received(): number {
    return this.#received;
  }

  /** Fails whoever reads. */
  fail(error: Error): void {
    if (this.#end === 'none') this.#end = error;
    this.#pieces.length = 0;
    this.#size = 0;
    this.#wake?.();
  }

  /** Lets go of the connection, as if nothing had been read that was not asked for. */
  release(): Socket {
    const socket = this.#socket;
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onEnd);
    socket.pause();
    for (const piece of this.#pieces.toReversed()) socket.unshift(piece);
    return socket;
  }

  readonly #onData = (piece: Buffer): void => {
    this.#pieces.push(piece);
    this.#size += piece.length;
    this.#received += piece.length;
    if (this.#size >= readAhead) this.#socket.pause();
    this.#wake?.();
  };

  readonly #onEnd = (): void => {
    if (this.#end === 'none') this.#end = 'clean';
    this.#wake?.();
  };

  readonly #onError = (error: Error): void => {
    if (this.#end === 'none') this.#end = error;
    this.#wake?.();
  };
}
