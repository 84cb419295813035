// Trees in folders that hold them as index and pack. What is appended to a pack is nobody's until the next index names it, so that after a crash
// a tree is as it was last saved.

import { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import type { Pack } from '../../../../wasm/src/files/storage.ts';
import { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { Arena } from '../../../../wasm/src/memory/arena.ts';
import { Serial } from '../../spec/queue.ts';
import type { Tree } from '../kernel.ts';
import type { Disk, PackWriter } from './disk.ts';
import { FilesTree } from './files-tree.ts';
import { indexOf, mostIndexBytes, newFiles, packOf, readDump, writeDump } from './index-file.ts';

interface Folder {
  readonly files: FileSystem;
  readonly pack: PackWriter;
  /** Contents of all trees that are open go into the pack one after another. */
  readonly turns: Serial;
  readonly storage: Disposable;
  users: number;
  /** The number of changes that the index on disk has. */
  saved: number;
}

export class Folders {
  readonly #disk: Disk;
  readonly #random: (size: number) => Uint8Array;
  readonly #open = new Map<string, Folder>();

  constructor(disk: Disk, random: (size: number) => Uint8Array) {
    this.#disk = disk;
    this.#random = random;
  }

  /** Whether there is a tree of this kind in a folder, or was to become one when the engine ended. */
  has(path: string): boolean {
    return this.#open.has(path) || [indexOf(path), packOf(path)].some((part) => this.#disk.stamp(part) !== undefined);
  }

  /** All trees that are open in one folder are of the same files. Saved at the latest when it is closed. @throws EngineError dataLoss */
  openTree(path: string): Tree {
    const folder = this.#open.get(path) ?? this.#read(path);
    this.#open.set(path, folder);
    folder.users++;
    return new FilesTree({
      space: Namespace.of(folder.files),
      isLayer: true,
      pack: { writer: folder.pack, turns: folder.turns },
      save: (durable) => this.#save(path, folder, durable),
      close: () => this.#close(path, folder),
    });
  }

  #read(path: string): Folder {
    const bytes = this.#disk.read(indexOf(path));
    const pack = this.#disk.appendPack(packOf(path));
    const storage = this.#disk.storage();
    const files = this.#files(bytes, path, storage.openPack(packOf(path)));
    return { files, pack, turns: new Serial(), storage, users: 0, saved: files.changes };
  }

  #files(bytes: Uint8Array | undefined, path: string, pack: Pack): FileSystem {
    if (bytes === undefined) return newFiles(this.#random, pack);
    const { image } = readDump(bytes, indexOf(path));
    return FileSystem.open(Arena.restore(image, { limit: mostIndexBytes, isShared: false }), { pack });
  }

  async #save(path: string, folder: Folder, durable: boolean): Promise<void> {
    if (durable) await folder.pack.sync();
    if (folder.files.changes === folder.saved && !durable) return;
    folder.saved = await writeDump(this.#disk, folder.files, indexOf(path), { durable });
  }

  async #close(path: string, folder: Folder): Promise<void> {
    try {
      if (folder.users === 1) await this.#save(path, folder, false);
    } finally {
      if (--folder.users === 0) {
        this.#open.delete(path);
        folder.pack[Symbol.dispose]();
        folder.storage[Symbol.dispose]();
      }
    }
  }
}
