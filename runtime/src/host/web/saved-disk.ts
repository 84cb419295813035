// Keeps the disk in memory in the browser's storage: every half second, if something has changed, what has changed of it. What is stored is
// the disk as it was at one moment, so that after a reload nothing is by half.

import { DamagedDump, openDump, sealDump, takeDump } from '../../../../wasm/src/files/dump.ts';
import { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { Arena } from '../../../../wasm/src/memory/arena.ts';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import { DiskFiles } from './disk-files.ts';
import { webRandom } from './host.ts';
import { pageBytes, PageStore } from './page-store.ts';

const saveEveryMs = 500;
/** Reserved, not taken. */
const mostBytes = 2 ** 31 - 2 ** 20;

export interface SavedDiskOptions {
  /** Of the store; one engine at a time has it. */
  readonly name: string;
  /** Whether threads are to share it. */
  readonly isShared: boolean;
  readonly logger: Logger;
}

export class SavedDisk implements AsyncDisposable {
  readonly disk: DiskFiles;
  readonly #store: PageStore;
  readonly #logger: Logger;
  /** Sums of the pages as they are stored, two words each. */
  #stored: Int32Array;
  /** Sums begin with it, so that nobody can make two pages of one sum. */
  readonly #seed: number;
  #saved: number;
  #saving: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  /** It was said already. */
  #isFailing = false;

  private constructor(disk: DiskFiles, store: PageStore, logger: Logger) {
    this.disk = disk;
    this.#store = store;
    this.#logger = logger;
    this.#stored = new Int32Array(0);
    this.#seed = seedWord();
    this.#saved = -1;
    this.#later(saveEveryMs);
  }

  /** @throws EngineError dataLoss when what is stored is damaged, unavailable without storage */
  static async open({ name, isShared, logger }: SavedDiskOptions): Promise<SavedDisk> {
    using undo = new DisposableStack();
    const store = undo.use(await PageStore.open(name));
    const stored = await store.load();
    const files = stored === undefined ? newFiles(isShared) : restored(stored, isShared);
    undo.move();
    return new SavedDisk(DiskFiles.ofEngine(files), store, logger);
  }

  /** Resolves when the disk, as it is now or later, is stored. @throws EngineError system when there is no room */
  async save(): Promise<void> {
    const next = this.#saving.catch(() => undefined).then(() => this.#saveNow());
    this.#saving = next;
    await next;
  }

  async #saveNow(): Promise<void> {
    const { files } = this.disk;
    if (files.changes === this.#saved) return;
    const { changes, dump } = this.disk.inside(() => ({ changes: files.changes, dump: takeDump(files) }));
    sealDump(dump);
    const sums = sumsOf(dump, this.#seed);
    const changed = new Map<number, Uint8Array>();
    for (let page = 0; page * pageBytes < dump.length; page++) {
      if (sums[page * 2] === this.#stored[page * 2] && sums[page * 2 + 1] === this.#stored[page * 2 + 1]) continue;
      changed.set(page, dump.slice(page * pageBytes, (page + 1) * pageBytes));
    }
    await this.#store.store(dump.length, changed);
    this.#stored = sums;
    this.#saved = changes;
  }

  /** Saving takes at most a twentieth of the time. */
  #later(ms: number): void {
    this.#timer = setTimeout(() => {
      const start = performance.now();
      this.save()
        .then(
          () => (this.#isFailing = false),
          (error: unknown) => this.#failed(error),
        )
        .finally(() => {
          if (!this.#isClosed) this.#later(Math.max(saveEveryMs, 20 * (performance.now() - start)));
        });
    }, ms);
  }

  /** It is tried again: somebody may make room. */
  #failed(error: unknown): void {
    if (!this.#isFailing) this.#logger.error('images and containers cannot be saved', { error: messageOf(error) });
    this.#isFailing = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.save();
    this.#store[Symbol.dispose]();
  }
}

function newFiles(isShared: boolean): FileSystem {
  return FileSystem.create(Arena.create({ limit: mostBytes, isShared }), seedWord());
}

function restored(stored: Uint8Array<ArrayBuffer>, isShared: boolean): FileSystem {
  try {
    const { image } = openDump(stored);
    return FileSystem.open(Arena.restore(image, { limit: mostBytes, isShared }));
  } catch (error) {
    if (!(error instanceof DamagedDump)) throw error;
    const words = `what the browser has stored of images and containers cannot be used: ${error.message}`;
    throw new EngineError('dataLoss', words, { cause: error });
  }
}

function seedWord(): number {
  const [word = 0] = new Int32Array(Uint8Array.from(webRandom(4)).buffer);
  return word;
}

/** Two sums of 32 bits for each page. */
function sumsOf(dump: Uint8Array, seed: number): Int32Array {
  const words = new Int32Array(dump.buffer, dump.byteOffset, dump.length >> 2);
  const pages = Math.ceil(dump.length / pageBytes);
  const sums = new Int32Array(pages * 2);
  for (let page = 0; page < pages; page++) {
    const end = Math.min(words.length, ((page + 1) * pageBytes) >> 2);
    let [one, two] = [seed, ~seed];
    for (let index = (page * pageBytes) >> 2; index < end; index++) {
      one = Math.imul(one ^ (words[index] ?? 0), 0x01000193);
      one ^= one >>> 15;
      two = Math.imul(two + one, 0x85ebca6b | 0) ^ (two >>> 13);
    }
    sums[page * 2] = one;
    sums[page * 2 + 1] = two;
  }
  return sums;
}
