// One container's root while somebody has it open: in memory that threads share, saved when it has changed.

import { sealDump, takeDump } from '../../../../wasm/src/files/dump.ts';
import { FileSystem, word } from '../../../../wasm/src/files/file-system.ts';
import {
  type FilesReference,
  type Storage,
  fileSystemOptions,
  openFiles,
} from '../../../../wasm/src/files/reference.ts';
import { restoreInPieces } from '../../../../wasm/src/files/restore.ts';
import { Arena, canShareMemory } from '../../../../wasm/src/memory/arena.ts';
import { EngineError } from '../../spec/errors.ts';
import { Serial } from '../../spec/queue.ts';
import type { LayeredRoot, LayerSource, OpenLayer } from './contract.ts';
import type { Disk } from './disk.ts';
import { damaged, readDump, seedOf } from './index-file.ts';
import { Breath, inside, patienceMs } from './inside.ts';

/** Contents of files beyond this go to the spill. */
const usualMemoryBytes = 32 * 2 ** 20;
/** Reserved, not taken: names and the like of very many files, pipes, processes. */
const arenaBytes = 2 ** 30;

const dumpOf = (scratch: string): string => `${scratch}/root.dump`;
const spillOf = (scratch: string): string => `${scratch}/root.spill`;

export interface OpenRootOptions {
  readonly disk: Disk;
  readonly layers: LayerSource;
  readonly random: (size: number) => Uint8Array;
  /** That one root may take in memory, names and the like aside, before contents go to its spill. */
  readonly memoryBytes?: number | undefined;
}

interface Made {
  readonly reference: FilesReference;
  readonly files: FileSystem;
  readonly storage: Storage;
  readonly layerIds: string;
  readonly isNew: boolean;
}

export class OpenRoot {
  readonly reference: FilesReference;
  /** For the engine's thread. */
  readonly files: FileSystem;
  readonly storage: Storage;
  readonly #disk: Disk;
  readonly #scratch: string;
  readonly #held: DisposableStack;
  readonly #layerIds: string;
  /** The number of changes of one that was never changed; undefined for one that was. */
  readonly #none: number | undefined;
  readonly #saves = new Serial();
  /** The number of changes that the dump on disk has. */
  #saved: number;
  #isForgotten = false;
  /** What was saved last may be in the host's page cache alone. */
  #isVolatile = false;

  private constructor(disk: Disk, scratch: string, held: DisposableStack, made: Made) {
    this.#disk = disk;
    this.#scratch = scratch;
    this.#held = held;
    this.reference = made.reference;
    this.files = made.files;
    // Threads of programs come in too, and may be ended there.
    this.files.arena.patienceMs = patienceMs;
    this.storage = made.storage;
    this.#layerIds = made.layerIds;
    this.#saved = made.files.changes;
    this.#none = made.isNew ? this.#saved : undefined;
  }

  /** As it was saved, or new. @throws EngineError dataLoss */
  static async open(
    { disk, layers, random, memoryBytes = usualMemoryBytes }: OpenRootOptions,
    { layers: directories, scratch }: LayeredRoot,
    limitBytes: number | undefined,
  ): Promise<OpenRoot> {
    using held = new DisposableStack();
    const opened: OpenLayer[] = [];
    for (const directory of directories) opened.push(held.use(await layers.open(directory)));
    const storage = held.use(disk.storage());
    const reference: FilesReference = {
      memory: Arena.create({ limit: arenaBytes, isShared: canShareMemory }).memory,
      layers: opened.map((layer) => layer.reference),
      spill: spillOf(scratch),
      memoryBytes,
      limitBytes,
      isDumped: true,
    };
    const layerIds = opened.map(({ id }) => id).join(' ');
    const breath = new Breath();
    const dump = disk.read(dumpOf(scratch));
    await breath.take();
    const options = fileSystemOptions(reference, storage);
    if (dump === undefined) {
      if (disk.stamp(spillOf(scratch)) !== undefined) await disk.remove(spillOf(scratch));
      FileSystem.create(Arena.open(reference.memory), seedOf(random), options);
    } else {
      disk.cutSpill(spillOf(scratch), await restore(dump, dumpOf(scratch), reference, layerIds, options));
    }
    return new OpenRoot(disk, scratch, held.move(), {
      reference,
      files: openFiles(reference, storage),
      storage,
      layerIds,
      isNew: dump === undefined,
    });
  }

  /** As `WritableRoot.unchanged`. */
  get unchanged(): string | undefined {
    return this.files.changes === this.#none ? this.#layerIds : undefined;
  }

  get isChanged(): boolean {
    return !this.#isForgotten && !this.files.isBroken && this.files.changes !== this.#saved;
  }

  /** Resolves when all that was changed before is on disk: as far as the host's page cache, or to survive a loss of power too. */
  async save({ durable = false } = {}): Promise<void> {
    await this.#saves.run(() => this.#save(durable));
  }

  async #save(durable: boolean): Promise<void> {
    if (durable && (this.isChanged || this.#isVolatile) && !this.#isForgotten) {
      // What a dump tells of the spill is there before the dump is.
      await this.#disk.sync(this.#scratch);
      this.#isVolatile = false;
    }
    if (!this.isChanged) return;
    const { changes } = this.files;
    const dump = inside(this.files.arena, () => takeDump(this.files, this.#layerIds));
    sealDump(dump);
    await this.#disk.writeAtomic(dumpOf(this.#scratch), dump, { durable });
    this.#isVolatile = !durable;
    inside(this.files.arena, () => this.files.endDump());
    this.#saved = changes;
  }

  /** Nothing is saved from now on; resolves when nothing is being written. */
  async forget(): Promise<void> {
    this.#isForgotten = true;
    await this.#saves.run(() => Promise.resolve());
  }

  close(): void {
    this.#held.dispose();
  }
}

/** A bit at a time: there may be hundreds of thousands of files. @returns blocks of the spill that belong to it */
async function restore(
  bytes: Uint8Array,
  path: string,
  reference: FilesReference,
  layerIds: string,
  options: ReturnType<typeof fileSystemOptions>,
): Promise<number> {
  const breath = new Breath();
  const { image, extra } = readDump(bytes, path);
  await breath.take();
  if (extra !== layerIds) throw new EngineError('dataLoss', `${path}: it is over other layers than those of its image`);
  try {
    const from = Arena.restore(image, { limit: image.length, isShared: false });
    await breath.take();
    const pieces = restoreInPieces(from, Arena.open(reference.memory), options);
    while (pieces.next().done !== true) await breath.take();
    return from.word(word.spilled);
  } catch (error) {
    throw damaged(error, path);
  }
}
