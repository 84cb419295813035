// `docker cp`, both ways. Every path is resolved by the kernel inside the container's root, also while somebody in there
// swaps links; what an archive says is never trusted.

import { decompressed } from '../host/decompress.ts';
import type { Bytes } from '../host/host.ts';
import type { Tree, TreeEntry } from '../host/kernel.ts';
import type { Cancellable, PathStat, WriteArchiveOptions } from '../spec/engine/containers.ts';
import { EngineError } from '../spec/errors.ts';
import { readTar } from '../spec/tar/reader.ts';
import { cleanTarPath } from '../spec/tar/whiteout.ts';
import { writeTar } from '../spec/tar/writer.ts';
import { resolveUser } from '../runners/users.ts';
import { accountsOf } from './accounts.ts';
import type { Container } from './container.ts';
import { invalid } from './errors.ts';
import { cleanPath } from './mount-spec.ts';
import { pathStat } from './path-stat.ts';
import { publish, type Room } from './room.ts';
import { openView, readOnlyReason } from './root-view.ts';

/** @throws EngineError notFound `Could not find the file /x in container y` */
export async function statPath(room: Room, ref: string, path: string): Promise<PathStat> {
  const container = room.store.find(ref);
  await using view = await openView(room, container);
  return await pathStat(view.tree, await find(view.tree, ref, path), baseName(path));
}

/** @throws EngineError notFound before anything is sent */
export async function readArchive(
  room: Room,
  ref: string,
  path: string,
  options: Cancellable,
): Promise<{ readonly stat: PathStat; readonly tar: AsyncIterable<Uint8Array> }> {
  const container = room.store.find(ref);
  await using undo = new AsyncDisposableStack();
  const view = undo.use(await openView(room, container));
  const entry = await find(view.tree, ref, path);
  const stat = await pathStat(view.tree, entry, baseName(path));
  publish(room, container, 'archive-path');
  const held = undo.move();
  const members = rebased(view.tree, entry, path.endsWith('/.') ? '.' : baseName(path), options.signal);
  return { stat, tar: closing(writeTar(members), held) };
}

async function* closing(bytes: Bytes, held: AsyncDisposable): AsyncGenerator<Uint8Array, void, undefined> {
  await using _held = held;
  yield* bytes;
}

/** The tree at `entry` under the name asked for (`.` and `/` included), which clients replace by their own. */
async function* rebased(tree: Tree, start: TreeEntry, name: string, signal: AbortSignal | undefined) {
  const rename = (path: string): string => {
    const rest = path === start.path ? '' : path.slice(start.path === '' ? 0 : start.path.length + 1);
    return name === '/' || rest === '' ? `${name}${rest}` : `${name}/${rest}`;
  };
  for await (const entry of tree.walk(`/${start.path}`)) {
    signal?.throwIfAborted();
    const linkName = entry.type === 'hardlink' ? rename(entry.linkName) : entry.linkName;
    yield { ...entry, path: rename(entry.path), linkName };
  }
}

/** @throws EngineError notFound, invalidParameter for a place that is no folder or is read-only, and for a bad archive */
export async function writeArchive(
  room: Room,
  ref: string,
  path: string,
  tar: AsyncIterable<Uint8Array>,
  options: WriteArchiveOptions,
): Promise<void> {
  const container = room.store.find(ref);
  await using view = await openView(room, container);
  const { tree } = view;
  const real = await tree.realPath(cleanPath(path));
  if (real === undefined) throw missing(ref, path);
  const folder = await tree.stat(real);
  if (folder?.type !== 'directory') throw invalid('extraction point is not a directory');
  const reason = readOnlyReason(container, real);
  if (reason !== undefined) throw invalid(reason);
  const owner = options.copyUidGid ? await ownerOf(tree, container) : undefined;
  await extract(tree, real.slice(1), await decompressed(room.host.codec, tar), { ...options, owner });
  await tree.flush();
  publish(room, container, 'extract-to-dir');
}

interface ExtractOptions extends WriteArchiveOptions {
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

async function extract(tree: Tree, base: string, tar: Bytes, options: ExtractOptions): Promise<void> {
  const below = (path: string): string => (base === '' || path === '' ? `${base}${path}` : `${base}/${path}`);
  for await (const member of readTar(tar)) {
    options.signal?.throwIfAborted();
    const path = cleanTarPath(member.path);
    if (path === '') continue;
    const target = below(path);
    if (options.noOverwriteDirNonDir) await refuseReplacing(tree, target, member.type === 'directory');
    const linkName = member.type === 'hardlink' ? below(cleanTarPath(member.linkName)) : member.linkName;
    await tree.put({ ...member, path: target, linkName, ...options.owner }, member.content);
  }
}

async function refuseReplacing(tree: Tree, path: string, isDirectory: boolean): Promise<void> {
  await tree.flush();
  const present = await tree.stat(path);
  if (present === undefined || (present.type === 'directory') === isDirectory) return;
  const [over, by] = isDirectory ? ['non-directory', 'directory'] : ['directory', 'non-directory'];
  throw invalid(`cannot overwrite ${over} "/${path}" with ${by} "/${path}"`);
}

/** With copyUIDGID everything belongs to the container's user. */
async function ownerOf(tree: Tree, container: Container): Promise<ExtractOptions['owner']> {
  const user = container.record.config.User ?? '';
  if (user === '') return undefined;
  const { uid, gid } = resolveUser(user, [], await accountsOf(tree));
  return { uid, gid };
}

/** A trailing slash, or `/.`, means what a link leads to, which must be a folder. */
async function find(tree: Tree, ref: string, path: string): Promise<TreeEntry> {
  const wantsFolder = /\/\.?$/.test(path);
  const entry = await tree.stat(cleanPath(path), { follow: wantsFolder });
  if (entry === undefined) throw missing(ref, path);
  if (wantsFolder && entry.type !== 'directory') throw missing(ref, path);
  if (!wantsFolder || entry.type !== 'directory') return entry;
  const real = await tree.realPath(cleanPath(path));
  return real === undefined ? entry : { ...entry, path: real.slice(1) };
}

function missing(ref: string, path: string): EngineError {
  return new EngineError('notFound', `Could not find the file ${path} in container ${ref}`);
}

/** The last part of a path, `/` for the root. */
function baseName(path: string): string {
  const clean = cleanPath(path);
  return clean === '/' ? '/' : clean.slice(clean.lastIndexOf('/') + 1);
}
