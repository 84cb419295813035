// Files that a policy stands on: read once, and known to have changed by what the file system says of them.

import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { messageOf } from '../spec/errors.ts';

export class WatchedFiles {
  readonly #seen = new Map<string, string>();

  /**
   * Reads a file.
   * @param most bytes; a larger one is refused
   * @throws Error that names the file
   */
  read(path: string, most: number): Uint8Array {
    // Before it is read: what comes later is a change.
    this.#seen.set(path, stampOf(path));
    try {
      return readFile(path, most);
    } catch (cause) {
      const isGone = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      throw new Error(`${path} cannot be read: ${isGone ? 'it is not there' : messageOf(cause)}`, { cause });
    }
  }

  /** Whether all that was read is as it was. */
  areSame(): boolean {
    return [...this.#seen].every(([path, stamp]) => stampOf(path) === stamp);
  }
}

function readFile(path: string, most: number): Uint8Array {
  // Not to wait for the writer of a pipe.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error('it is no file');
    if (stats.size > most) throw new Error(`it is larger than ${most} bytes`);
    const bytes = new Uint8Array(most);
    let length = 0;
    for (let count = -1; count !== 0 && length < most;) {
      count = readSync(file, bytes, length, most - length, length);
      length += count;
    }
    return bytes.slice(0, length);
  } finally {
    closeSync(file);
  }
}

function stampOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join();
}
