// ADD of an archive: a local file that is one is unpacked, whatever its name; what is fetched only where `--unpack` says so.

import type { Codec, Host } from '../../host/host.ts';
import { decompressedByAll } from '../../host/decompress.ts';
import { isKind } from '../../spec/errors.ts';
import { readTar } from '../../spec/tar/reader.ts';
import type { SourceEntry } from '../contract.ts';
import type { MemoryTree } from '../sources/memory-tree.ts';
import { spoolTar } from '../sources/spooled-tree.ts';
import type { CopyItem } from './items.ts';

/** Whether it begins as a tar does, behind a compression that can be read. */
export async function isArchive(codec: Codec, file: SourceEntry): Promise<boolean> {
  if (file.size === 0) return false;
  try {
    for await (const _ of readTar(await decompressedByAll(codec, file.read()))) return true;
  } catch (error) {
    if (isKind(error, 'invalidParameter')) return false;
    throw error;
  }
  return false;
}

export interface OpenedArchive extends AsyncDisposable {
  readonly item: CopyItem;
}

/** @param path of a file for its contents, until it is disposed */
export async function openArchive(
  host: Host,
  file: SourceEntry,
  path: string,
  signal: AbortSignal,
): Promise<OpenedArchive> {
  const tree: MemoryTree = await spoolTar(host, file.read(), { path, isUnpacked: true, signal });
  const entries = tree.sorted.map((entry) => ({ path: entry.path, entry, isOnTheWay: entry.isImplied }));
  return { item: { kind: 'archive', name: '', entries }, [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose]() };
}
