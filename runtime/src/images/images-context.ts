// What every verb of this room works with: the deps, the store, configs read once.

import type { Kernel } from '../host/kernel.ts';
import type { ImageId } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import type { OciImageConfig } from '../spec/oci.ts';
import { KeyedQueue } from '../spec/queue.ts';
import { parseImageConfig } from './config.ts';
import type { ImagesDeps } from './deps.ts';
import type { ImageRecord } from './store/catalog.ts';
import type { Store } from './store/store.ts';

const cachedConfigs = 256;

export class ImagesContext {
  readonly deps: ImagesDeps;
  readonly store: Store;
  readonly #configs = new Map<ImageId, OciImageConfig>();
  readonly #queue = new KeyedQueue();

  constructor(deps: ImagesDeps, store: Store) {
    this.deps = deps;
    this.store = store;
  }

  get kernel(): Pick<Kernel, 'openTree' | 'rights'> {
    return this.deps.kernel;
  }

  /** @throws EngineError dataLoss when the blob is gone */
  async config(image: ImageRecord): Promise<OciImageConfig> {
    const cached = this.#configs.get(image.id);
    if (cached !== undefined) return cached;
    const config = parseImageConfig(await this.store.blobs.read(image.id));
    const [oldest] = this.#configs.keys();
    if (this.#configs.size >= cachedConfigs && oldest !== undefined) this.#configs.delete(oldest);
    this.#configs.set(image.id, config);
    return config;
  }

  /** Runs actions with the same key one after the other. */
  exclusive<T>(key: string, action: () => Promise<T>): Promise<T> {
    return this.#queue.run(key, action);
  }

  /** Layer directories, top first. */
  directories(image: ImageRecord): readonly string[] {
    return image.layers.map((layer) => this.store.layers.diffPath(layer.chainId)).reverse();
  }

  sizeOf(image: ImageRecord): number {
    return this.store.sizeOf(image.layers.map((layer) => layer.chainId));
  }

  /** Tells what happened to an image; its labels are attributes, `name` is how it was called. */
  publish(action: string, id: string, name: string, labels: Readonly<Record<string, string>> | null): void {
    this.deps.events.publish('image', action, { id, attributes: { ...labels, name } });
  }

  async isUsed(id: ImageId): Promise<boolean> {
    return (await this.deps.usersOfImage(id)).length > 0;
  }

  /** @throws EngineError system, with the words of moby, when a stack is deeper than overlayfs takes */
  checkDepth(layers: number): void {
    if (layers > 127) throw new EngineError('system', 'max depth exceeded');
  }
}
