// One connection to a shim: the messages of host/shim.ts in frames, and the bare stream of an attach.

import { fstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { messageType, statusType } from '../../host/shim.ts';
import { EngineError } from '../../spec/errors.ts';
import type { AttachStreams, SandboxStdio } from '../runner.ts';

export type ShimMessage = { readonly type: number; readonly payload: Uint8Array };

/** Longer status messages are a fault of the shim. */
const maxPayload = 1024 * 1024;

/** Connects. @throws EngineError unavailable when nothing listens there */
export function connectShim(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const failed = (error: Error) => {
      reject(new EngineError('unavailable', `shim does not answer: ${error.message}`, { cause: error }));
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

/** A message as bytes: type, 32-bit big-endian length, payload. */
export function encodeMessage(type: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(5 + payload.length);
  frame.writeUInt8(type, 0);
  frame.writeUInt32BE(payload.length, 1);
  frame.set(payload, 5);
  return frame;
}

/** The connection that commands go over and status messages come back on. */
export class ShimControl {
  readonly #socket: Socket;
  #pending: Buffer = Buffer.alloc(0);
  #listener: (message: ShimMessage) => void = () => undefined;
  #closed: () => void = () => undefined;
  #isClosed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#isClosed = true;
      this.#closed();
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sets who gets status messages and who hears that the shim has gone. Messages come in order, at once. */
  listen(listener: (message: ShimMessage) => void, closed: () => void): void {
    this.#listener = listener;
    this.#closed = closed;
    if (this.#isClosed) closed();
  }

  send(type: number, payload?: Uint8Array): void {
    this.#socket.write(encodeMessage(type, payload));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= 5) {
      const length = this.#pending.readUInt32BE(1);
      if (length > maxPayload) {
        this.#socket.destroy();
        return;
      }
      if (this.#pending.length < 5 + length) return;
      const message = { type: this.#pending.readUInt8(0), payload: this.#pending.subarray(5, 5 + length) };
      this.#pending = this.#pending.subarray(5 + length);
      this.#listener(message);
    }
  }
}

/** Attaches to a shim on a connection of its own. With `outputFd` the shim writes the output to that socket of ours itself
 * where the machine allows it, and none comes through here. */
export async function attachShim(path: string, streams: AttachStreams): Promise<SandboxStdio> {
  const socket = await connectShim(path);
  socket.on('error', () => socket.destroy());
  const mask = (streams.stdin ? 1 : 0) | (streams.stdout ? 2 : 0) | (streams.stderr ? 4 : 0);
  const fd = streams.outputFd?.();
  if (fd === undefined || !(await handOver(socket, mask, fd))) {
    socket.write(encodeMessage(messageType.attach, Uint8Array.of(mask)));
  }
  return {
    output: readUntilEnd(socket),
    write: (chunk) => writeAll(socket, encodeMessage(messageType.input, chunk)),
    endInput: () => writeAll(socket, encodeMessage(messageType.endInput)),
    close: () => socket.destroy(),
  };
}

/** Asks the shim to take a socket out of this process. @returns whether it has */
async function handOver(socket: Socket, mask: number, fd: number): Promise<boolean> {
  const payload = Buffer.alloc(17);
  payload.writeUInt8(mask, 0);
  payload.writeUInt32BE(process.pid, 1);
  payload.writeUInt32BE(fd, 5);
  // Its client may leave before the shim has looked, and the number be another's by then.
  payload.writeBigUInt64BE(BigInt(fstatSync(fd).ino), 9);
  socket.write(encodeMessage(messageType.takeOver, payload));
  const head = await readExactly(socket, 5);
  if (head === undefined || head.readUInt8(0) !== statusType.taken) return false;
  return (await readExactly(socket, head.readUInt32BE(1)))?.toString() === '0';
}

/** @returns undefined when the connection ends before */
async function readExactly(socket: Socket, size: number): Promise<Buffer | undefined> {
  for (;;) {
    const bytes = socket.read(size) as Buffer | null;
    if (bytes !== null) return bytes;
    if (socket.destroyed || socket.readableEnded) return undefined;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        socket.off('readable', wake).off('close', wake).off('end', wake);
        resolve();
      };
      socket.on('readable', wake).on('close', wake).on('end', wake);
    });
  }
}

/** A connection that the shim breaks off is the end of the output. */
async function* readUntilEnd(socket: Socket): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of socket) yield chunk as Uint8Array;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ERR_STREAM_PREMATURE_CLOSE' && code !== 'ECONNRESET' && code !== 'EPIPE') throw error;
  } finally {
    socket.destroy();
  }
}

function writeAll(socket: Socket, bytes: Buffer): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    // A container that has ended takes no more input: not the writer's fault.
    socket.write(bytes, () => resolve());
  });
}
