// The mounts of a container before it starts, once, on the engine's thread: places that are missing are made, links are followed, and what is
// found is kept. A guest that changes links later changes nothing of where its mounts are.

import type { FileSystem } from '../files/file-system.ts';
import { nameOf } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import { Failure } from '../wasi/errno.ts';
import { makeDevices, removeDevices } from './device-files.ts';
import { HostTree, makeHostRoot } from './host-tree.ts';
import type { Place } from './mount.ts';
import type { Namespace } from './namespace.ts';
import { GrowingNamespace, openNamespace, type NamespaceDeps } from './open.ts';
import type { MountReference, MountsReference, PlacedMount } from './reference.ts';

const shmPath = '/dev/shm';

/** A mount that cannot be made; the message says which, and why. */
export class MountError extends Error {}

export interface PrepareOptions extends NamespaceDeps {
  readonly isReadOnly: boolean;
  /** Nothing but what is asked for: no /dev. */
  readonly isBare?: boolean;
}

/**
 * With /proc and /dev before all others.
 * @param mounts parents before children
 * @returns what `openNamespace` takes on any thread, until `releaseMounts`
 * @throws MountError
 */
export function prepareMounts(
  files: FileSystem,
  mounts: readonly MountReference[],
  { isReadOnly, isBare = false, ...deps }: PrepareOptions,
): MountsReference {
  const placed: PlacedMount[] = [];
  const growing = new GrowingNamespace(files, deps);
  const add = (mount: Unplaced) => {
    // It can be changed: what is missing is made whatever the container may do.
    const made = place(growing.space, mount);
    placed.push(made);
    growing.add(made);
  };
  try {
    const hasShared = mounts.some(({ target }) => target === shmPath);
    for (const mount of isBare ? [] : ownMounts(files)) if (mount.target !== shmPath || !hasShared) add(mount);
    for (const mount of mounts) add({ ...mount, ...openSource(files, mount, deps) });
  } catch (error) {
    releaseMounts(files, { isReadOnly, mounts: placed }, deps);
    throw error;
  }
  return { isReadOnly, mounts: placed };
}

/** Lets go of all that `prepareMounts` keeps, after the last process has ended. @param space one of these mounts, where there is one */
export function releaseMounts(
  files: FileSystem,
  reference: MountsReference,
  deps: NamespaceDeps,
  space = openNamespace(files, reference, deps),
): void {
  space.enter();
  for (const { on } of space.mounts) if (on !== undefined) space.release(on);
  for (const [index, { source }] of reference.mounts.entries()) {
    if (source.kind === 'host') space.release(space.placeAt(index + 1, source.root));
    if (source.kind === 'inside' && source.isOfAnother !== true)
      files.uncounted(() => removeDevices(files, source.root));
  }
  space.leave();
}

interface Unplaced extends Omit<PlacedMount, 'on'> {
  readonly isFile: boolean;
}

function ownMounts(files: FileSystem): readonly Unplaced[] {
  files.arena.enter();
  try {
    const { root, shared } = files.uncounted(() => makeDevices(files));
    return [
      { target: '/proc', readOnly: true, shownSource: 'proc', source: { kind: 'processes' }, isFile: false },
      {
        target: '/dev',
        readOnly: false,
        shownSource: 'tmpfs',
        source: { kind: 'inside', root, type: 'tmpfs' },
        isFile: false,
      },
      {
        target: shmPath,
        readOnly: false,
        shownSource: 'shm',
        source: { kind: 'inside', root: shared, type: 'tmpfs', isOfAnother: true },
        isFile: false,
      },
    ];
  } finally {
    files.arena.leave();
  }
}

function openSource(files: FileSystem, { source, target }: MountReference, { host }: NamespaceDeps) {
  if (source.kind !== 'host') return { source, isFile: false };
  if (host === undefined) throw new MountError(`${target}: there are no folders of a host here`);
  files.arena.enter();
  try {
    const root = makeHostRoot(files.arena, host, source.path);
    const isFile = new HostTree(files.arena, host, root).kindOf(root) !== kind.directory;
    return { source: { kind: 'host', root } as const, isFile };
  } catch (error) {
    throw refused(source.path, target, error);
  } finally {
    files.arena.leave();
  }
}

/** Puts a mount where it belongs, among those that are there. */
function place(space: Namespace, { isFile, ...mount }: Unplaced): PlacedMount {
  space.enter();
  try {
    const on = mountPoint(space, mount.target, isFile);
    if ((space.kindOf(on) !== kind.directory) !== isFile) {
      throw new MountError(
        `mounting ${mount.shownSource} at ${mount.target}: not a directory: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type`,
      );
    }
    space.hold(on);
    return { ...mount, on: { mount: on.mount.index, node: on.node } };
  } catch (error) {
    throw refused(mount.shownSource, mount.target, error);
  } finally {
    space.leave();
  }
}

/** What a mount at a path hides; what is missing of that is made. */
function mountPoint(space: Namespace, target: string, isFile: boolean): Place {
  const names = target.split('/').filter((name) => name !== '');
  let at = space.root;
  for (const [index] of names.entries()) {
    const {
      parent,
      name,
      place: found,
    } = space.find(space.root, nameOf(`/${names.slice(0, index + 1).join('/')}`), true);
    if (found !== undefined || name === undefined) {
      at = found ?? parent;
      continue;
    }
    const what = isFile && index === names.length - 1 ? kind.file : kind.directory;
    const mode = what === kind.file ? 0o644 : 0o755;
    const node = space.treeToChange(parent).create(parent.node, name, { kind: what, mode, uid: 0, gid: 0 });
    at = { mount: parent.mount, node };
  }
  return at;
}

function refused(source: string, target: string, error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  return new MountError(`mounting ${source} at ${target}: ${error.message}`, { cause: error });
}
