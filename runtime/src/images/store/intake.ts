// The side of a layer's pass that faces the network: size, hash, file.

import type { Bytes, Compression, Hasher, Host } from '../../host/host.ts';
import { type DiffId, type Digest, algorithmOf, sha256Digest } from '../../spec/digest.ts';
import { EngineError } from '../../spec/errors.ts';
import { blockSize } from '../../spec/tar/header.ts';
import { concat } from '../../spec/bytes.ts';
import { type Filling, isFilling } from '../../spec/stream/arriving.ts';
import type { StagedBlob } from '../../content/blobs.ts';
import { readAhead } from '../../content/read-ahead.ts';
import { compressionOf } from '../../host/decompress.ts';
import { StoredBlocks } from './stored-blocks.ts';
import { WriteBehind } from '../../content/write-behind.ts';

export interface Expected {
  readonly digest?: Digest;
  readonly size?: number;
  readonly diffId?: DiffId;
}

export interface IntakeOptions {
  readonly expected?: Expected;
  readonly signal?: AbortSignal;
  /** Bytes received so far. */
  readonly progress?: (received: number) => void;
  /** Called once all bytes are here, while the last of them are still being unpacked. */
  readonly received?: () => void;
}

/** Gives each byte once, after it was counted, hashed and (with a blob) written down or on its way there. */
export class Intake {
  #source: AsyncIterator<Uint8Array>;
  /** The source, where it can do that. */
  #filling: Filling | undefined;
  readonly #blob: StagedBlob | undefined;
  readonly #out: WriteBehind | undefined;
  readonly #options: IntakeOptions;
  readonly #hasher: Hasher;
  readonly #check: Hasher | undefined;
  #head: Uint8Array | undefined;
  #ended = false;
  size = 0;
  compression: Compression = 'none';
  /** Known after `finish`. */
  sha256: Digest = sha256Digest('');
  /** By the algorithm that was expected. */
  digest: Digest = sha256Digest('');
  #finished = false;

  constructor(host: Host, source: Bytes, blob: StagedBlob | undefined, options: IntakeOptions) {
    const iterator = source[Symbol.asyncIterator]();
    this.#filling = isFilling(iterator) ? iterator : undefined;
    this.#source = this.#filling ?? aheadOf(iterator);
    this.#blob = blob;
    this.#out = blob === undefined ? undefined : new WriteBehind(blob.file);
    this.#options = options;
    this.#hasher = host.codec.hasher('sha256');
    const expected = options.expected?.digest;
    this.#check =
      expected !== undefined && algorithmOf(expected) === 'sha512' ? host.codec.hasher('sha512') : undefined;
  }

  /** Takes the first bytes and looks at them; they are given, and written down, with the others. */
  async sniff(): Promise<Uint8Array> {
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < blockSize) {
      const more = await this.#take();
      if (more === undefined) break;
      head = head.length === 0 ? more : concat([head, more]);
    }
    this.compression = compressionOf(head);
    this.#head = head;
    return head;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#filling !== undefined) this.#source = aheadOf(this.#filling);
    this.#filling = undefined;
    for await (const chunk of this.#chunks()) {
      await this.#out?.write(chunk);
      yield chunk;
    }
  }

  /** The same in place of `bytes`, to be read to its end: blocks that are good until the next is asked for, and the file that has them
   * then. */
  stored({ path, file }: StagedBlob): { readonly file: StoredBlocks; readonly bytes: Bytes } {
    const blocks = new StoredBlocks(path, file);
    return { file: blocks, bytes: blocks.through((memory) => this.#fill(memory)) };
  }

  async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const head = this.#head;
    this.#head = undefined;
    if (head !== undefined) yield head;
    for (let chunk = await this.#take(); chunk !== undefined; chunk = await this.#take()) yield chunk;
  }

  async #take(): Promise<Uint8Array | undefined> {
    this.#options.signal?.throwIfAborted();
    const next = await this.#source.next();
    if (next.done === true) {
      this.#end();
      return undefined;
    }
    this.#hash(next.value);
    this.#count(next.value.length);
    return next.value;
  }

  /** Less than asked for only at the end. */
  async #fill(memory: Uint8Array): Promise<number> {
    let used = 0;
    while (used < memory.length) {
      if (this.#head !== undefined) {
        const part = this.#head.subarray(0, memory.length - used);
        memory.set(part, used);
        used += part.length;
        this.#head = part.length < this.#head.length ? this.#head.subarray(part.length) : undefined;
      } else if (this.#filling === undefined) {
        this.#head = await this.#take();
        if (this.#head === undefined) break;
      } else {
        this.#options.signal?.throwIfAborted();
        const rest = memory.subarray(used);
        const size = await this.#filling.fill(rest, this.#hash);
        this.#count(size);
        if (size < rest.length) this.#end();
        return used + size;
      }
    }
    return used;
  }

  readonly #hash = (bytes: Uint8Array): void => {
    this.#hasher.update(bytes);
    this.#check?.update(bytes);
  };

  #count(size: number): void {
    this.size += size;
    const limit = this.#options.expected?.size;
    if (limit !== undefined && this.size > limit) throw wrongSize(limit, this.size);
    this.#options.progress?.(this.size);
  }

  #end(): void {
    this.#ended = true;
    this.#options.received?.();
  }

  /** Takes what nobody asked for, closes the file and checks what was expected. The second time nothing happens. */
  async finish(): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    for await (const chunk of this.#chunks()) await this.#out?.write(chunk);
    await this.#out?.flush();
    await this.#blob?.file.close();
    this.sha256 = sha256Digest(this.#hasher.hex());
    this.digest = this.sha256;
    const expected = this.#options.expected ?? {};
    if (expected.size !== undefined && expected.size !== this.size) throw wrongSize(expected.size, this.size);
    if (expected.digest === undefined) return;
    const got = this.#check === undefined ? this.digest : (`sha512:${this.#check.hex()}` as Digest);
    if (got !== expected.digest) {
      throw new EngineError('invalidParameter', `filesystem layer verification failed for digest ${expected.digest}`);
    }
    this.digest = got;
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#out?.settle();
    if (!this.#ended) await this.#source.return?.();
    this.#ended = true;
  }
}

function aheadOf(source: AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> {
  return readAhead({ [Symbol.asyncIterator]: () => source });
}

function wrongSize(expected: number, got: number): EngineError {
  return new EngineError('invalidParameter', `filesystem layer verification failed: size is ${got}, not ${expected}`);
}
