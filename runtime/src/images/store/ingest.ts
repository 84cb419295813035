// One pass over a layer as it arrives: count and hash it, write it down as it came, decompress, hash again, unpack.
// Nothing is kept in memory, and nothing is visible before `commit`.

import type { Bytes, Compression, Hasher, Host } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import { type ChainId, type DiffId, type Digest, algorithmOf, sha256Digest } from '../../spec/digest.ts';
import { EngineError } from '../../spec/errors.ts';
import { blockSize, decodeHeader, isZeroBlock } from '../../spec/tar/header.ts';
import { concat } from '../../spec/tar/pax.ts';
import { unpackLayer } from '../unpack.ts';
import type { StagedBlob } from './blobs.ts';
import { readAhead } from './read-ahead.ts';
import type { StagedLayer } from './layers.ts';
import type { Store } from './store.ts';
import { WriteBehind } from './write-behind.ts';

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
  /** Called once all bytes are here, while the last of them are still being unpacked. */
  readonly received?: () => void;
  /**
   * `both` keeps what came and unpacks it, `blob` only keeps it, `unpack` does not keep it; `guess` unpacks when it
   * looks like a layer.
   */
  readonly mode?: 'both' | 'blob' | 'unpack' | 'guess';
}

/** A layer that has arrived whole and verified. Disposing throws away what was not committed. */
export interface Arrival extends AsyncDisposable {
  readonly digest: Digest;
  readonly blobSize: number;
  readonly compression: Compression;
  /** Absent where nothing was unpacked. */
  readonly unpacked?: { readonly diffId: DiffId; readonly size: number };
  commitBlob(): Promise<void>;
  /** The bytes as they came; before they are committed. For documents. */
  read(): Promise<Uint8Array>;
  /** Only what was unpacked, and only once: a second layer with the same files needs files of its own. */
  commitLayer(chainId: ChainId): Promise<void>;
  /** Commits the layer unless its files were given away already; says whether it did. */
  claimLayer(chainId: ChainId): Promise<boolean>;
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
  const mode = options.mode ?? 'both';
  const blob = mode === 'unpack' ? undefined : undo.use(await store.blobs.stage());
  const intake = new Intake(store.host, source, blob, options);
  undo.defer(() => intake.close());
  const head = await intake.sniff();
  const unpacks = mode === 'guess' ? looksLikeLayer(head, intake.compression) : mode !== 'blob';
  const staged = unpacks ? undo.use(await store.layers.stage()) : undefined;
  const unpacked = staged === undefined ? undefined : await unpack(store, kernel, intake, staged, options);
  await intake.finish();
  const kept = undo.move();
  let claimed = false;
  const commitLayer = async (chainId: ChainId): Promise<void> => {
    if (staged === undefined || unpacked === undefined || claimed) {
      throw new EngineError('system', 'layer was not unpacked');
    }
    claimed = true;
    await store.layers.commit(staged, { chainId, ...unpacked });
  };
  return {
    digest: intake.digest,
    blobSize: intake.size,
    compression: intake.compression,
    ...(unpacked === undefined ? {} : { unpacked }),
    async commitBlob() {
      if (blob !== undefined) await store.blobs.commit(blob, intake.digest);
    },
    async read() {
      if (blob === undefined) throw new EngineError('system', 'layer was not kept');
      return store.host.files.read(blob.path);
    },
    commitLayer,
    async claimLayer(chainId) {
      if (claimed) return false;
      await commitLayer(chainId);
      return true;
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
  const room = { reserve: spaceGuard(store), ...(options.signal === undefined ? {} : { signal: options.signal }) };
  if (intake.compression === 'none') {
    // What came is the tar itself: its digest is the diff id.
    const { size } = await unpackLayer(kernel, staged.diff, intake.bytes(), room);
    await intake.finish();
    return { diffId: checkedDiffId(intake.sha256, options), size };
  }
  const hasher = store.host.codec.hasher('sha256');
  const plain = readAhead(store.host.codec.decompress(intake.compression, intake.bytes()));
  const { size } = await unpackLayer(kernel, staged.diff, hashed(plain, hasher), room);
  return { diffId: checkedDiffId(sha256Digest(hasher.hex()), options), size };
}

function checkedDiffId(digest: Digest, options: IngestOptions): DiffId {
  const wanted: string | undefined = options.expected?.diffId;
  if (wanted !== undefined && wanted !== digest) {
    throw new EngineError('invalidParameter', `wrong diff id calculated on extraction: ${digest} (expected ${wanted})`);
  }
  return digest as string as DiffId;
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
  readonly #blob: StagedBlob | undefined;
  readonly #out: WriteBehind | undefined;
  readonly #options: IngestOptions;
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

  constructor(host: Host, source: Bytes, blob: StagedBlob | undefined, options: IngestOptions) {
    this.#source = readAhead(source)[Symbol.asyncIterator]();
    this.#blob = blob;
    this.#out = blob === undefined ? undefined : new WriteBehind(blob.file);
    this.#options = options;
    this.#hasher = host.codec.hasher('sha256');
    const expected = options.expected?.digest;
    this.#check =
      expected !== undefined && algorithmOf(expected) === 'sha512' ? host.codec.hasher('sha512') : undefined;
  }

  /** Takes the first bytes and looks at them; `bytes` gives them first. */
  async sniff(): Promise<Uint8Array> {
    let head = new Uint8Array(0);
    while (head.length < blockSize) {
      const more = await this.#take();
      if (more === undefined) break;
      head = new Uint8Array(head.length === 0 ? more : concat([head, more]));
    }
    this.compression = compressionOf(head);
    this.#head = head;
    return head;
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
      this.#options.received?.();
      return undefined;
    }
    const chunk = next.value;
    this.size += chunk.length;
    const limit = this.#options.expected?.size;
    if (limit !== undefined && this.size > limit) throw wrongSize(limit, this.size);
    this.#hasher.update(chunk);
    this.#check?.update(chunk);
    await this.#out?.write(chunk);
    this.#options.progress?.(this.size);
    return chunk;
  }

  /** Takes what nobody asked for, closes the file and checks what was expected. The second time nothing happens. */
  async finish(): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    while (!this.#ended && (await this.#take()) !== undefined);
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

/** A tar begins with a header whose checksum holds, or is nothing but zeros. */
function looksLikeLayer(head: Uint8Array, compression: Compression): boolean {
  if (compression !== 'none') return true;
  const block = head.subarray(0, blockSize);
  if (block.length < blockSize) return false;
  if (isZeroBlock(block)) return true;
  try {
    decodeHeader(block);
    return true;
  } catch {
    // Not a tar: a document, or something that nobody will ask for.
    return false;
  }
}

/** The same of a stored blob. */
export async function compressionOfFile(blob: Bytes): Promise<Compression> {
  for await (const chunk of blob) return compressionOf(chunk);
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
