// Unpacked layers, each once, by chain id: `layers/<first 20 hex>/diff` is what overlayfs mounts, `layer.json` beside it
// says what it is. A layer appears by rename, whole, or not at all.

import type { Files, Host } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import type { ChainId, DiffId } from '../../spec/digest.ts';
import { hexOf, isDigest } from '../../spec/digest.ts';
import { EngineError } from '../../spec/errors.ts';
import { randomId } from '../../spec/ids.ts';
import type { Logger } from '../../spec/logger.ts';
import { isObject } from '../../spec/manifest.ts';
import { Serial } from '../../spec/queue.ts';
import { initLayerName, makeInitLayer } from './init-layer.ts';

export interface Layer {
  readonly chainId: ChainId;
  readonly diffId: DiffId;
  /** Sum of the sizes of its files. */
  readonly size: number;
}

/** A directory on its way to become a layer; disposing removes it unless it was committed. */
export interface StagedLayer extends AsyncDisposable {
  readonly path: string;
  /** Where the files go. */
  readonly diff: string;
}

export class Layers {
  readonly #files: Files;
  readonly #random: Host['random'];
  readonly #kernel: Pick<Kernel, 'removeTree'>;
  readonly #root: string;
  readonly #temporary: string;
  readonly #serial: Serial;
  readonly #logger: Logger;
  readonly #known = new Map<ChainId, Layer>();
  /** Removing files is slow: one tree at a time, and nobody waits in the line of renames for it. */
  readonly #removals = new Serial();
  #init: Promise<string> | undefined;
  #count = 0;

  constructor(
    { host, kernel }: { readonly host: Host; readonly kernel: Pick<Kernel, 'removeTree'> },
    root: string,
    temporary: string,
    serial: Serial,
    logger: Logger,
  ) {
    this.#files = host.files;
    this.#random = (size) => host.random(size);
    this.#kernel = kernel;
    this.#root = `${root}/layers`;
    this.#temporary = temporary;
    this.#serial = serial;
    this.#logger = logger;
  }

  /** Reads every `layer.json`; a directory without a sound one is removed. */
  async load(): Promise<void> {
    await this.#files.makeDirectory(this.#root, { recursive: true, mode: 0o711 });
    const names = (await this.#files.list(this.#root)).filter((name) => name !== initLayerName);
    await Promise.all(names.map((name) => this.#loadOne(name)));
  }

  async #loadOne(name: string): Promise<void> {
    const path = `${this.#root}/${name}`;
    const layer = await this.#read(path);
    if (layer !== undefined && directoryName(layer.chainId) === name) {
      this.#known.set(layer.chainId, layer);
      return;
    }
    this.#logger.warn('removing a directory that is no layer', { path });
    await this.#kernel.removeTree(path);
  }

  async #read(path: string): Promise<Layer | undefined> {
    const document = `${path}/layer.json`;
    if ((await this.#files.stat(document)) === undefined) return undefined;
    if ((await this.#files.stat(`${path}/diff`))?.kind !== 'directory') return undefined;
    let value: unknown;
    try {
      value = JSON.parse(await this.#files.readText(document));
    } catch (error) {
      this.#logger.warn('damaged layer document', { path: document, error });
      return undefined;
    }
    if (!isObject(value)) return undefined;
    const { chainId, diffId, size } = value;
    if (!isDigest(chainId) || !isDigest(diffId) || typeof size !== 'number') return undefined;
    return { chainId: chainId as string as ChainId, diffId: diffId as string as DiffId, size };
  }

  get(chainId: ChainId): Layer | undefined {
    return this.#known.get(chainId);
  }

  all(): readonly Layer[] {
    return [...this.#known.values()];
  }

  diffPath(chainId: ChainId): string {
    return `${this.#root}/${directoryName(chainId)}/diff`;
  }

  /** The directory that lies below all layers of a container; made when it is asked for first. */
  async init(): Promise<string> {
    this.#init ??= makeInitLayer(this.#files, this.#root);
    try {
      return await this.#init;
    } catch (error) {
      this.#init = undefined;
      throw error;
    }
  }

  async stage(): Promise<StagedLayer> {
    // The file system spreads these by their names: a counter would begin at the same place with every start.
    const path = `${this.#temporary}/layer-${randomId(this.#random).slice(0, 16)}`;
    const diff = `${path}/diff`;
    await this.#files.makeDirectory(diff, { recursive: true, mode: 0o755 });
    const kernel = this.#kernel;
    return { path, diff, [Symbol.asyncDispose]: () => kernel.removeTree(path) };
  }

  /** Makes the staged directory the layer, unless it is there already. */
  async commit(staged: StagedLayer, layer: Layer): Promise<void> {
    if (this.#known.has(layer.chainId)) return;
    await this.#files.writeAtomic(`${staged.path}/layer.json`, JSON.stringify(layer), { durable: false });
    await this.#serial.run(async () => {
      if (this.#known.has(layer.chainId)) return;
      const target = `${this.#root}/${directoryName(layer.chainId)}`;
      if ((await this.#files.stat(target)) !== undefined) {
        throw new EngineError('dataLoss', `${target} is taken by another layer than ${layer.chainId}`);
      }
      await this.#files.rename(staged.path, target);
      this.#known.set(layer.chainId, layer);
    });
  }

  /** From now on the layer is not there; `erase` removes its files. */
  forget(chainId: ChainId): void {
    this.#known.delete(chainId);
  }

  /** Removes a forgotten layer, unless it has come back. Its place is free as soon as what is in line before is done. */
  async erase(chainId: ChainId): Promise<void> {
    const trash = `${this.#temporary}/trash-${++this.#count}`;
    await this.#serial.run(async () => {
      const path = `${this.#root}/${directoryName(chainId)}`;
      if (this.#known.has(chainId) || (await this.#files.stat(path)) === undefined) return;
      await this.#files.rename(path, trash);
    });
    await this.#removals.run(() => this.#kernel.removeTree(trash));
  }
}

/** Short, since the options of an overlay mount name every layer and must fit one page. */
export function directoryName(chainId: ChainId): string {
  return hexOf(chainId).slice(0, 20);
}
