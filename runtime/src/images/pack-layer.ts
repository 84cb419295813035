// Layers of ours on their way out: packed where they are not yet, each once for all that one build sends.

import type { Bytes, Compression } from '../host/host.ts';
import { type Digest, sha256Digest } from '../spec/digest.ts';
import { EngineError } from '../spec/errors.ts';
import { type Descriptor, mediaTypes } from '../spec/manifest.ts';
import type { OutgoingBlob } from './archive.ts';
import { ociLayerType } from './register.ts';
import { readAhead } from '../content/read-ahead.ts';
import { Slots } from '../spec/slots.ts';
import type { PackedBlob } from './store/packed-digests.ts';
import type { Store } from './store/store.ts';

type PackerStore = Pick<Store, 'host' | 'blobs' | 'packed'>;

export type PackedLayer = OutgoingBlob & Pick<Descriptor, 'mediaType'>;

type Packed = Exclude<Compression, 'none'>;

const packedTypes = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
} as const;

/** Node compresses on four threads, which its files need too. */
const atOnce = 3;

/** Disposing stops what is being packed and removes what was. */
export class LayerPacker implements AsyncDisposable {
  readonly #store: PackerStore;
  readonly #packed = new Map<string, Promise<PackedLayer>>();
  readonly #held = new AsyncDisposableStack();
  readonly #slots = new Slots(atOnce);
  readonly #ended = new AbortController();

  constructor(store: PackerStore) {
    this.#store = store;
  }

  /**
   * A layer that came packed goes out as it came; several are packed at once where all are asked for first. One that was packed before is packed again
   * when somebody reads it only.
   * @throws EngineError dataLoss when it is not in the store, or the signal's reason
   */
  async pack(
    layer: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>,
    compression: Compression,
    signal: AbortSignal | undefined,
  ): Promise<PackedLayer> {
    const mediaType = ociLayerType(layer.mediaType);
    const { blobs } = this.#store;
    const { digest, size } = layer;
    if (compression === 'none' || mediaType !== mediaTypes.ociLayer) {
      return { digest, size, mediaType, open: () => readAhead(blobs.stream(digest)) };
    }
    const remembered = this.#store.packed.get(digest, compression);
    if (remembered === undefined) return await this.#packOnce(digest, compression, signal);
    signal?.throwIfAborted();
    const open = (): Bytes => this.#again(digest, compression, { remembered, signal });
    return { ...remembered, mediaType: packedTypes[compression], open };
  }

  async *#again(
    layer: Digest,
    compression: Packed,
    { remembered, signal }: { readonly remembered: PackedBlob; readonly signal: AbortSignal | undefined },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const packed = await this.#packOnce(layer, compression, signal);
    if (packed.digest !== remembered.digest) {
      throw new EngineError(
        'conflict',
        `layer ${layer} was packed as ${remembered.digest}, now as ${packed.digest}: try again`,
      );
    }
    yield* packed.open();
  }

  #packOnce(layer: Digest, compression: Packed, signal: AbortSignal | undefined): Promise<PackedLayer> {
    const name = `${compression} ${layer}`;
    const known = this.#packed.get(name);
    if (known !== undefined) return known;
    const signals = [this.#ended.signal, ...(signal === undefined ? [] : [signal])];
    const packing = this.#compress(layer, compression, AbortSignal.any(signals));
    this.#packed.set(name, packing);
    return packing;
  }

  async #compress(layer: Digest, compression: Packed, signal: AbortSignal): Promise<PackedLayer> {
    using _ = await this.#slots.take(signal);
    const { host, blobs } = this.#store;
    const staged = this.#held.use(await blobs.stage());
    const hasher = host.codec.hasher('sha256');
    let size = 0;
    for await (const chunk of host.codec.compress(compression, blobs.stream(layer))) {
      signal.throwIfAborted();
      hasher.update(chunk);
      size += chunk.length;
      await staged.file.write(chunk);
    }
    await staged.file.close();
    const packed = { digest: sha256Digest(hasher.hex()), size };
    await this.#store.packed.set(layer, compression, packed);
    return {
      ...packed,
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
