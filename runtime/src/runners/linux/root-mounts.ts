// The mounts of containers' roots, counted: a running container, `cp` and `export` share one mount, the last one out unmounts.
// Two overlays over the same upper directory at once would be undefined.

import { MS, type Kernel } from '../../host/kernel.ts';
import type { RootSpec } from '../runner.ts';
import type { RootMountOptions, RootStorages } from './root-storage.ts';
import type { RunFolder } from './run-folder.ts';

interface Held {
  count: number;
  readonly ready: Promise<void>;
  /** Set while the last holder unmounts; who comes meanwhile waits. */
  readonly closing?: Promise<void>;
}

export class RootMounts {
  readonly #storages: RootStorages;
  readonly #held = new Map<string, Held>();

  constructor(storages: RootStorages) {
    this.#storages = storages;
  }

  /** A last holder is cleaning up. Whoever finds false may make the folder and `acquire` in the same breath. */
  isClosing(id: string): boolean {
    return this.#held.get(id)?.closing !== undefined;
  }

  /** Waits for the cleaning up that is under way; another may have begun when it returns. */
  async settled(id: string): Promise<void> {
    await this.#held.get(id)?.closing;
  }

  /**
   * Mounts the root at `folder.root` unless it is; nobody may be closing it. Every call needs one `release`. On failure
   * nothing is held.
   */
  async acquire(root: RootSpec, folder: RunFolder, options: RootMountOptions = {}): Promise<void> {
    const held = this.#held.get(root.id);
    if (held !== undefined) {
      held.count += 1;
      return await held.ready;
    }
    const ready = this.#mount(root, folder, options);
    this.#held.set(root.id, { count: 1, ready });
    try {
      await ready;
    } catch (error) {
      this.#held.delete(root.id);
      throw error;
    }
  }

  /** Takes over a mount that an earlier daemon made. */
  adopt(root: RootSpec): void {
    const held = this.#held.get(root.id);
    if (held === undefined) this.#held.set(root.id, { count: 1, ready: Promise.resolve() });
    else held.count += 1;
  }

  /**
   * Lets go; of the last holder `unmount` is run, before anybody else may mount.
   * @returns false when others still hold the root; `unmount` has not run then
   */
  async release(id: string, unmount: () => Promise<void>): Promise<boolean> {
    const held = this.#held.get(id);
    if (held !== undefined && held.count > 1) {
      held.count -= 1;
      return false;
    }
    const closing = unmount();
    // Who waits for it only wants to know that it is over; the caller hears of a failure.
    const over = closing.catch(() => undefined).then(() => void this.#held.delete(id));
    this.#held.set(id, { count: 0, ready: over, closing: over });
    await closing;
    return true;
  }

  async #mount(root: RootSpec, folder: RunFolder, options: RootMountOptions): Promise<void> {
    folder.makeDirectory(folder.root);
    await this.#storages.of(root).mount(root, folder.root, options);
  }
}

/** Mounts a tmpfs that containers share as /dev/shm. */
export async function mountShm(kernel: Kernel, folder: RunFolder, bytes: number): Promise<void> {
  folder.makeDirectory(folder.shm);
  await kernel.mount({
    source: 'shm',
    target: folder.shm,
    type: 'tmpfs',
    flags: MS.NOSUID | MS.NODEV | MS.NOEXEC,
    data: `mode=1777,size=${bytes}`,
  });
}
