// What can be done at a place, whatever is mounted there. Call all of it inside the namespace.

import { kind } from '../files/inode.ts';
import { errno, fail } from '../wasi/errno.ts';
import { readDevice, writeDevice } from './devices.ts';
import type { Place } from './mount.ts';
import type { Namespace } from './namespace.ts';
import { checkAccess, checkOwner, may } from './permissions.ts';
import type { DiskSpace, Listed, NewTimes, Stat } from './tree.ts';

export interface PlaceStat extends Stat {
  /** With the inode's number, what tells a file from all others. */
  readonly device: bigint;
}

export function statOf(space: Namespace, place: Place): PlaceStat {
  return { ...space.treeAt(place).stat(place.node), device: BigInt(place.mount.index + 1) };
}

/** Bytes. */
export function sizeOf(space: Namespace, place: Place): number {
  return space.treeAt(place).sizeOf(place.node);
}

/** Of what was opened for reading. @returns bytes read: fewer than there is room for at the end, or where a device gives no more at once */
export function readAt(space: Namespace, { mount, node }: Place, offset: number, into: Uint8Array): number {
  const tree = space.treeAt({ mount, node });
  if (tree.kindOf(node) === kind.character) return readDevice(tree.stat(node).special, into);
  return tree.read(node, offset, into);
}

/** Writes all of it, to what was opened for writing. @throws Failure ENOSPC, EFBIG, …; then a part of it may be written */
export function writeAt(space: Namespace, { mount, node }: Place, offset: number, from: Uint8Array): void {
  const tree = space.treeAt({ mount, node });
  if (tree.kindOf(node) === kind.character) return writeDevice(tree.stat(node).special, from);
  tree.write(node, offset, from);
}

/** As `writeAt`, at the end. @returns where it begins */
export function appendTo(space: Namespace, { mount, node }: Place, from: Uint8Array): number {
  const tree = space.treeAt({ mount, node });
  if (tree.kindOf(node) !== kind.character) return tree.append(node, from);
  writeDevice(tree.stat(node).special, from);
  return 0;
}

/** Of a file that was opened for writing. @throws Failure EINVAL for what is none */
export function setSize(space: Namespace, place: Place, size: number): void {
  const tree = space.treeToChange(place);
  if (tree.kindOf(place.node) !== kind.file) fail(errno.EINVAL);
  tree.truncate(place.node, size);
}

/** What is in a directory, after what a reader has seen: 0 at the beginning. @throws Failure ENOTDIR */
export function listAt(space: Namespace, place: Place, after: number): Iterable<Listed> {
  return space.treeAt(place).list(place.node, after);
}

/** @throws Failure EROFS, EPERM, EACCES */
export function setTimes(space: Namespace, place: Place, times: NewTimes): void {
  const tree = space.treeToChange(place);
  const isNow = [times.accessedNs, times.modifiedNs].every((time) => time === 'now');
  if (isNow && space.credentials.uid !== tree.stat(place.node).uid) checkAccess(space, place, may.write);
  else checkOwner(space, place);
  tree.setTimes(place.node, times);
}

/** @throws Failure EROFS, EPERM */
export function setMode(space: Namespace, place: Place, mode: number): void {
  const tree = space.treeToChange(place);
  checkOwner(space, place);
  tree.setMode(place.node, mode);
}

/** -1 leaves one as it is. @throws Failure EROFS, EPERM */
export function setOwner(space: Namespace, place: Place, uid: number, gid: number): void {
  const tree = space.treeToChange(place);
  const { credentials } = space;
  const isFree = (uid === -1 || uid === credentials.uid) && (gid === -1 || gid === credentials.gid);
  if (credentials.uid !== 0 && !isFree) fail(errno.EPERM);
  checkOwner(space, place);
  tree.setOwner(place.node, uid, gid);
}

/** Of the file system there. */
export function spaceAt(space: Namespace, place: Place): DiskSpace {
  return space.treeAt(place).space();
}

/** On disk, as far as that is its own affair. Call it outside, with a place that is held. */
export function syncAt({ mount, node }: Place): void {
  mount.tree.sync(node);
}
