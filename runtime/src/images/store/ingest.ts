// One pass over a layer as it arrives: count and hash it, write it down as it came, decompress, hash again, unpack.
// Nothing is kept in memory, and nothing is visible before `commit`.

import type { Bytes, Compression, Hasher, Host } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import { type ChainId, type DiffId, type Digest, algorithmOf, sha256Digest } from '../../spec/digest.ts';
import { EngineError } from '../../spec/errors.ts';
import { concat } from '../../spec/tar/pax.ts';
import { unpackLayer } from '../unpack.ts';
import type { StagedBlob } from './blobs.ts';
import type { StagedLayer } from './layers.ts';
import type { Store } from './store.ts';

export interface Expected {
  readonly digest?: Digest;
  readonly size?: number;
  readonly diffId?: DiffId;
}

export interface IngestOptions {
  readonly expected?: Expected;
  readonly signal?: AbortSignal;
  /** Bytes received so far. */
  readonly progress?: (received: number) => void;
  /** Keep what came, but do not unpack. */
  readonly blobOnly?: boolean;
}

/** A layer that has arrived whole and verified. Disposing throws away what was not committed. */
export interface Arrival extends AsyncDisposable {
  readonly digest: Digest;
  readonly blobSize: number;
  readonly compression: Compression;
  /** Absent with `blobOnly`. */
  readonly unpacked?: { readonly diffId: DiffId; readonly size: number };
  commitBlob(): Promise<void>;
  /** Not with `blobOnly`. */
  commitLayer(chainId: ChainId): Promise<void>;
}

/**
 * @throws EngineError invalidParameter when digest, size or diff id are not as expected or the archive is damaged;
 * system `no space left on device`
 */
export async function ingestLayer(
  store: Store,
  kernel: Pick<Kernel, 'openTree'>,
  source: Bytes,
  options: IngestOptions = {},
): Promise<Arrival> {
  await using undo = new AsyncDisposableStack();
  const blob = undo.use(await store.blobs.stage());
  const staged = options.blobOnly === true ? undefined : undo.use(await store.layers.stage());
  const intake = new Intake(store.host, source, blob, options);
  undo.defer(() => intake.close());
  const unpacked = staged === undefined ? undefined : await unpack(store, kernel, intake, staged, options);
  await intake.finish();
  const kept = undo.move();
  return {
    digest: intake.digest,
    blobSize: intake.size,
    compression: intake.compression,
    ...(unpacked === undefined ? {} : { unpacked }),
    commitBlob: () => store.blobs.commit(blob, intake.digest),
    async commitLayer(chainId) {
      if (staged === undefined || unpacked === undefined) throw new EngineError('system', 'layer was not unpacked');
      await store.layers.commit(staged, { chainId, ...unpacked });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function unpack(
  store: Store,
  kernel: Pick<Kernel, 'openTree'>,
  intake: Intake,
  staged: StagedLayer,
  options: IngestOptions,
): Promise<{ diffId: DiffId; size: number }> {
  const hasher = store.host.codec.hasher('sha256');
  const tar = hashed(store.host.codec.decompress(await intake.sniff(), intake.bytes()), hasher);
  const { size } = await unpackLayer(kernel, staged.diff, tar, {
    reserve: spaceGuard(store),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const diffId = sha256Digest(hasher.hex()) as string as DiffId;
  const wanted = options.expected?.diffId;
  if (wanted !== undefined && wanted !== diffId) {
    throw new EngineError('invalidParameter', `wrong diff id calculated on extraction: ${diffId} (expected ${wanted})`);
  }
  return { diffId, size };
}

async function* hashed(input: Bytes, hasher: Hasher): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of input) {
    hasher.update(chunk);
    yield chunk;
  }
}

/** The side of the pass that faces the network: hash, size, file. */
class Intake {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #blob: StagedBlob;
  readonly #options: IngestOptions;
  readonly #hasher: Hasher;
  readonly #check: Hasher | undefined;
  #head: Uint8Array | undefined;
  #pending: Promise<void> = Promise.resolve();
  #ended = false;
  size = 0;
  compression: Compression = 'none';
  digest: Digest = sha256Digest('');

  constructor(host: Host, source: Bytes, blob: StagedBlob, options: IngestOptions) {
    this.#source = source[Symbol.asyncIterator]();
    this.#blob = blob;
    this.#options = options;
    this.#hasher = host.codec.hasher('sha256');
    const expected = options.expected?.digest;
    this.#check =
      expected !== undefined && algorithmOf(expected) === 'sha512' ? host.codec.hasher('sha512') : undefined;
  }

  /** Takes the first chunk and looks at it; `bytes` gives it first. */
  async sniff(): Promise<Compression> {
    this.#head = await this.#take();
    while (this.#head !== undefined && this.#head.length < 6) {
      const more = await this.#take();
      if (more === undefined) break;
      this.#head = concat([this.#head, more]);
    }
    this.compression = compressionOf(this.#head ?? new Uint8Array(0));
    return this.compression;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#head !== undefined) yield this.#head;
    this.#head = undefined;
    for (let chunk = await this.#take(); chunk !== undefined; chunk = await this.#take()) yield chunk;
  }

  async #take(): Promise<Uint8Array | undefined> {
    this.#options.signal?.throwIfAborted();
    const next = await this.#source.next();
    if (next.done === true) {
      this.#ended = true;
      return undefined;
    }
    const chunk = next.value;
    this.size += chunk.length;
    const limit = this.#options.expected?.size;
    if (limit !== undefined && this.size > limit) throw wrongSize(limit, this.size);
    this.#hasher.update(chunk);
    this.#check?.update(chunk);
    await this.#pending;
    // The disk works while what follows looks at the chunk; a fault surfaces with the next one.
    this.#pending = this.#blob.file.write(chunk);
    this.#pending.catch(() => undefined);
    this.#options.progress?.(this.size);
    return chunk;
  }

  /** Takes what nobody asked for, closes the file and checks what was expected. */
  async finish(): Promise<void> {
    while (!this.#ended && (await this.#take()) !== undefined);
    await this.#pending;
    await this.#blob.file.close();
    this.digest = sha256Digest(this.#hasher.hex());
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
    await this.#pending.catch(() => undefined);
    if (!this.#ended) await this.#source.return?.();
    this.#ended = true;
  }
}

function wrongSize(expected: number, got: number): EngineError {
  return new EngineError('invalidParameter', `filesystem layer verification failed: size is ${got}, not ${expected}`);
}

/** By magic numbers, as moby: what the media type says is often wrong. */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a === 0x42 && b === 0x5a && c === 0x68) throw unsupported('bzip2');
  if (a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58) throw unsupported('xz');
  return 'none';
}

function unsupported(name: string): EngineError {
  return new EngineError('invalidParameter', `${name} compression is not supported: use gzip, zstd or none`);
}

/** Looks at the free space every 64 MiB, so that a bomb ends while the host can still work. */
function spaceGuard(store: Store): (bytes: number) => Promise<void> {
  const step = 64 * 1024 * 1024;
  let granted = 0;
  return async (bytes) => {
    granted -= bytes;
    if (granted >= 0) return;
    const { free } = await store.host.files.space(store.root);
    const wanted = Math.max(-granted, 0) + step;
    if (free < wanted) throw new EngineError('system', `write ${store.root}: no space left on device`);
    granted += wanted;
  };
}
