// The image store as one thing: blobs, layers and the catalog, leases that keep half-made images from the collector, and
// the collector itself (mark from images and leases, sweep the rest).

import type { Host } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import type { ChainId, Digest, ImageId } from '../../spec/digest.ts';
import type { Logger } from '../../spec/logger.ts';
import { Blobs } from '../../content/blobs.ts';
import { Catalog, partsOf } from './catalog.ts';
import { Durability } from './durability.ts';
import { InterruptedPulls } from './interrupted.ts';
import { type Layer, Layers } from './layers.ts';
import { PackedDigests } from './packed-digests.ts';
import { Serial } from '../../spec/queue.ts';

/** Keeps what it holds, there or yet to come, until it is disposed; the second time nothing happens. */
export class Lease implements Disposable {
  readonly #counts: Map<string, number>;
  readonly #held = new Set<string>();

  constructor(counts: Map<string, number>) {
    this.#counts = counts;
  }

  hold(...keys: readonly (Digest | ChainId)[]): void {
    for (const key of keys) {
      if (this.#held.has(key)) continue;
      this.#held.add(key);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  [Symbol.dispose](): void {
    for (const key of this.#held) {
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    }
    this.#held.clear();
  }
}

/** Two seconds in all, far more than a worker needs to end. */
const leftoverAttempts = 100;
const leftoverPauseMs = 20;

export class Store {
  readonly host: Host;
  readonly #kernel: Pick<Kernel, 'removeTree' | 'spread'>;
  readonly root: string;
  readonly temporary: string;
  readonly logger: Logger;
  readonly blobs: Blobs;
  readonly layers: Layers;
  readonly catalog: Catalog;
  readonly durability: Durability;
  readonly interrupted: InterruptedPulls;
  readonly packed: PackedDigests;
  readonly #leases = new Map<string, number>();

  constructor(
    doors: { readonly host: Host; readonly kernel: Pick<Kernel, 'removeTree' | 'spread' | 'syncFiles'> },
    root: string,
    options: { readonly logger: Logger; readonly bootId: string },
  ) {
    const { host, kernel } = doors;
    const { logger, bootId } = options;
    this.host = host;
    this.#kernel = doors.kernel;
    this.root = root;
    this.logger = logger;
    this.temporary = `${root}/tmp/images`;
    const serial = new Serial();
    this.blobs = new Blobs(host, root, this.temporary, serial);
    this.layers = new Layers(doors, root, this.temporary, serial, logger);
    this.catalog = new Catalog(host.files, root);
    this.durability = new Durability({ clock: host.clock, kernel, catalog: this.catalog, root, bootId, logger });
    this.packed = new PackedDigests(host, `${root}/packed.json`, this.blobs);
    this.interrupted = new InterruptedPulls({
      files: host.files,
      clock: host.clock,
      logger,
      folder: `${root}/pulls`,
      staging: this.temporary,
      bootId,
      lease: () => this.lease(),
      sweep: () => this.sweep().erased,
    });
  }

  /** Reads what is on disk; throws away temporary files of an earlier run. */
  async load(): Promise<void> {
    await this.host.files.makeDirectory(this.root, { recursive: true, mode: 0o711 });
    await this.catalog.load();
    await this.interrupted.load((id) => this.catalog.state.images.has(id));
    await this.#removeLeftovers();
    await this.host.files.makeDirectory(this.temporary, { recursive: true, mode: 0o700 });
    // A layer keeps its place when it is renamed, so what counts is where it is staged.
    await this.#kernel.spread(this.temporary);
    await Promise.all([this.blobs.load(), this.layers.load(), this.packed.load()]);
  }

  /** A worker of a killed engine may put files there until it notices that nobody is left to serve. */
  async #removeLeftovers(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#kernel.removeTree(this.temporary);
        return;
      } catch (error) {
        if (attempt === leftoverAttempts) throw error;
      }
      await this.host.clock.sleep(leftoverPauseMs);
    }
  }

  lease(): Lease {
    return new Lease(this.#leases);
  }

  sha256(data: Uint8Array | string): string {
    const hasher = this.host.codec.hasher('sha256');
    hasher.update(typeof data === 'string' ? new TextEncoder().encode(data) : data);
    return hasher.hex();
  }

  /** Whether something is among what images need, or held by a lease. */
  isNeeded(key: Digest | ChainId, byImages: ReadonlySet<string>): boolean {
    return byImages.has(key) || this.#leases.has(key);
  }

  /** Bytes of an image's files. */
  sizeOf(chainIds: readonly ChainId[]): number {
    return chainIds.reduce((sum, chainId) => sum + (this.layers.get(chainId)?.size ?? 0), 0);
  }

  /**
   * Removes what no image and no lease needs. What goes is forgotten at once, before the first wait, so that nobody who
   * asks later builds on it; the files follow.
   * @returns the layers removed, and the promise of their removal
   */
  sweep(): { readonly layers: readonly Layer[]; readonly erased: Promise<void> } {
    const needed = new Set<string>(this.#leases.keys());
    for (const image of this.catalog.state.images.values()) for (const part of partsOf(image)) needed.add(part);
    const layers = this.layers.all().filter((layer) => !needed.has(layer.chainId));
    const blobs = this.blobs.all().filter((digest) => !needed.has(digest));
    for (const layer of layers) this.layers.forget(layer.chainId);
    for (const digest of blobs) this.blobs.forget(digest);
    // All get into line at once: whoever makes one of these anew comes after.
    const erased = Promise.all([
      ...layers.map((layer) => this.layers.erase(layer.chainId)),
      ...blobs.map((digest) => this.blobs.erase(digest)),
    ]).then(() => undefined);
    return { layers, erased };
  }

  /** Drops images that were kept for containers only and have none any more, and sweeps if there were any. */
  async collect(isUsed: (id: ImageId) => Promise<boolean>): Promise<void> {
    const unused: ImageId[] = [];
    for (const image of this.catalog.state.images.values()) {
      if (image.removed !== undefined && !(await isUsed(image.id))) unused.push(image.id);
    }
    if (unused.length === 0) return;
    await this.catalog.update(({ images }) => {
      for (const id of unused) if (images.get(id)?.removed !== undefined) images.delete(id);
    });
    await this.sweep().erased;
  }
}
