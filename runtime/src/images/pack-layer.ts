// Layers of ours on their way out: packed where they are not yet, each once for all that one build sends.

import type { Bytes, Compression } from '../host/host.ts';
import { sha256Digest } from '../spec/digest.ts';
import { type Descriptor, mediaTypes } from '../spec/manifest.ts';
import type { OutgoingBlob } from './archive.ts';
import { ociLayerType } from './register.ts';
import { readAhead } from '../content/read-ahead.ts';
import { Slots } from '../spec/slots.ts';
import type { Store } from './store/store.ts';

export type PackedLayer = OutgoingBlob & Pick<Descriptor, 'mediaType'>;

const packedTypes = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
} as const;

/** Node compresses on four threads, which its files need too. */
const atOnce = 3;

/** Disposing stops what is being packed and removes what was. */
export class LayerPacker implements AsyncDisposable {
  readonly #store: Pick<Store, 'host' | 'blobs'>;
  readonly #packed = new Map<string, Promise<PackedLayer>>();
  readonly #held = new AsyncDisposableStack();
  readonly #slots = new Slots(atOnce);
  readonly #ended = new AbortController();

  constructor(store: Pick<Store, 'host' | 'blobs'>) {
    this.#store = store;
  }

  /**
   * A layer that came packed goes out as it came; several are packed at once where all are asked for first. The same bytes give the same bytes, as long as this machine's zlib does.
   * @throws EngineError dataLoss when it is not in the store, or the signal's reason
   */
  pack(
    layer: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>,
    compression: Compression,
    signal: AbortSignal | undefined,
  ): Promise<PackedLayer> {
    const mediaType = ociLayerType(layer.mediaType);
    const { blobs } = this.#store;
    const { digest, size } = layer;
    if (compression === 'none' || mediaType !== mediaTypes.ociLayer) {
      return Promise.resolve({ digest, size, mediaType, open: () => readAhead(blobs.stream(digest)) });
    }
    const name = `${compression} ${digest}`;
    const known = this.#packed.get(name);
    if (known !== undefined) return known;
    const signals = [this.#ended.signal, ...(signal === undefined ? [] : [signal])];
    const packing = this.#compress(() => blobs.stream(digest), compression, AbortSignal.any(signals));
    this.#packed.set(name, packing);
    return packing;
  }

  async #compress(open: () => Bytes, compression: 'gzip' | 'zstd', signal: AbortSignal): Promise<PackedLayer> {
    using _ = await this.#slots.take(signal);
    const { host, blobs } = this.#store;
    const staged = this.#held.use(await blobs.stage());
    const hasher = host.codec.hasher('sha256');
    let size = 0;
    for await (const chunk of host.codec.compress(compression, open())) {
      signal.throwIfAborted();
      hasher.update(chunk);
      size += chunk.length;
      await staged.file.write(chunk);
    }
    await staged.file.close();
    return {
      digest: sha256Digest(hasher.hex()),
      size,
      mediaType: packedTypes[compression],
      open: () => host.files.stream(staged.path),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await Promise.allSettled(this.#packed.values());
    await this.#held.disposeAsync();
  }
}
