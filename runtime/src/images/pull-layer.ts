// The layers of one pull: what is here already, what must be fetched, what only has to be unpacked once more.

import type { Wait } from '../registry/patience.ts';
import type { Repository } from '../registry/registry.ts';
import { hexOf } from '../spec/digest.ts';
import { shortId } from '../spec/ids.ts';
import type { ImagesContext } from './images-context.ts';
import { type Emit, layerProgress, layerStatus, limitStatus, throttled } from './progress.ts';
import type { LayerBlob } from './store/catalog.ts';
import { ingestLayer } from './store/ingest.ts';

const progressIntervalMs = 100;

export class LayerPull {
  readonly #context: ImagesContext;
  readonly #repository: Pick<Repository, 'blob'>;
  readonly #emit: Emit;
  readonly #signal: AbortSignal;

  constructor(context: ImagesContext, repository: Pick<Repository, 'blob'>, emit: Emit, signal: AbortSignal) {
    this.#context = context;
    this.#repository = repository;
    this.#emit = emit;
    this.#signal = signal;
  }

  /**
   * Brings all layers into the store, `parallel` at a time, bottom first; the first failure stops the others. The caller
   * holds a lease on them.
   */
  async all(layers: readonly LayerBlob[], parallel: number): Promise<void> {
    const missing: LayerBlob[] = [];
    for (const layer of layers) {
      if (this.#isHere(layer)) this.#say(layer, 'Already exists');
      else {
        this.#say(layer, 'Pulling fs layer');
        missing.push(layer);
      }
    }
    for (const layer of missing.slice(parallel)) this.#say(layer, 'Waiting');
    const failed = new AbortController();
    const signal = AbortSignal.any([this.#signal, failed.signal]);
    const queue = [...missing];
    const work = async (): Promise<void> => {
      for (let layer = queue.shift(); layer !== undefined; layer = queue.shift()) {
        signal.throwIfAborted();
        const next = layer;
        // Two pulls of one blob, or a layer that occurs twice in one image: one after the other, the second finds it.
        await this.#context.exclusive(next.digest, () => this.#one(next, signal));
      }
    };
    const workers = Array.from({ length: Math.min(parallel, missing.length) }, () =>
      work().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    // All must have let go of their files before the caller cleans up; the first failure is the reason of the others.
    await Promise.allSettled(workers);
    if (failed.signal.aborted) throw failed.signal.reason;
  }

  #isHere(layer: LayerBlob): boolean {
    const { blobs, layers } = this.#context.store;
    return blobs.has(layer.digest) && layers.get(layer.chainId) !== undefined;
  }

  async #one(layer: LayerBlob, signal: AbortSignal): Promise<void> {
    const { store, kernel, deps } = this.#context;
    const hasBlob = store.blobs.has(layer.digest);
    const hasFiles = store.layers.get(layer.chainId) !== undefined;
    if (!(hasBlob && hasFiles)) {
      const id = shortId(hexOf(layer.digest));
      const onWait = (wait: Wait): void => {
        if (wait.limitedBy !== undefined) this.#emit({ status: limitStatus(wait) });
        this.#say(layer, `Retrying in ${wait.seconds} second${wait.seconds === 1 ? '' : 's'}`);
      };
      const descriptor = { digest: layer.digest, size: layer.size, mediaType: layer.mediaType };
      await using beginning = hasBlob ? undefined : store.interrupted.beginning(layer.digest);
      const source = hasBlob
        ? store.blobs.stream(layer.digest)
        : this.#repository.blob(descriptor, { signal, onWait }, beginning?.bytes);
      const report = throttled(
        progressIntervalMs,
        () => deps.host.clock.now(),
        (received: number) => this.#emit(layerProgress(id, 'Downloading', received, layer.size)),
      );
      await using arrival = await ingestLayer(store, kernel, source, {
        expected: { digest: layer.digest, size: layer.size, ...(hasFiles ? {} : { diffId: layer.diffId }) },
        mode: hasBlob ? 'unpack' : hasFiles ? 'blob' : 'both',
        signal,
        progress: hasBlob ? () => undefined : report,
        received: () => {
          this.#say(layer, 'Verifying Checksum');
          this.#say(layer, 'Download complete');
        },
      });
      if (!hasFiles) this.#emit(layerProgress(id, 'Extracting', layer.size, layer.size));
      await arrival.commitBlob();
      if (!hasFiles) await arrival.commitLayer(layer.chainId);
    }
    this.#say(layer, 'Pull complete');
  }

  #say(layer: LayerBlob, status: string): void {
    this.#emit(layerStatus(shortId(hexOf(layer.digest)), status));
  }
}
