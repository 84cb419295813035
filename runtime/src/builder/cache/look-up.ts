// The caches that one build asks for a step: the engine's own, then those that the build names. What comes from these stays
// known, but only to builds that name the same: nobody else has said that they trust it.

import type { Host } from '../../host/host.ts';
import { messageOf } from '../../spec/errors.ts';
import type { BuildImages, LayerRef, Snapshot } from '../contract.ts';
import { type AskedCache, cacheName, importCache, type ImportedCache } from './shared/import.ts';
import type { StepCache } from './step-cache.ts';
import type { Works } from '../works.ts';

export interface CacheLookUpDeps {
  readonly host: Pick<Host, 'codec'>;
  readonly images: BuildImages;
  readonly cache: StepCache;
  readonly sources: readonly AskedCache[];
  readonly works: Works;
  readonly signal: AbortSignal;
}

export interface Hit {
  readonly layers: readonly LayerRef[];
  readonly size: number;
  readonly createdAtMs: number;
  /** The cache that had it, where it was not the engine's own. */
  readonly from?: string;
}

export class CacheLookUp {
  readonly #deps: CacheLookUpDeps;
  readonly #names: ReadonlySet<string>;
  #imports: Promise<readonly ImportedCache[]> | undefined;

  constructor(deps: CacheLookUpDeps) {
    this.#deps = deps;
    this.#names = new Set(deps.sources.map(cacheName));
  }

  /** @param description the instruction in one line */
  async find(key: string, below: Snapshot, description: string): Promise<Hit | undefined> {
    const { cache, images, sources } = this.#deps;
    const own = cache.find(key, this.#names);
    if (own !== undefined && (await images.hold(own.layers))) {
      const { layers, size, createdAtMs, origin } = own;
      return { layers, size, createdAtMs, ...(origin === undefined ? {} : { from: origin }) };
    }
    if (sources.length === 0) return undefined;
    for (const imported of await this.#imported()) {
      const hit = await this.#take(imported, key, below, description);
      if (hit !== undefined) return hit;
    }
    return undefined;
  }

  /** As the engine's own. */
  put(made: Parameters<StepCache['put']>[0]): Promise<void> {
    return this.#deps.cache.put(made);
  }

  async #take(imported: ImportedCache, key: string, below: Snapshot, description: string): Promise<Hit | undefined> {
    const { images, cache, signal, works } = this.#deps;
    const known = imported.results.get(key);
    if (known === undefined) return undefined;
    const { layer, createdAtMs } = known;
    const { name } = imported;
    try {
      if (layer !== undefined) await images.takeLayer(below.layers, layer, imported.blob, signal);
    } catch (error) {
      signal.throwIfAborted();
      works.warn(`cache ${name}: the layer of \`${description}\` cannot be used: ${messageOf(error)}`);
      return undefined;
    }
    const layers = layer === undefined ? below.layers : [...below.layers, layer];
    const size = layer === undefined ? 0 : images.layerSize(layers);
    await cache.put({ key, layers, size, createdAtMs, description, origin: name });
    return { layers, size, createdAtMs, from: name };
  }

  #imported(): Promise<readonly ImportedCache[]> {
    this.#imports ??= Promise.all(this.#deps.sources.map((source) => this.#import(source))).then((all) =>
      all.filter((one) => one !== undefined),
    );
    return this.#imports;
  }

  async #import(source: AskedCache): Promise<ImportedCache | undefined> {
    const { images, host, signal, works } = this.#deps;
    const name = cacheName(source);
    try {
      return await works.run(`importing cache from ${name}`, () =>
        importCache({ images, codec: host.codec }, source, signal),
      );
    } catch (error) {
      signal.throwIfAborted();
      works.warn(`cache ${name} cannot be used: ${messageOf(error)}`);
      return undefined;
    }
  }
}
