// Whether the files of an unpacked layer are what its blob says. Their kinds and sizes are compared, not their contents: what a
// power cut takes are names and lengths.

import type { Kernel, TreeEntry } from '../host/kernel.ts';
import { messageOf } from '../spec/errors.ts';
import { type TarMember, readTar } from '../spec/tar/reader.ts';
import { cleanTarPath, whiteoutOf } from '../spec/tar/whiteout.ts';
import { decompressed } from '../host/decompress.ts';
import type { LayerBlob } from './store/catalog.ts';
import type { Store } from './store/store.ts';

interface Expected {
  /** A hard link is of the kind that it leads to. */
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** Of a file's content; undefined where the archive does not say it there. */
  readonly size: number | undefined;
}

/** @returns the first thing that is wrong, undefined when the layer is whole */
export async function layerProblem(
  store: Store,
  kernel: Pick<Kernel, 'openTree'>,
  layer: LayerBlob,
): Promise<string | undefined> {
  let expected: ReadonlyMap<string, Expected>;
  try {
    expected = await expectedFiles(store, layer);
  } catch (error) {
    return `its blob cannot be read: ${messageOf(error)}`;
  }
  await using tree = await kernel.openTree({ root: store.layers.diffPath(layer.chainId) });
  const found = new Map<string, TreeEntry>();
  for await (const entry of tree.walk('', { metadataOnly: true })) found.set(entry.path, entry);
  for (const [path, wanted] of expected) {
    const entry = found.get(path);
    if (entry === undefined) return `/${path} is missing`;
    const isLinked = entry.type === 'hardlink' || wanted.type === 'hardlink';
    if (!isLinked && entry.type !== wanted.type) return `/${path} is a ${entry.type}, not a ${wanted.type}`;
    const isShort = entry.type === 'file' && wanted.size !== undefined && entry.size !== wanted.size;
    if (isShort) return `/${path} has ${entry.size} bytes, not ${wanted.size}`;
  }
  return undefined;
}

/**
 * What the archive leaves behind: of a path that comes twice the last one, and nothing of what is reached through links of the
 * archive itself, since where that ends up depends on what comes later.
 */
async function expectedFiles(store: Store, layer: LayerBlob): Promise<ReadonlyMap<string, Expected>> {
  const expected = new Map<string, Expected>();
  /** Paths that something was put below. */
  const parents = new Set<string>();
  const tar = await decompressed(store.host.codec, store.blobs.stream(layer.digest));
  for await (const member of readTar(tar)) {
    const path = cleanTarPath(member.path);
    if (whiteoutOf(path) !== undefined) continue;
    const above = ancestors(path);
    if (above.some((parent) => (expected.get(parent)?.type ?? 'directory') !== 'directory')) continue;
    if (member.type !== 'directory' && parents.has(path)) forgetBelow(expected, path);
    for (const parent of above) parents.add(parent);
    const wanted = expectedOf(member);
    if (wanted === undefined) expected.delete(path);
    else expected.set(path, wanted);
  }
  return expected;
}

function ancestors(path: string): readonly string[] {
  const all: string[] = [];
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) all.push(path.slice(0, slash));
  return all;
}

/** Devices and the like may be left out by who unpacks, so nothing is expected of them. */
function expectedOf({ type, size }: TarMember): Expected | undefined {
  if (type === 'file') return { type, size };
  if (type === 'directory' || type === 'symlink' || type === 'hardlink') return { type, size: undefined };
  return undefined;
}

function forgetBelow(expected: Map<string, Expected>, directory: string): void {
  for (const path of expected.keys()) if (path.startsWith(`${directory}/`)) expected.delete(path);
}
