// The byte stream to a tree worker: small frames gathered into large writes one way, frames handed out one by one, at the
// consumer's pace, the other way.

import type { Socket } from 'node:net';
import { EngineError } from '../../spec/errors.ts';
import { errnoError } from '../errno.ts';
import { errnoName } from './errno-name.ts';
import { frameHeaderSize, frameType } from './tree-wire.ts';

/** A frame from the worker; `data` frames may come in several pieces. */
export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

const outSize = 256 * 1024;
/** From here on a copy costs more than a system call. */
const largeSize = 64 * 1024;
/** Given to the socket but not yet taken by the worker: deep enough that both sides can work for a whole time slice. */
const aheadLimit = 2 * 1024 * 1024;
/** Received but not consumed bytes beyond which the worker is made to wait. */
const queueLimit = 1024 * 1024;
const headerOnly = Buffer.alloc(0);

export class TreeConnection {
  readonly #socket: Socket;
  #out = Buffer.allocUnsafeSlow(outSize);
  readonly #spare: Buffer<ArrayBuffer>[] = [];
  #outUsed = 0;
  readonly #frames: Frame[] = [];
  #framesSize = 0;
  #waiting: PromiseWithResolvers<void> | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  /** Bytes of an unfinished frame. */
  #rest: Buffer = headerOnly;
  /** What is missing of a data frame whose head has been handed out. */
  #dataLeft = 0;
  #closed: Error | undefined;
  #failure: EngineError | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#close(error));
    socket.on('close', () => this.#close(undefined));
  }

  /** The first failure of a put since `takeFailure`. */
  get failure(): EngineError | undefined {
    return this.#failure;
  }

  /** No worker is there any more, or soon. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  takeFailure(): void {
    this.#failure = undefined;
  }

  /** Appends bytes; small ones are copied, large ones must not be changed any more. Resolves when more may come: nothing to
   * wait for while the worker keeps up.
   * @throws EngineError unavailable when the worker has gone */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#closed !== undefined) throw this.#closed;
    if (bytes.length > outSize - this.#outUsed || bytes.length >= largeSize) this.send();
    if (bytes.length >= largeSize) {
      this.#hand(bytes);
    } else {
      this.#out.set(bytes, this.#outUsed);
      this.#outUsed += bytes.length;
    }
    return this.#backpressure();
  }

  /** Hands what was gathered to the socket. */
  send(): void {
    if (this.#outUsed === 0 || this.#closed !== undefined) return;
    const out = this.#out;
    this.#hand(out.subarray(0, this.#outUsed), () => this.#spare.push(out));
    // The socket holds on to that memory until it is written; then it is used again, since fresh memory is dear.
    this.#out = this.#spare.pop() ?? Buffer.allocUnsafeSlow(outSize);
    this.#outUsed = 0;
  }

  /** The next frame. @throws EngineError unavailable when the worker has gone */
  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        this.#framesSize -= frame.payload.length;
        if (this.#framesSize < queueLimit / 2 && this.#socket.isPaused()) this.#socket.resume();
        return frame;
      }
      if (this.#closed !== undefined) throw this.#closed;
      this.#waiting = Promise.withResolvers();
      await this.#waiting.promise;
    }
  }

  /** Sends the rest and closes; resolves when the worker has ended its side. */
  async close(): Promise<void> {
    if (this.#closed === undefined) {
      this.send();
      // What comes after this, say from a reader that was left behind, must not reach the socket.
      this.#close(undefined);
      this.#socket.end();
      this.#socket.resume();
    }
    if (!this.#socket.closed) await new Promise((resolve) => this.#socket.once('close', resolve));
  }

  #hand(bytes: Uint8Array, written?: () => void): void {
    this.#socket.write(bytes, () => {
      written?.();
      if (this.#socket.writableLength < aheadLimit / 2) this.#drained?.resolve();
    });
  }

  #backpressure(): Promise<void> | undefined {
    if (this.#socket.writableLength < aheadLimit) return undefined;
    this.#drained = Promise.withResolvers();
    // Whoever waits for it learns of a failure; if nobody does there is none to tell.
    this.#drained.promise.catch(() => undefined);
    return this.#drained.promise;
  }

  #close(error: Error | undefined): void {
    if (this.#closed !== undefined) return;
    const text = error === undefined ? 'the tree worker has ended' : `the tree worker has ended: ${error.message}`;
    this.#closed = new EngineError('unavailable', text, { cause: error });
    this.#waiting?.resolve();
    this.#drained?.reject(this.#closed);
  }

  #receive(chunk: Buffer): void {
    if (this.#closed !== undefined) {
      this.#socket.destroy(); // the rest of an answer that nobody waits for
      return;
    }
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#dataLeft > 0) {
        const piece = data.subarray(0, this.#dataLeft);
        if (piece.length > 0) this.#push(frameType.data, piece);
        this.#dataLeft -= piece.length;
        data = data.subarray(piece.length);
      }
      if (data.length < frameHeaderSize) break;
      const size = data.readUInt32LE(1);
      const type = data[0] ?? 0;
      if (type === frameType.data) {
        this.#dataLeft = size;
        data = data.subarray(frameHeaderSize);
        continue;
      }
      if (data.length < frameHeaderSize + size) break;
      this.#push(type, data.subarray(frameHeaderSize, frameHeaderSize + size));
      data = data.subarray(frameHeaderSize + size);
    }
    this.#rest = data;
    if (this.#framesSize > queueLimit) this.#socket.pause();
    this.#waiting?.resolve();
  }

  #push(type: number, payload: Buffer): void {
    if (type === frameType.failure) {
      this.#failure ??= errorOf(payload);
      return;
    }
    this.#frames.push({ type, payload });
    this.#framesSize += payload.length;
  }
}

/** The EngineError that an error frame carries. */
export function errorOf(payload: Buffer): EngineError {
  return errnoError(errnoName(payload.readUInt32LE(0)), payload.toString('utf8', 4), '');
}
