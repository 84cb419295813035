// Bytes in both directions over a port, at the reader's pace.

import type { Piece, Port } from './protocol.ts';

/** Pieces on the way that the other side has not taken yet. */
const window = 8;
const mostBytes = 256 * 1024;

type Head = Extract<Piece, { kind: 'head' }>;

export class Channel {
  /** Resolves with the head of an answer; rejects when the other side goes before. */
  readonly head: Promise<Head>;
  readonly #port: Port;
  readonly #heard = Promise.withResolvers<Head>();
  readonly #gone = new AbortController();
  readonly #arrived: Uint8Array[] = [];
  #credit = window;
  #end: 'open' | 'ended' | Error = 'open';
  #isClosed = false;
  #wakeReader = () => {};
  #wakeWriter = () => {};

  constructor(port: Port) {
    this.#port = port;
    this.head = this.#heard.promise;
    // Who does not wait for it need not hear of it.
    this.head.catch(() => undefined);
    port.onmessage = (event) => this.#hear(event.data as Piece);
    port.onmessageerror = () => this.close(new Error('a message could not be read'));
  }

  /** Aborted when the other side has gone, or has failed. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  sendHead(head: Omit<Head, 'kind'>): void {
    this.#post({ kind: 'head', ...head });
  }

  /** Resolves when more can be sent, or nobody reads it any more. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.gone.aborted; at += mostBytes) {
      const piece = Uint8Array.from(bytes.subarray(at, at + mostBytes));
      this.#credit -= 1;
      this.#post({ kind: 'data', bytes: piece }, [piece.buffer]);
      while (this.#credit <= 0 && !this.gone.aborted) {
        await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
      }
    }
  }

  end(): void {
    this.#post({ kind: 'end' });
  }

  fail(message: string): void {
    this.#post({ kind: 'failed', message });
  }

  /** What the other side sends, to its end. To be read once; leaving it early takes no more. @throws what the other side failed with */
  async *input(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const bytes = this.#arrived.shift();
      if (bytes !== undefined) {
        this.#post({ kind: 'taken' });
        yield bytes;
      } else if (this.#end !== 'open') {
        if (this.#end instanceof Error) throw this.#end;
        return;
      } else await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    }
  }

  /** Goes; idempotent. @param reason for who waits on this side */
  close(reason = new Error('the request was given up')): void {
    if (this.#isClosed) return;
    this.#post({ kind: 'gone' });
    this.cut(reason);
  }

  /** The other side has died, which it could not say: whoever waits for it hears `reason`. Idempotent. */
  cut(reason: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#over(reason);
    this.#port.close();
  }

  #hear(piece: Piece): void {
    if (piece.kind === 'head') this.#heard.resolve(piece);
    else if (piece.kind === 'data') this.#arrived.push(piece.bytes);
    else if (piece.kind === 'taken') this.#credit += 1;
    else if (piece.kind === 'end') this.#end = 'ended';
    else this.#over(new Error(piece.kind === 'failed' ? piece.message : 'the other side has gone'));
    this.#wakeReader();
    if (this.#credit > 0) this.#wakeWriter();
  }

  #over(error: Error): void {
    if (this.#end === 'open') this.#end = error;
    this.#heard.reject(error);
    this.#gone.abort(error);
    this.#wakeReader();
    this.#wakeWriter();
  }

  #post(piece: Piece, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.#isClosed) this.#port.postMessage(piece, transfer);
  }
}
