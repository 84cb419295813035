// Changes of a tree: the file system counts what happens in it, and when that number is another one, what is there is compared with
// what was.

import { at, get } from '../../../../wasm/src/files/inode.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { lookUp } from '../../../../wasm/src/files/operations.ts';
import type { FileChange } from '../../spec/engine/files.ts';
import { errnoError } from '../errno.ts';
import { inside, isAbsent } from './inside.ts';
import { namesIn } from './tree-look.ts';
import { timeOf, typeOf } from './tree-entries.ts';
import { nameOf, resolvePath } from './tree-paths.ts';
import type { TreeView } from './tree-read.ts';

const everyMs = 100;
/** More files than these are not looked at again and again. */
const mostFiles = 100_000;

/** What is at each path below the watched one, told apart by its inode and its time of change. */
type Picture = ReadonlyMap<string, { readonly inode: string; readonly state: string }>;

/** @throws EngineError notFound */
export function watchFiles(
  view: TreeView,
  path: string,
  isRecursive: boolean,
  closed: AbortSignal,
): AsyncIterable<FileChange> {
  const { files } = view;
  const seen = files.changes;
  const before = inside(files.arena, () => pictureOf(files, path, isRecursive));
  if (before === undefined) throw errnoError('ENOENT', 'watch', path);
  return changesSince(files, { path, isRecursive, closed }, seen, before);
}

interface Watched {
  readonly path: string;
  readonly isRecursive: boolean;
  readonly closed: AbortSignal;
}

async function* changesSince(
  files: FileSystem,
  { path, isRecursive, closed }: Watched,
  firstSeen: number,
  first: Picture,
): AsyncGenerator<FileChange> {
  let [seen, before] = [firstSeen, first];
  while (await pause(closed)) {
    const now = files.changes;
    if (now === seen) continue;
    seen = now;
    const after = inside(files.arena, () => pictureOf(files, path, isRecursive));
    yield* differences(before, after ?? new Map());
    if (after === undefined) return;
    before = after;
  }
}

/** @returns false when the tree is closed */
async function pause(closed: AbortSignal): Promise<boolean> {
  if (closed.aborted) return false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, everyMs);
  const end = () => resolve();
  closed.addEventListener('abort', end);
  await promise;
  clearTimeout(timer);
  closed.removeEventListener('abort', end);
  return !closed.aborted;
}

function* differences(before: Picture, after: Picture): Generator<FileChange> {
  for (const [path, { inode }] of [...before].toReversed()) {
    if (after.get(path)?.inode !== inode && path !== '') yield { type: 'deleted', path };
  }
  for (const [path, { inode, state }] of after) {
    const old = before.get(path);
    if (old?.inode !== inode) yield { type: 'created', path };
    else if (old.state !== state) yield { type: 'changed', path };
  }
  if (before.has('') && !after.has('')) yield { type: 'deleted', path: '' };
}

/** undefined when nothing is at the path. Call it inside. */
function pictureOf(files: FileSystem, path: string, isRecursive: boolean): Picture | undefined {
  const picture = new Map<string, { readonly inode: string; readonly state: string }>();
  const add = (inode: number, at_: string) => {
    const isDirectory = typeOf(files, inode) === 'directory';
    const changed = isDirectory
      ? ''
      : String(timeOf(files, inode, at.changed)) + String(timeOf(files, inode, at.modified));
    picture.set(at_, { inode: `${get(files.arena, inode, at.number)}`, state: changed });
    return isDirectory;
  };
  const top = inodeAt(files, path);
  if (top === 0) return undefined;
  if (!add(top, '')) return picture;
  const directories = [{ inode: top, path: '' }];
  for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
    for (const name of namesIn(files, next.inode)) {
      const child = lookUp(files, next.inode, nameOf(name));
      const childPath = next.path === '' ? name : `${next.path}/${name}`;
      if (picture.size < mostFiles && add(child, childPath) && isRecursive)
        directories.push({ inode: child, path: childPath });
    }
  }
  return picture;
}

function inodeAt(files: FileSystem, path: string): number {
  try {
    return resolvePath(files, path, true).inode;
  } catch (error) {
    if (isAbsent(error)) return 0;
    throw error;
  }
}
