// Docker's multiplexed stream: frames of stdout and stderr on one connection. A frame is one byte of stream number, three
// zeros, the payload's length as 32-bit big-endian, the payload. Example: `01 00 00 00 00 00 00 03 68 69 0a` is "hi\n" on
// stdout.

import { EngineError } from '../errors.ts';

export const streamNumber = { stdin: 0, stdout: 1, stderr: 2, systemError: 3 } as const;

export const frameHeaderSize = 8;

/** The eight bytes before a payload of `length` bytes. */
export function frameHeader(stream: number, length: number): Uint8Array {
  const header = new Uint8Array(frameHeaderSize);
  header[0] = stream;
  new DataView(header.buffer).setUint32(4, length);
  return header;
}

/** One frame: header and payload in a new array. */
export function frame(stream: number, payload: Uint8Array): Uint8Array {
  const whole = new Uint8Array(frameHeaderSize + payload.length);
  whole[0] = stream;
  new DataView(whole.buffer).setUint32(4, payload.length);
  whole.set(payload, frameHeaderSize);
  return whole;
}

/** Bytes of one stream; a long frame may come in several pieces. */
export interface Piece {
  readonly stream: number;
  readonly bytes: Uint8Array;
}

/** Takes frames apart however the bytes were split on the way; keeps nothing but an unfinished header. */
export class FrameReader {
  readonly #header = new Uint8Array(frameHeaderSize);
  #headerFill = 0;
  #stream = 0;
  #left = 0;

  /**
   * The pieces that `chunk` holds, as views into it.
   * @throws EngineError invalidParameter when the bytes are no frames
   */
  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        pieces.push({ stream: this.#stream, bytes: chunk.subarray(at, end) });
        this.#left -= end - at;
        at = end;
        continue;
      }
      const end = Math.min(chunk.length, at + frameHeaderSize - this.#headerFill);
      this.#header.set(chunk.subarray(at, end), this.#headerFill);
      this.#headerFill += end - at;
      at = end;
      if (this.#headerFill === frameHeaderSize) this.#readHeader();
    }
    return pieces;
  }

  /** True between frames; false when the stream was cut inside one. */
  get isBetweenFrames(): boolean {
    return this.#left === 0 && this.#headerFill === 0;
  }

  #readHeader(): void {
    const stream = this.#header[0] ?? 0;
    if (stream > streamNumber.systemError || this.#header[1] !== 0 || this.#header[2] !== 0 || this.#header[3] !== 0) {
      throw new EngineError('invalidParameter', `Unrecognized stream: ${stream}`);
    }
    this.#stream = stream;
    this.#left = new DataView(this.#header.buffer).getUint32(4);
    this.#headerFill = 0;
  }
}
