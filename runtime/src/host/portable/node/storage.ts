// Packs and spills as files, by Node. A thread has descriptors of its own.

import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { blockBytes } from '../../../../../wasm/src/files/inode.ts';
import type { Storage } from '../../../../../wasm/src/files/reference.ts';
import type { Pack, Spill } from '../../../../../wasm/src/files/storage.ts';
import { errno, fail } from '../../../../../wasm/src/wasi/errno.ts';
import { errnoOf } from '../../errno.ts';

/** Names are absolute paths. Files stay open until it is disposed. */
export function nodeStorage(): Storage & Disposable {
  const open = new Map<string, number>();
  const descriptor = (name: string, flags: number): number => {
    const known = open.get(name);
    if (known !== undefined) return known;
    const made = openSync(name, flags, 0o600);
    open.set(name, made);
    return made;
  };
  return {
    openPack: (name) => new FilePack(descriptor(name, constants.O_RDONLY)),
    openSpill: (name) => new FileSpill(() => descriptor(name, constants.O_RDWR | constants.O_CREAT)),
    [Symbol.dispose]() {
      for (const each of open.values()) closeSync(each);
      open.clear();
    },
  };
}

class FilePack implements Pack {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  read(offset: number, into: Uint8Array): void {
    readFully(this.#descriptor, offset, into);
  }
}

/** Opened when it is first needed: most containers never spill. */
class FileSpill implements Spill {
  readonly #descriptor: () => number;

  constructor(descriptor: () => number) {
    this.#descriptor = descriptor;
  }

  read(block: number, offset: number, into: Uint8Array): void {
    readFully(this.#descriptor(), block * blockBytes + offset, into);
  }

  write(block: number, offset: number, from: Uint8Array): void {
    writeFully(this.#descriptor(), block * blockBytes + offset, from);
  }
}

/** Zeros beyond the end. @throws Failure EIO */
export function readFully(descriptor: number, offset: number, into: Uint8Array): void {
  let done = 0;
  while (done < into.length) {
    const count = asFailure(() => readSync(descriptor, into, done, into.length - done, offset + done));
    if (count === 0) break;
    done += count;
  }
  into.fill(0, done);
}

/** @throws Failure ENOSPC, EIO */
export function writeFully(descriptor: number, offset: number, from: Uint8Array): void {
  for (let done = 0; done < from.length;) {
    done += asFailure(() => writeSync(descriptor, from, done, from.length - done, offset + done));
  }
}

/** What a program sees of the host's disk is whether it is full. */
function asFailure<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    fail(code === 'ENOSPC' || code === 'EDQUOT' ? errno.ENOSPC : errno.EIO);
  }
}
