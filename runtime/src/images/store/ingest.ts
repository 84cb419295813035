// One pass over a layer as it arrives: count and hash it, write it down as it came, decompress, hash again, unpack.
// Nothing is kept in memory, and nothing is visible before `commit`.

import type { Bytes, Compression, Hasher } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import { spaceGuard } from '../../host/space-guard.ts';
import { type ChainId, type DiffId, type Digest, sha256Digest } from '../../spec/digest.ts';
import { EngineError } from '../../spec/errors.ts';
import { type Unpacked, type UnpackOptions, unpackLayer } from '../unpack.ts';
import type { StagedBlob } from '../../content/blobs.ts';
import { Intake, type IntakeOptions } from './intake.ts';
import type { StagedLayer } from './layers.ts';
import { readAhead } from '../../content/read-ahead.ts';
import { looksLikeLayer } from './sniff.ts';
import type { Store } from './store.ts';

export interface IngestOptions extends IntakeOptions {
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
  kernel: Pick<Kernel, 'openTree' | 'rights'>,
  source: Bytes,
  options: IngestOptions = {},
): Promise<Arrival> {
  await using undo = new AsyncDisposableStack();
  const mode = options.mode ?? 'both';
  const blob = mode === 'unpack' ? undefined : undo.use(await store.blobs.stage(options.expected?.digest));
  const intake = new Intake(store.host, source, blob, options);
  undo.defer(() => intake.close());
  const head = await intake.sniff();
  const unpacks = mode === 'guess' ? looksLikeLayer(head, intake.compression) : mode !== 'blob';
  const staged = unpacks ? undo.use(await store.layers.stage()) : undefined;
  const unpacked = staged === undefined ? undefined : await unpack(store, kernel, intake, { blob, staged }, options);
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
  kernel: Pick<Kernel, 'openTree' | 'rights'>,
  intake: Intake,
  { blob, staged }: { readonly blob: StagedBlob | undefined; readonly staged: StagedLayer },
  options: IngestOptions,
): Promise<{ diffId: DiffId; size: number }> {
  const room = {
    reserve: spaceGuard(store.host.files, store.root),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  if (intake.compression === 'none') {
    // What came is the tar itself: its digest is the diff id.
    const { size, devicesLeftOut } = await unpackPlain(kernel, intake, { blob, staged }, room);
    await intake.finish();
    tellLeftOut(store, intake.sha256, devicesLeftOut);
    return { diffId: checkedDiffId(intake.sha256, options), size };
  }
  const hasher = store.host.codec.hasher('sha256');
  const plain = readAhead(store.host.codec.decompress(intake.compression, intake.bytes()));
  const { size, devicesLeftOut } = await unpackLayer(kernel, staged.diff, hashed(plain, hasher), room);
  const diffId = checkedDiffId(sha256Digest(hasher.hex()), options);
  tellLeftOut(store, diffId, devicesLeftOut);
  return { diffId, size };
}

/** A kernel may take contents from the blob. */
function unpackPlain(
  kernel: Pick<Kernel, 'openTree' | 'rights'>,
  intake: Intake,
  { blob, staged }: { readonly blob: StagedBlob | undefined; readonly staged: StagedLayer },
  room: UnpackOptions,
): Promise<Unpacked> {
  if (blob === undefined) return unpackLayer(kernel, staged.diff, intake.bytes(), room);
  const stored = intake.stored(blob);
  return unpackLayer(kernel, staged.diff, stored.bytes, { ...room, stored: stored.file });
}

/** As containerd, which does without them too: containers get their devices in /dev. */
function tellLeftOut(store: Store, layer: string, devices: number): void {
  if (devices === 0) return;
  store.logger.warn('device nodes of a layer were left out: making them takes root', { layer, devices });
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
