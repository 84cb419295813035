// Layers in memory that threads share, each once however many containers stand on it.

import type { LayerReference } from '../../../../wasm/src/files/reference.ts';
import { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { Arena, canShareMemory } from '../../../../wasm/src/memory/arena.ts';
import { EngineError } from '../../spec/errors.ts';
import { Serial } from '../../spec/queue.ts';
import type { Kernel } from '../kernel.ts';
import type { LayerSource, OpenLayer } from './contract.ts';
import type { Disk } from './disk.ts';
import { FilesTree } from './files-tree.ts';
import { indexOf, newFiles, packOf, readDump, writeDump } from './index-file.ts';

/** Bytes of layers that nobody has open, which are kept for the next. */
const mostIdleBytes = 256 * 2 ** 20;

interface Held {
  readonly reference: LayerReference;
  readonly id: string;
  /** Of the index that it was read from. */
  readonly stamp: string;
  readonly bytes: number;
  holders: number;
}

export interface LayersOptions {
  readonly disk: Disk;
  readonly kernel: Pick<Kernel, 'openTree'>;
  readonly random: (size: number) => Uint8Array;
}

/** Of a folder that has no index of its own, one is made beside it. */
export class Layers implements LayerSource {
  readonly #options: LayersOptions;
  /** By directory; who came last is the last. */
  readonly #held = new Map<string, Held>();
  readonly #making = new Map<string, Promise<void>>();

  constructor(options: LayersOptions) {
    this.#options = options;
  }

  async open(directory: string): Promise<OpenLayer> {
    const { disk } = this.#options;
    const own = disk.stamp(indexOf(directory));
    const place = own === undefined ? `${directory}.wasm` : directory;
    let stamp = own ?? disk.stamp(indexOf(place));
    if (stamp === undefined) {
      await this.#makeOnce(directory, place);
      stamp = disk.stamp(indexOf(place));
    }
    if (stamp === undefined) throw new EngineError('notFound', `${directory}: no such layer`);
    const known = this.#held.get(place);
    const held = known?.stamp === stamp ? known : this.#read(place, stamp);
    this.#held.delete(place);
    this.#held.set(place, held);
    held.holders++;
    return this.#opened(held);
  }

  #opened(held: Held): OpenLayer {
    let isOpen = true;
    return {
      reference: held.reference,
      id: held.id,
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        held.holders--;
        this.#forgetIdle();
      },
    };
  }

  #forgetIdle(): void {
    const idle = [...this.#held].filter(([, { holders }]) => holders === 0);
    let bytes = idle.reduce((sum, [, held]) => sum + held.bytes, 0);
    for (const [place, held] of idle) {
      if (bytes <= mostIdleBytes) return;
      this.#held.delete(place);
      bytes -= held.bytes;
    }
  }

  #read(place: string, stamp: string): Held {
    const bytes = this.#options.disk.read(indexOf(place));
    if (bytes === undefined) throw new EngineError('notFound', `${place}: no such layer`);
    const { image, id } = readDump(bytes, indexOf(place));
    const arena = Arena.restore(image, { limit: image.length, isShared: canShareMemory });
    return { reference: { memory: arena.memory, pack: packOf(place) }, id, stamp, bytes: image.length, holders: 0 };
  }

  async #makeOnce(directory: string, place: string): Promise<void> {
    let making = this.#making.get(place);
    if (making === undefined) {
      making = this.#make(directory, place).finally(() => this.#making.delete(place));
      this.#making.set(place, making);
    }
    await making;
  }

  /** Walks the folder once; the pack first, the index last. */
  async #make(directory: string, place: string): Promise<void> {
    const { disk, kernel, random } = this.#options;
    await disk.remove(place);
    disk.makeDirectory(place);
    using pack = disk.appendPack(packOf(place));
    using storage = disk.storage();
    const files = newFiles(random, storage.openPack(packOf(place)));
    await using target = new FilesTree({
      space: Namespace.of(files),
      isLayer: true,
      pack: { writer: pack, turns: new Serial() },
      save: async () => {},
      close: async () => {},
    });
    await using source = await kernel.openTree({ root: directory });
    for await (const { content, ...entry } of source.walk('')) await target.put(entry, content);
    await target.flush();
    await writeDump(disk, files, indexOf(place), { durable: false });
  }
}
