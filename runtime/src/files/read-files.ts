// Looking at files: what is where, and content.

import type { FileContent, FileDetails, FileStatus, ReadableFiles, ReadFileOptions } from '../spec/engine/files.ts';
import { EngineError } from '../spec/errors.ts';
import type { Tree } from '../host/kernel.ts';
import { about, failureAt, noSuchFile } from './failure.ts';
import { checkedPath, nameOf } from './path.ts';
import type { FileRoots } from './roots.ts';

/** Entries of one directory that are listed; a stranger may have made more than anybody can look at. */
const entriesLimit = 100_000;

export function createReadableFiles(roots: FileRoots): ReadableFiles {
  return {
    status: (ref, path, options) => status(roots, ref, path, options),
    read: (ref, path, options) => read(roots, ref, path, options),
  };
}

async function status(
  roots: FileRoots,
  ref: string,
  given: string,
  options: { readonly list: boolean; readonly follow: boolean },
): Promise<FileDetails> {
  const path = checkedPath(given);
  await using view = await roots.open(ref);
  const found = await statusOf(view.tree, path, options.follow);
  if (!options.list || (found.targetType ?? found.type) !== 'directory') return found;
  const entries: FileStatus[] = [];
  let isCut = false;
  try {
    for await (const entry of view.tree.list(path)) {
      isCut = entries.length === entriesLimit;
      if (isCut) break;
      entries.push(entry);
    }
  } catch (error) {
    throw failureAt(path, error);
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...found, entries, ...(isCut ? { isCut } : {}) };
}

/** @param follow give a link the numbers of what it leads to */
async function statusOf(tree: Tree, path: string, follow: boolean): Promise<FileStatus> {
  const found = await statusAt(tree, path);
  if (!follow || found.type !== 'symlink') return found;
  const target = await about(path, () => tree.status(path, { follow: true }));
  return target === undefined ? found : { ...target, ...linkOf(found), type: 'symlink', targetType: target.type };
}

function linkOf({ name, linkTarget }: FileStatus): Pick<FileStatus, 'name' | 'linkTarget'> {
  return { name, ...(linkTarget === undefined ? {} : { linkTarget }) };
}

/** @throws EngineError notFound */
export async function statusAt(tree: Tree, path: string): Promise<FileStatus> {
  const found = await about(path, () => tree.status(path, { follow: false }));
  if (found === undefined) throw noSuchFile(path);
  return { ...found, name: nameOf(path) };
}

async function read(roots: FileRoots, ref: string, given: string, options: ReadFileOptions): Promise<FileContent> {
  const path = checkedPath(given);
  await using undo = new AsyncDisposableStack();
  const { tree } = undo.use(await roots.open(ref));
  const found = await about(path, () => tree.status(path, { follow: true }));
  if (found === undefined) throw noSuchFile(path);
  if (found.type === 'directory') throw new EngineError('invalidParameter', `${path}: is a directory`);
  if (found.type !== 'file') throw new EngineError('invalidParameter', `${path}: is no regular file (${found.type})`);
  const bytes = tree.read(path, options)[Symbol.asyncIterator]();
  // A file that cannot be opened is told before the answer has begun.
  const first = await about(path, () => bytes.next());
  const held = undo.move();
  return { status: { ...found, name: nameOf(path) }, content: content(bytes, first, held, options.signal) };
}

async function* content(
  bytes: AsyncIterator<Uint8Array>,
  first: IteratorResult<Uint8Array>,
  view: AsyncDisposable,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  await using _view = view;
  for (let next = first; next.done !== true; next = await bytes.next()) {
    signal?.throwIfAborted();
    yield next.value;
  }
}
