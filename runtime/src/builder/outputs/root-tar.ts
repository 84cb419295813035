// The files of a result as one tar, as `docker export` has those of a container.

import type { WalkedEntry } from '../../host/kernel.ts';
import { EngineError } from '../../spec/errors.ts';
import { writeTar } from '../../spec/tar/writer.ts';
import type { Snapshot } from '../contract.ts';
import { openSnapshot } from '../steps/snapshot-tree.ts';
import type { BuildResult, ResultDeps } from './result.ts';

/** To be read to its end, or left. */
export async function rootTar(
  deps: ResultDeps,
  { layers, sourceDateEpoch }: BuildResult,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  if (layers.length === 0) return writeTar([]);
  if (!(await deps.images.hold(layers)))
    throw new EngineError('dataLoss', 'a layer of the build is missing from the store');
  const snapshot: Snapshot = { key: `export ${layers.map(({ diffId }) => diffId).join(' ')}`, layers };
  const latestNs = sourceDateEpoch === undefined ? undefined : BigInt(sourceDateEpoch) * 1_000_000_000n;
  return (async function* () {
    await using opened = await openSnapshot(deps, snapshot);
    yield* writeTar(members(opened.tree.walk('', { oneFileSystem: true }), latestNs, signal));
  })();
}

/** The root itself is no member. */
async function* members(
  entries: AsyncIterable<WalkedEntry>,
  latestNs: bigint | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<WalkedEntry, void, undefined> {
  for await (const entry of entries) {
    signal?.throwIfAborted();
    if (entry.path === '') continue;
    const isLate = latestNs !== undefined && entry.mtimeNs > latestNs;
    yield isLate ? { ...entry, mtimeNs: latestNs } : entry;
  }
}
