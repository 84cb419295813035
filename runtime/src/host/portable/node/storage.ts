// Packs and spills as files, by Node. A thread has descriptors of its own.

import { closeSync, constants, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { blockBytes } from '../../../../../wasm/src/files/inode.ts';
import type { Storage } from '../../../../../wasm/src/files/reference.ts';
import { errno, fail } from '../../../../../wasm/src/wasi/errno.ts';
import { errnoOf } from '../../errno.ts';

/** Descriptors that one thread keeps open: as many as the layers of some images have packs. */
const mostOpen = 64;

/** Names are absolute paths. What was open last stays open until it is disposed; a file that has taken another's path is opened anew. */
export function nodeStorage(): Storage & Disposable {
  const open = new Descriptors();
  return {
    openPack(name) {
      open.check(name);
      return { read: (offset, into) => readFully(open.get(name, constants.O_RDONLY), offset, into) };
    },
    openSpill(name) {
      open.check(name);
      // Opened when it is first needed: most containers never spill.
      const descriptor = () => open.get(name, constants.O_RDWR | constants.O_CREAT);
      return {
        read: (block, offset, into) => readFully(descriptor(), block * blockBytes + offset, into),
        write: (block, offset, from) => writeFully(descriptor(), block * blockBytes + offset, from),
      };
    },
    [Symbol.dispose]: () => open[Symbol.dispose](),
  };
}

class Descriptors implements Disposable {
  /** By path; the one that was used last is the last. */
  readonly #open = new Map<string, number>();

  get(path: string, flags: number): number {
    const known = this.#open.get(path);
    const descriptor = known ?? asFailure(() => openSync(path, flags, 0o600));
    this.#open.delete(path);
    this.#open.set(path, descriptor);
    const [oldest] = this.#open.keys();
    if (this.#open.size > mostOpen && oldest !== undefined) this.#close(oldest);
    return descriptor;
  }

  /** Closes what is not at its path any more. */
  check(path: string): void {
    const descriptor = this.#open.get(path);
    if (descriptor === undefined) return;
    const [there, opened] = [statSync(path, { throwIfNoEntry: false }), fstatSync(descriptor)];
    if (there?.ino !== opened.ino || there.dev !== opened.dev) this.#close(path);
  }

  #close(path: string): void {
    const descriptor = this.#open.get(path);
    if (descriptor !== undefined) closeSync(descriptor);
    this.#open.delete(path);
  }

  [Symbol.dispose](): void {
    for (const path of this.#open.keys()) this.#close(path);
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
