// What is in a folder of the host, in the order of a hash of the names: a reader goes on after the hash that it has come to, whatever has come
// and gone meanwhile.

import type { Arena } from '../memory/arena.ts';
import { seedWord } from '../files/directories.ts';
import type { HostFiles } from './host-files.ts';
import { kindOfMode } from './host-nodes.ts';
import type { Ways } from './host-ways.ts';
import type { Listed } from './tree.ts';

interface Entry {
  readonly serial: number;
  readonly name: Uint8Array;
}

/** Lists that are kept for who goes on reading them, and names in all of them but the last. */
const mostKept = 16;
const mostNames = 100_000;

export class HostListings {
  readonly #seed: number;
  readonly #files: HostFiles;
  readonly #ways: Ways;
  /** By folder and the serial that its reader has come to. */
  readonly #kept = new Map<string, readonly Entry[]>();

  constructor(arena: Arena, files: HostFiles, ways: Ways) {
    this.#seed = arena.word(seedWord);
    this.#files = files;
    this.#ways = ways;
  }

  *list(directory: number, after: number): Generator<Listed, void> {
    const key = (serial: number) => `${this.#ways.nodes.keyOf(directory)} ${serial}`;
    const entries = this.#kept.get(key(after)) ?? this.#read(directory);
    if (after !== 0) this.#kept.delete(key(after));
    let last = after;
    try {
      for (let index = firstAfter(entries, after); index < entries.length; index++) {
        const { name, serial } = entries[index] ?? noEntry;
        const whole = { bytes: name, start: 0, end: name.length };
        const stat = this.#files.lookAt(this.#ways.pathIn(directory, whole));
        last = serial;
        // It has gone since.
        if (stat === undefined) continue;
        yield { kind: kindOfMode(stat.mode), inode: BigInt.asUintN(64, stat.ino), name: whole, serial };
      }
    } finally {
      // The reader may take the last one once more, of which it had only a part.
      const before = entries[firstAfter(entries, last) - 2]?.serial ?? 0;
      for (const serial of [last, before]) if (serial !== 0) this.#keep(key(serial), entries);
    }
  }

  #keep(key: string, entries: readonly Entry[]): void {
    this.#kept.set(key, entries);
    let names = 0;
    for (const [index, [old, { length }]] of [...this.#kept].toReversed().entries()) {
      names += length;
      // The two newest are of one list.
      if (index > 1 && (index >= mostKept || names > mostNames)) this.#kept.delete(old);
    }
  }

  #read(directory: number): readonly Entry[] {
    const names = this.#files.list(this.#ways.pathOf(directory)).filter((name) => this.#files.isName(name));
    return names
      .map((name) => ({ serial: this.#serialOf(name), name }))
      .toSorted((one, other) => one.serial - other.serial || compare(one.name, other.name));
  }

  /** From 1 below 2^52, that nobody inside can foretell. */
  #serialOf(name: Uint8Array): number {
    let low = this.#seed | 1;
    let high = ~this.#seed | 1;
    for (const byte of name) {
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul(high ^ byte ^ (low >>> 16), 0x85ebca6b);
    }
    high ^= high >>> 13;
    return (high & 0xfffff) * 2 ** 32 + (low >>> 0) + 1;
  }
}

const noEntry: Entry = { serial: 0, name: new Uint8Array() };

/** The index of the first entry beyond a serial. */
function firstAfter(entries: readonly Entry[], after: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.serial ?? 0) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
