// The disk of portable file trees, in a browser.

import { blockBytes, kind } from '../../../../wasm/src/files/inode.ts';
import { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import type { Disk, PackWriter } from '../portable/disk.ts';
import { fromFailure, isAbsent } from '../portable/inside.ts';
import { remove } from '../portable/tree-write.ts';
import type { DiskFiles } from './disk-files.ts';
import { webStorage } from './storage.ts';

/** @param sync resolves when all that was changed before is kept */
export function webDisk(disk: DiskFiles, sync: () => Promise<void>): Disk {
  const { tree } = disk;
  const now = <T>(call: string, path: string, work: () => T): T => disk.call(call, path, work);
  const unlessAbsent = <T>(call: string, path: string, work: () => T): T | undefined =>
    now(call, path, () => {
      try {
        return work();
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    });
  return {
    storage: () => webStorage(disk),
    read: (path) => unlessAbsent('read', path, () => disk.readAll(disk.required(path))),
    stamp: (path) =>
      unlessAbsent('stat', path, () => {
        const { inode, size, modifiedNs } = tree.stat(disk.required(path));
        return `${inode} ${size} ${modifiedNs}`;
      }),
    writeAtomic: async (path, data, { durable }) => {
      now('write', path, () => disk.replace(path, data, 0o600));
      if (durable) await sync();
    },
    appendPack: (path) => new MemoryPackWriter(disk, path, sync),
    cutSpill: (path, blocks) =>
      now('truncate', path, () => tree.truncate(disk.findOrMake(path, 0o600), blocks * blockBytes)),
    makeDirectory: (path) => now('mkdir', path, () => disk.makeDirectories(path, 0o755)),
    isEmpty: (path) => now('list', path, () => [...tree.list(disk.required(path), 0)].length === 0),
    remove: (path) => removeTree(disk, path),
    sync,
  };
}

/** Removes a file or a whole tree; absent is no error. */
export async function removeTree(disk: DiskFiles, path: string): Promise<void> {
  try {
    await remove(Namespace.of(disk.files), false, (removal) => removal.start(path.replace(/^\/+/, '')));
  } catch (error) {
    if (!isAbsent(error)) throw fromFailure(error, 'remove', path);
  }
}

class MemoryPackWriter implements PackWriter {
  readonly #disk: DiskFiles;
  readonly #inode: number;
  readonly #path: string;
  readonly sync: () => Promise<void>;
  #isOpen = true;

  constructor(disk: DiskFiles, path: string, sync: () => Promise<void>) {
    this.#disk = disk;
    this.#path = path;
    this.sync = sync;
    this.#inode = disk.call('open', path, () => {
      const inode = disk.findOrMake(path, 0o600);
      if (disk.tree.kindOf(inode) === kind.file) disk.tree.hold(inode);
      return inode;
    });
  }

  get length(): number {
    return this.#disk.inside(() => this.#disk.tree.sizeOf(this.#inode));
  }

  append(chunk: Uint8Array): void {
    this.#disk.inside(() => this.#disk.tree.append(this.#inode, chunk));
  }

  cut(length: number): void {
    this.#disk.call('truncate', this.#path, () => this.#disk.tree.truncate(this.#inode, length));
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) this.#disk.inside(() => this.#disk.tree.release(this.#inode));
    this.#isOpen = false;
  }
}
