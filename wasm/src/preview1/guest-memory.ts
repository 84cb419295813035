// The memory of a program, by its addresses. It may grow at any moment: views are looked up for each call.

import { errno, fail } from '../wasi/errno.ts';

/** POSIX's IOV_MAX on Linux. */
const mostVectors = 1024;
const mostText = 4096;
const decoder = new TextDecoder('utf-8', { fatal: true });
/** Nobody else is at the files while so many are moved. */
const mostBytes = 16 * 2 ** 20;

export class GuestMemory {
  #memory: WebAssembly.Memory | undefined;
  #view = new DataView<ArrayBufferLike>(new ArrayBuffer(0));
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #onGrown: (bytes: number) => void;

  /** @param onGrown is told how many bytes it has, at the first call after it has grown */
  constructor(onGrown: (bytes: number) => void = () => undefined) {
    this.#onGrown = onGrown;
  }

  /** A program's imports are made before its memory is there; until then there is none. */
  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
  }

  /** @throws RangeError when used beyond the end */
  get view(): DataView<ArrayBufferLike> {
    this.#refresh();
    return this.#view;
  }

  /** @throws Failure EFAULT for what is not in memory */
  bytes(address: number, length: number): Uint8Array {
    this.#refresh();
    const start = address >>> 0;
    const end = start + (length >>> 0);
    if (end > this.#bytes.length) fail(errno.EFAULT);
    return this.#bytes.subarray(start, end);
  }

  /** @throws Failure EFAULT, ENAMETOOLONG, EINVAL for what is no UTF-8 */
  text(address: number, length: number): string {
    if (length >>> 0 > mostText) fail(errno.ENAMETOOLONG);
    try {
      // Of a copy: decoders take no shared memory.
      return decoder.decode(this.bytes(address, length).slice());
    } catch (error) {
      if (error instanceof TypeError) fail(errno.EINVAL);
      throw error;
    }
  }

  /** @throws RangeError beyond the end */
  setWord(address: number, value: number): void {
    this.view.setUint32(address >>> 0, value, true);
  }

  /** The pieces that a list of vectors names, as many bytes as one call may move. @throws Failure EINVAL, EFAULT */
  pieces(address: number, count: number): readonly Uint8Array[] {
    if (count >>> 0 > mostVectors) fail(errno.EINVAL);
    const list = this.bytes(address, count * 8);
    const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
    const pieces = [];
    let room = mostBytes;
    for (let at = 0; at < list.length; at += 8) {
      const piece = this.bytes(view.getUint32(at, true), view.getUint32(at + 4, true)).subarray(0, room);
      pieces.push(piece);
      room -= piece.length;
    }
    return pieces;
  }

  #refresh(): void {
    const buffer = this.#memory?.buffer;
    if (buffer === undefined || buffer === this.#view.buffer) return;
    this.#look(buffer);
    this.#onGrown(buffer.byteLength);
  }

  #look(buffer: ArrayBufferLike): void {
    this.#view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
  }
}
