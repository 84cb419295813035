// The overlay mounts of containers' roots, counted: a running container, `cp` and `export` share one mount, the last one
// out unmounts. Two overlays over the same upper directory at once would be undefined.

import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { MS, type Kernel } from '../../host/kernel.ts';
import type { RootSpec } from '../runner.ts';
import type { RootStorage } from './root-storage.ts';
import type { RunFolder } from './run-folder.ts';

export interface RootMountOptions {
  /** Never wait for the disk: for roots that are thrown away at the end. */
  readonly volatile?: boolean;
}

interface Held {
  count: number;
  readonly ready: Promise<void>;
  /** Set while the last holder unmounts; who comes meanwhile waits. */
  readonly closing?: Promise<void>;
}

/** Directory of the writable layer. */
export function upperOf(root: RootSpec): string {
  return `${root.scratch}/diff`;
}

function workOf(root: RootSpec): string {
  return `${root.scratch}/work`;
}

/** Stands below the writable layer of an image without layers: an overlay needs a lower directory. */
function emptyOf(root: RootSpec): string {
  return `${root.scratch}/empty`;
}

/** Makes the empty writable layer; its top has the owner and mode of the image's. Idempotent. */
export function makeUpper(root: RootSpec): void {
  const upper = upperOf(root);
  mkdirSync(upper, { recursive: true, mode: 0o755 });
  mkdirSync(workOf(root), { recursive: true, mode: 0o700 });
  const [top] = root.layers;
  if (top === undefined) {
    mkdirSync(emptyOf(root), { recursive: true, mode: 0o755 });
    return;
  }
  const stat = statSync(top);
  chownSync(upper, stat.uid, stat.gid);
  chmodSync(upper, stat.mode & 0o7777);
}

export class RootMounts {
  readonly #kernel: Kernel;
  readonly #storage: RootStorage;
  readonly #held = new Map<string, Held>();

  constructor(kernel: Kernel, storage: RootStorage) {
    this.#kernel = kernel;
    this.#storage = storage;
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
   * Lets go; the last holder unmounts and then runs `clean` before anybody else may mount.
   * @returns false when others still hold the root; `clean` has not run then
   */
  async release(root: RootSpec, folder: RunFolder, clean: () => Promise<void> | void): Promise<boolean> {
    const held = this.#held.get(root.id);
    if (held !== undefined && held.count > 1) {
      held.count -= 1;
      return false;
    }
    const closing = this.#close(root, folder, clean);
    // Who waits for it only wants to know that it is over; the caller hears of a failure.
    const over = closing.catch(() => undefined).then(() => void this.#held.delete(root.id));
    this.#held.set(root.id, { count: 0, ready: over, closing: over });
    await closing;
    return true;
  }

  async #close(root: RootSpec, folder: RunFolder, clean: () => Promise<void> | void): Promise<void> {
    await this.#kernel.unmount(folder.root, { lazy: true });
    forgetVolatile(workOf(root));
    await clean();
  }

  async #mount(root: RootSpec, folder: RunFolder, options: RootMountOptions): Promise<void> {
    folder.makeDirectory(folder.root);
    forgetVolatile(workOf(root));
    const lowers = root.layers.length === 0 ? [emptyOf(root)] : root.layers;
    const layers = { lowers, upper: upperOf(root), work: workOf(root), volatile: options.volatile === true };
    await this.#storage.mount(layers, folder.root);
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

/** A volatile overlay leaves a mark that forbids the next mount; after an orderly unmount in the same boot it means nothing. */
function forgetVolatile(work: string): void {
  const mark = `${work}/work/incompat/volatile`;
  if (existsSync(mark)) rmSync(`${work}/work/incompat`, { recursive: true, force: true });
}
