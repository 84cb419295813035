// Lets nobody wait for the disk, and no image be named for longer than a moment that a power cut would take. An image is
// recorded together with the start of the machine (`bootId`) in which its parts were written; when the disk has them, the mark
// goes. Whoever finds a mark of an earlier start knows that the machine went down before, and believes none of it.

import type { Clock } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import type { ImageId } from '../../spec/digest.ts';
import type { Logger } from '../../spec/logger.ts';
import type { Catalog, ImageRecord } from './catalog.ts';

/** Images that come one after the other are synced together. */
const pauseMs = 1000;

export interface DurabilityParts {
  readonly clock: Clock;
  readonly kernel: Pick<Kernel, 'syncFiles'>;
  readonly catalog: Catalog;
  /** A folder on the file system of the store. */
  readonly root: string;
  readonly bootId: string;
  readonly logger: Logger;
}

export class Durability {
  readonly #parts: DurabilityParts;
  /** Images written since the last sync began. */
  readonly #pending = new Set<ImageId>();
  #work: Promise<void> | undefined;
  #hurry = new AbortController();

  constructor(parts: DurabilityParts) {
    this.#parts = parts;
  }

  /** The mark of an image whose parts have just been written. */
  get mark(): string {
    return this.#parts.bootId;
  }

  /** The machine went down before the image was on disk. */
  isLost(image: ImageRecord): boolean {
    return image.unsynced !== undefined && image.unsynced !== this.#parts.bootId;
  }

  /** Has the parts of a marked image brought to disk, and then its mark taken away, in the background. */
  add(id: ImageId): void {
    this.#pending.add(id);
    this.#work ??= this.#run();
  }

  /** Resolves when nothing is left to be brought to disk, without a pause. */
  async settle(): Promise<void> {
    this.#hurry.abort();
    await this.#work;
    this.#hurry = new AbortController();
  }

  async #run(): Promise<void> {
    while (this.#pending.size > 0) {
      // Ends early, by a rejection, for who is in a hurry.
      await this.#parts.clock.sleep(pauseMs, { signal: this.#hurry.signal, ref: false }).catch(() => undefined);
      if (!(await this.#sync())) break;
    }
    // Without a wait since the last look at what is pending: nothing is added unseen.
    this.#work = undefined;
  }

  /** @returns false when the disk failed; what was to be synced is pending again */
  async #sync(): Promise<boolean> {
    const { kernel, root, logger } = this.#parts;
    const batch = [...this.#pending];
    this.#pending.clear();
    try {
      await kernel.syncFiles(root);
      await this.#unmark(batch);
      return true;
    } catch (error) {
      for (const id of batch) this.#pending.add(id);
      logger.error('images could not be brought to disk; tried again with the next one', { root, error });
      return false;
    }
  }

  async #unmark(batch: readonly ImageId[]): Promise<void> {
    await this.#parts.catalog.update(({ images }) => {
      for (const id of batch) {
        const image = images.get(id);
        // One that was removed and written anew meanwhile waits for the next sync.
        if (image === undefined || this.#pending.has(id)) continue;
        const { unsynced: _, ...synced } = image;
        images.set(id, synced);
      }
    });
  }
}
