// What layers of ours were called when they went out packed. The same bytes are packed to the same bytes by the same zlib: a registry can be
// asked for a layer by its packed name, and one that it has is not packed again.

import type { Codec, Files } from '../../host/host.ts';
import { type Digest, isDigest } from '../../spec/digest.ts';
import { isObject } from '../../spec/manifest.ts';
import { Serial } from '../../spec/queue.ts';

export interface PackedBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

type Compressed = 'gzip' | 'zstd';

export class PackedDigests {
  readonly #files: Files;
  readonly #path: string;
  readonly #packing: string | undefined;
  readonly #blobs: { has(digest: Digest): boolean };
  readonly #known = new Map<string, PackedBlob>();
  readonly #writes = new Serial();

  /** @param blobs what is forgotten there is forgotten here */
  constructor(
    { files, codec }: { readonly files: Files; readonly codec: Codec },
    path: string,
    blobs: { has(digest: Digest): boolean },
  ) {
    this.#files = files;
    this.#path = path;
    this.#packing = codec.packing;
    this.#blobs = blobs;
  }

  /** What cannot be read, or was packed by another zlib, is not known. */
  async load(): Promise<void> {
    if ((await this.#files.stat(this.#path)) === undefined) return;
    const document = parse(await this.#files.readText(this.#path));
    if (!isObject(document) || document['packing'] !== this.#packing || !isObject(document['layers'])) return;
    for (const [key, value] of Object.entries(document['layers'])) {
      if (isObject(value) && isDigest(value['digest']) && Number.isSafeInteger(value['size'])) {
        this.#known.set(key, { digest: value['digest'], size: Number(value['size']) });
      }
    }
  }

  get(layer: Digest, compression: Compressed): PackedBlob | undefined {
    return this.#known.get(keyOf(layer, compression));
  }

  /** Remembers how it was packed last. */
  async set(layer: Digest, compression: Compressed, packed: PackedBlob): Promise<void> {
    if (this.#packing === undefined) return;
    this.#known.set(keyOf(layer, compression), packed);
    await this.#writes.run(async () => this.#write());
  }

  async #write(): Promise<void> {
    for (const key of this.#known.keys()) {
      const layer = key.slice(key.indexOf(' ') + 1);
      if (isDigest(layer) && !this.#blobs.has(layer)) this.#known.delete(key);
    }
    const text = JSON.stringify({ packing: this.#packing, layers: Object.fromEntries(this.#known) });
    await this.#files.writeAtomic(this.#path, text, { durable: false });
  }
}

function keyOf(layer: Digest, compression: Compressed): string {
  return `${compression} ${layer}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Cut short by a crash: layers are packed once more.
    return undefined;
  }
}
