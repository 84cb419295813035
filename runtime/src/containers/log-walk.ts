// Counts the records of a log as its bytes come by, where only the way forward is open.

import { localHeader, localTrailer } from './log-entries.ts';

export interface RecordWalk {
  /** Records so far, no more than were asked for. */
  readonly count: number;
  /** Offset of the end of the last one of them. */
  readonly end: number;
  push(chunk: Uint8Array): void;
}

export class LineWalk implements RecordWalk {
  count = 0;
  end = 0;
  #before = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  push(chunk: Uint8Array): void {
    for (let at = chunk.indexOf(0x0a); at >= 0 && this.count < this.#most; at = chunk.indexOf(0x0a, at + 1)) {
      this.count += 1;
      this.end = this.#before + at + 1;
    }
    this.#before += chunk.length;
  }
}

const sizeBytes = 4;

export class LocalWalk implements RecordWalk {
  count = 0;
  end = 0;
  #before = 0;
  /** Of the next record's size, which may come in pieces. */
  readonly #size = new DataView(new ArrayBuffer(sizeBytes));
  #filled = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  push(chunk: Uint8Array): void {
    const stop = this.#before + chunk.length;
    while (this.count < this.#most && this.end + this.#filled < stop) {
      this.#size.setUint8(this.#filled, chunk[this.end + this.#filled - this.#before] ?? 0);
      this.#filled += 1;
      if (this.#filled < sizeBytes) continue;
      this.#filled = 0;
      this.count += 1;
      this.end += localHeader + this.#size.getUint32(0, true) + localTrailer;
    }
    this.#before = stop;
  }
}
