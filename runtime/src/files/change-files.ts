// Changing files: written where they are, made, moved, copied, removed.

import type { Tree } from '../host/kernel.ts';
import type { FileStatus, WriteFileOptions } from '../spec/engine/files.ts';
import { errnoOf } from '../host/errno.ts';
import { EngineError } from '../spec/errors.ts';
import { about, fileExists, noSuchFile } from './failure.ts';
import { checkedPath, isWithin, nameOf, parentOf } from './path.ts';
import { statusAt } from './read-files.ts';
import type { FileRoots, OpenFiles } from './roots.ts';

export async function write(
  roots: FileRoots,
  ref: string,
  given: string,
  content: AsyncIterable<Uint8Array>,
  options: WriteFileOptions,
): Promise<FileStatus> {
  const path = checkedPath(given);
  await using view = await roots.open(ref);
  if (path === '/') throw new EngineError('invalidParameter', '/: is a directory');
  await checkPlace(view, path);
  const real = await view.tree.realPath(path);
  if (real !== undefined) view.checkWritable(real); // a link may lead into another mount
  await about(path, () => view.tree.write(path, content, options));
  const written = await view.tree.status(path, { follow: true });
  if (written === undefined) throw noSuchFile(path);
  return { ...written, name: nameOf(path) };
}

export async function makeDirectory(roots: FileRoots, ref: string, given: string): Promise<FileStatus> {
  const path = checkedPath(given);
  await using view = await roots.open(ref);
  await checkPlace(view, path, 'make');
  await about(path, () => view.tree.makeDirectory(path));
  return await statusAt(view.tree, path);
}

export async function remove(
  roots: FileRoots,
  ref: string,
  given: string,
  options: { readonly recursive: boolean },
): Promise<void> {
  const path = checkedPath(given);
  await using view = await roots.open(ref);
  await checkPlace(view, path);
  await about(path, () => view.tree.unlink(path, options));
}

export async function rename(
  roots: FileRoots,
  ref: string,
  givenFrom: string,
  givenTo: string,
  options: { readonly overwrite: boolean },
): Promise<FileStatus> {
  const [from, to] = [checkedPath(givenFrom), checkedPath(givenTo)];
  await using view = await roots.open(ref);
  await checkMove(view, from, to, options);
  if (from === to) return await statusAt(view.tree, to);
  await checkPlace(view, from);
  try {
    await view.tree.rename(from, to, options);
  } catch (error) {
    // Another mount, or a directory of the image's that overlayfs cannot move.
    if (errnoOf(error) !== 'EXDEV') await about(from, () => Promise.reject(error as Error));
    await copyTree(roots, ref, view.tree, from, to);
    await about(from, () => view.tree.unlink(from, { recursive: true }));
  }
  return await statusAt(view.tree, to);
}

export async function copy(
  roots: FileRoots,
  ref: string,
  givenFrom: string,
  givenTo: string,
  options: { readonly overwrite: boolean },
): Promise<FileStatus> {
  const [from, to] = [checkedPath(givenFrom), checkedPath(givenTo)];
  await using view = await roots.open(ref);
  await checkMove(view, from, to, options);
  if (from === to) throw fileExists(to);
  await copyTree(roots, ref, view.tree, from, to);
  return await statusAt(view.tree, to);
}

/** What holds for both names of a move or copy; makes room at the new one when it may be overwritten. */
async function checkMove(
  view: OpenFiles,
  from: string,
  to: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<void> {
  const { tree } = view;
  const source = await statusAt(tree, from);
  await checkPlace(view, to, 'make');
  if (from === to) return;
  if (source.type === 'directory') {
    const [realFrom, realParent] = [await tree.realPath(from), await tree.realPath(parentOf(to))];
    if (realFrom !== undefined && realParent !== undefined && isWithin(realParent, realFrom)) {
      throw new EngineError('invalidParameter', `${to}: lies in ${from} itself`);
    }
  }
  const present = await about(to, () => tree.status(to, { follow: false }));
  if (present === undefined) return;
  if (!overwrite) throw fileExists(to);
  if (isWithin(from, to)) throw new EngineError('invalidParameter', `${to}: holds ${from}`);
  if (source.type === 'directory' || present.type === 'directory') {
    await about(to, () => tree.unlink(to, { recursive: true }));
  }
}

/** The directory that a path lies in must be there and writable. With `make` the path is one that may not be there. */
async function checkPlace(view: OpenFiles, path: string, purpose?: 'make'): Promise<void> {
  if (path === '/') throw new EngineError(purpose === 'make' ? 'conflict' : 'forbidden', '/: is the root');
  const parent = await about(path, () => view.tree.realPath(parentOf(path)));
  if (parent === undefined) throw noSuchFile(purpose === 'make' ? parentOf(path) : path);
  view.checkWritable(parent === '/' ? `/${nameOf(path)}` : `${parent}/${nameOf(path)}`);
}

/** Reads by a view of its own, since a tree does one thing at a time. */
async function copyTree(roots: FileRoots, ref: string, target: Tree, from: string, to: string): Promise<void> {
  await using source = await roots.open(ref);
  const moved = (path: string): string => `${to.slice(1)}${path.slice(from.length - 1)}`;
  await about(to, async () => {
    for await (const entry of source.tree.walk(from)) {
      if (entry.type === 'socket') continue; // nobody listens on a copy
      const linkName = entry.type === 'hardlink' ? moved(entry.linkName) : entry.linkName;
      await target.put({ ...entry, path: moved(entry.path), linkName }, entry.content);
    }
    await target.flush();
  });
}
