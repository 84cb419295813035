// What is in a directory, one entry after another.

import { listAt } from '../../mounts/places.ts';
import type { Calls } from '../calls.ts';
import { closeDescriptor } from '../descriptor-streams.ts';
import { fileCode, typeOf } from './codes.ts';

interface Entry {
  readonly type: string;
  readonly name: string;
}

/** Entries that are looked up at once. */
const atOnce = 64;

export class DirectoryEntryStream {
  readonly #calls: Calls;
  readonly #descriptor: number;
  readonly #ahead: Entry[] = [];
  #after = 0;
  #isAtEnd = false;

  /** @param descriptor it takes it over */
  constructor(calls: Calls, descriptor: number) {
    this.#calls = calls;
    this.#descriptor = descriptor;
  }

  readDirectoryEntry(): Entry | undefined {
    if (this.#ahead.length === 0 && !this.#isAtEnd) this.#calls.inside(() => this.#look(), fileCode);
    return this.#ahead.shift();
  }

  [Symbol.dispose](): void {
    this.#calls.surely(() => closeDescriptor(this.#calls, this.#descriptor));
  }

  #look(): void {
    const { process } = this.#calls;
    const decoder = new TextDecoder();
    const place = process.descriptions.fileOf(process.description(this.#descriptor));
    for (const { kind, name, serial } of listAt(process.space, place, this.#after)) {
      // Memory that threads share is not decoded as it is.
      const text = decoder.decode(name.bytes.slice(name.start, name.end));
      this.#ahead.push({ type: typeOf(kind), name: text });
      this.#after = serial;
      if (this.#ahead.length === atOnce) return;
    }
    this.#isAtEnd = true;
  }
}
