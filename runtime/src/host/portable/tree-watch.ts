// Changes of a tree: what is there is compared with what was. A file system of ours counts what happens in it, and is looked at only
// when that number is another one; a folder of the host is looked at again and again.

import type { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import type { FileChange } from '../../spec/engine/files.ts';
import { errnoError } from '../errno.ts';
import { inside, isAbsent } from './inside.ts';
import { typeOf } from './tree-entries.ts';
import { namesIn } from './tree-look.ts';
import { filesAt, resolvePath, resolveThere } from './tree-paths.ts';
import type { TreeView } from './tree-read.ts';

const everyMs = 100;
const hostEveryMs = 1000;
/** More files than these are not looked at again and again. */
const mostFiles = 100_000;

interface Shown {
  /** Another one for another file. */
  readonly file: string;
  readonly state: string;
  readonly isDirectory: boolean;
}

/** What is at each path below the watched one. */
type Picture = ReadonlyMap<string, Shown>;

interface Watched {
  readonly path: string;
  readonly isRecursive: boolean;
  readonly closed: AbortSignal;
}

/** @throws EngineError notFound */
export function watchFiles({ space }: TreeView, watched: Watched): AsyncIterable<FileChange> {
  const seen = changesOf(space);
  const before = pictureOf(space, watched);
  if (before === undefined) throw errnoError('ENOENT', 'watch', watched.path);
  return changesSince(space, watched, seen, before);
}

/** undefined where nobody counts. */
function changesOf(space: Namespace): number | undefined {
  let sum = 0;
  for (const { root } of space.mounts) {
    const files = filesAt(root);
    if (files === undefined) return undefined;
    sum += files.changes;
  }
  return sum;
}

async function* changesSince(
  space: Namespace,
  watched: Watched,
  firstSeen: number | undefined,
  first: Picture,
): AsyncGenerator<FileChange> {
  let [seen, before] = [firstSeen, first];
  while (await pause(seen === undefined ? hostEveryMs : everyMs, watched.closed)) {
    const now = changesOf(space);
    if (now !== undefined && now === seen) continue;
    seen = now;
    const after = pictureOf(space, watched);
    yield* differences(before, after ?? new Map());
    if (after === undefined) return;
    before = after;
  }
}

/** @returns false when the tree is closed */
async function pause(ms: number, closed: AbortSignal): Promise<boolean> {
  if (closed.aborted) return false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const end = () => resolve();
  closed.addEventListener('abort', end);
  await promise;
  clearTimeout(timer);
  closed.removeEventListener('abort', end);
  return !closed.aborted;
}

function* differences(before: Picture, after: Picture): Generator<FileChange> {
  for (const [path, { file }] of [...before].toReversed()) {
    if (after.get(path)?.file !== file && path !== '') yield { type: 'deleted', path };
  }
  for (const [path, { file, state }] of after) {
    const old = before.get(path);
    if (old?.file !== file) yield { type: 'created', path };
    else if (old.state !== state) yield { type: 'changed', path };
  }
  if (before.has('') && !after.has('')) yield { type: 'deleted', path: '' };
}

/** undefined when nothing is at the path. A look at a time: what is looked at of a host is open meanwhile. */
function pictureOf(space: Namespace, { path, isRecursive }: Watched): Picture | undefined {
  const picture = new Map<string, Shown>();
  const top = inside(space, () => shownAt(space, path));
  if (top === undefined) return undefined;
  picture.set('', top);
  const directories = top.isDirectory ? [''] : [];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const above = directory === '' ? '' : `${directory}/`;
    for (const name of inside(space, () => namesAt(space, `${path}/${above}`))) {
      const child = inside(space, () => shownAt(space, `${path}/${above}${name}`, false));
      if (child === undefined || picture.size >= mostFiles) continue;
      picture.set(above + name, child);
      if (child.isDirectory && isRecursive) directories.push(above + name);
    }
  }
  return picture;
}

function shownAt(space: Namespace, path: string, follow = true): Shown | undefined {
  return unlessAbsent(() => {
    const { place } = resolvePath(space, path, follow);
    if (place === undefined) return undefined;
    const { kind, inode, changedNs, modifiedNs } = space.treeAt(place).stat(place.node);
    const isDirectory = typeOf(kind) === 'directory';
    const state = isDirectory ? '' : `${changedNs} ${modifiedNs}`;
    return { file: `${place.mount.index} ${inode}`, state, isDirectory };
  });
}

function namesAt(space: Namespace, path: string): readonly string[] {
  return unlessAbsent(() => namesIn(space, resolveThere(space, path, true))) ?? [];
}

function unlessAbsent<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
