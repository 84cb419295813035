// Looking at single files of a tree, as a file explorer does.

import { kind } from '../../../../wasm/src/files/inode.ts';
import type { Place } from '../../../../wasm/src/mounts/mount.ts';
import type { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { errno, fail, Failure } from '../../../../wasm/src/wasi/errno.ts';
import type { FileStatus, FileType } from '../../spec/engine/files.ts';
import { decodeName } from '../../spec/tar/path-text.ts';
import { Breath, callInside, isAbsent } from './inside.ts';
import { typeOf } from './tree-entries.ts';
import { nameOf, resolvePath, resolveThere, textOf } from './tree-paths.ts';
import type { TreeView } from './tree-read.ts';

/** Call it inside. @param path of the place, for a link's target */
export function statusOf(space: Namespace, place: Place, name: string, path: string): FileStatus {
  const { kind: what, size, mode, uid, gid, modifiedNs, changedNs } = space.treeAt(place).stat(place.node);
  const type = typeOf(what);
  const status = {
    name,
    type,
    size: type === 'file' || type === 'symlink' ? size : 0,
    mode,
    uid,
    gid,
    mtimeMs: Number(modifiedNs / 1_000_000n),
    ctimeMs: Number(changedNs / 1_000_000n),
  };
  if (type !== 'symlink') return status;
  const linkTarget = decodeName(space.readTarget(place));
  const targetType = typeBehind(space, path);
  return targetType === undefined ? { ...status, linkTarget } : { ...status, linkTarget, targetType };
}

/** What a link leads to; undefined when that is nothing. */
function typeBehind(space: Namespace, path: string): FileType | undefined {
  try {
    const { place } = resolvePath(space, path, true);
    return place === undefined ? undefined : typeOf(space.kindOf(place));
  } catch (error) {
    if (isAbsent(error) || (error instanceof Failure && error.message === 'ELOOP')) return undefined;
    throw error;
  }
}

/** The names are those that are there at the beginning. */
export async function* listDirectory(view: TreeView, path: string): AsyncGenerator<FileStatus> {
  const { space } = view;
  const names = callInside(space, 'list', path, () => namesIn(space, resolveThere(space, path, true)));
  const breath = new Breath();
  for (const name of names) {
    view.check();
    const child = `${path}/${name}`;
    const status = callInside(space, 'stat', child, () => childStatus(space, path, name));
    if (status !== undefined) yield status;
    await breath.take();
  }
}

/** undefined when it was removed meanwhile. */
function childStatus(space: Namespace, path: string, name: string): FileStatus | undefined {
  try {
    const place = space.lookUp(resolveThere(space, path, true), nameOf(name));
    return place === undefined ? undefined : statusOf(space, place, name, `${path}/${name}`);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Call it inside. @throws Failure ENOTDIR */
export function namesIn(space: Namespace, directory: Place): string[] {
  if (space.kindOf(directory) !== kind.directory) fail(errno.ENOTDIR);
  return Array.from(space.treeAt(directory).list(directory.node, 0), ({ name }) => textOf(name));
}
