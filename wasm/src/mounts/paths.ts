// System calls on paths, in all that a container sees. `from` is the directory where a relative path begins; paths are UTF-8. Call all of it
// inside the namespace.

import type { Name } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import type { Found } from '../files/resolve.ts';
import { errno, fail } from '../wasi/errno.ts';
import { checkDevice } from './devices.ts';
import type { Place } from './mount.ts';
import type { Namespace } from './namespace.ts';
import { checkAccess, checkRemoval, may } from './permissions.ts';

/** What is at a path. @throws Failure ENOENT */
export function placeAt(space: Namespace, from: Place, path: Name, follow: boolean): Place {
  return space.find(from, path, follow).place ?? fail(errno.ENOENT);
}

export interface OpenHow {
  /** Go through a link at the end. */
  readonly follow?: boolean;
  readonly read?: boolean;
  readonly write?: boolean;
  readonly create?: boolean;
  readonly exclusive?: boolean;
  /** It has to be one. */
  readonly directory?: boolean;
  readonly truncate?: boolean;
  /** Permission bits of a new file. */
  readonly mode?: number;
}

/** As open(2). A fifo is opened by `openFifo` after this. @returns a place to read from and write to, which is to be held @throws Failure */
export function openAt(space: Namespace, from: Place, path: Name, how: OpenHow): Place {
  const found = space.find(from, path, how.follow === true);
  if (found.place === undefined) return createFile(space, found, how);
  if (how.create === true && how.exclusive === true) fail(errno.EEXIST);
  return openPlace(space, found.place, how);
}

function createFile(space: Namespace, { parent, name, asDirectory }: Found<Place>, how: OpenHow): Place {
  if (how.create !== true) fail(errno.ENOENT);
  if (asDirectory || how.directory === true || name === undefined) fail(errno.EISDIR);
  const tree = toChange(space, parent);
  const node = tree.create(parent.node, name, { kind: kind.file, mode: how.mode ?? 0o644, ...space.credentials });
  return { mount: parent.mount, node: tree.open(node, { read: how.read === true, write: how.write === true }) };
}

/** As open(2) on what is there. @throws Failure */
export function openPlace(space: Namespace, place: Place, how: OpenHow): Place {
  const { mount } = place;
  const what = space.kindOf(place);
  const [read, write, truncate] = [how.read === true, how.write === true, how.truncate === true];
  if (what === kind.symlink) fail(errno.ELOOP);
  if (what === kind.directory) {
    if (truncate || (write && how.directory !== true)) fail(errno.EISDIR);
    checkAccess(space, place, read ? may.read : 0);
    return place;
  }
  if (how.directory === true) fail(errno.ENOTDIR);
  if (space.descriptorOf(place) !== undefined) return place;
  if (what === kind.socket || what === kind.block) fail(errno.ENXIO);
  if (what === kind.file && mount.isReadOnly && (write || truncate)) fail(errno.EROFS);
  checkAccess(space, place, (read ? may.read : 0) | (write || truncate ? may.write : 0));
  const tree = space.treeAt(place);
  const node = tree.open(place.node, { read, write: write || truncate });
  if (what === kind.character) checkDevice(tree.stat(node).special);
  if (what === kind.file && truncate) tree.truncate(node, 0);
  return { mount, node };
}

/** @param mode permission bits @throws Failure */
export function makeDirectory(space: Namespace, from: Place, path: Name, mode: number): void {
  makeNode(space, from, path, kind.directory, mode);
}

/** A named pipe. @throws Failure EPERM in a folder of the host */
export function makeFifo(space: Namespace, from: Place, path: Name, mode: number): void {
  makeNode(space, from, path, kind.fifo, mode);
}

function makeNode(space: Namespace, from: Place, path: Name, what: number, mode: number): void {
  const { parent, name, asDirectory } = free(space, from, path);
  if (asDirectory && what !== kind.directory) fail(errno.ENOENT);
  toChange(space, parent).create(parent.node, name, { kind: what, mode, ...space.credentials });
}

/** A symbolic link. @throws Failure */
export function makeLink(space: Namespace, target: Uint8Array, from: Place, path: Name): void {
  const { parent, name, asDirectory } = free(space, from, path);
  if (asDirectory) fail(errno.ENOENT);
  toChange(space, parent).createLink(parent.node, name, target, space.credentials);
}

export interface At {
  readonly from: Place;
  readonly path: Name;
}

/** A further name for what is at a path. @throws Failure EXDEV, EPERM for a directory, … */
export function addLink(space: Namespace, old: At & { readonly follow: boolean }, made: At): void {
  const { parent: directory, name: oldName, place } = space.find(old.from, old.path, old.follow);
  if (place === undefined) fail(errno.ENOENT);
  const { parent, name, asDirectory } = free(space, made.from, made.path);
  if (asDirectory) fail(errno.ENOENT);
  if (oldName === undefined) fail(errno.EPERM);
  if (place.mount !== parent.mount || directory.mount !== parent.mount) fail(errno.EXDEV);
  const from = { directory: directory.node, name: oldName, node: place.node };
  toChange(space, parent).addName(parent.node, name, from);
}

/** Removes a name of anything but a directory. @throws Failure */
export function unlinkAt(space: Namespace, from: Place, path: Name): void {
  const { parent, name, place, asDirectory } = named(space, from, path);
  if (asDirectory) fail(errno.ENOTDIR);
  toRemove(space, parent, place).unlink(parent.node, name);
}

/** @throws Failure EBUSY for where something is mounted, ENOTEMPTY, … */
export function removeDirectoryAt(space: Namespace, from: Place, path: Name): void {
  const { parent, name, place } = named(space, from, path);
  toRemove(space, parent, place).removeDirectory(parent.node, name);
}

/** As rename(2). @throws Failure EXDEV, EBUSY, … */
export function renameAt(space: Namespace, old: At, made: At): void {
  // Both ways first, as Linux goes them: then what is at their ends.
  const from = space.find(old.from, old.path, false);
  const to = space.find(made.from, made.path, false);
  const { parent, name, place } = checkNamed(from);
  if (to.name === undefined) fail(errno.EBUSY);
  if (to.asDirectory && space.kindOf(place) !== kind.directory) fail(errno.ENOTDIR);
  if (parent.mount !== to.parent.mount) fail(errno.EXDEV);
  if (to.place !== undefined) toRemove(space, to.parent, to.place);
  else toChange(space, to.parent);
  toRemove(space, parent, place).rename(parent.node, name, to.parent.node, to.name);
}

/** The target of a link. @throws Failure EINVAL for what is none */
export function readLinkAt(space: Namespace, from: Place, path: Name): Uint8Array {
  return space.readTarget(placeAt(space, from, path, false));
}

/** Where something new may come. @throws Failure EEXIST, ENOENT */
function free(space: Namespace, from: Place, path: Name) {
  const { parent, name, place, asDirectory } = space.find(from, path, false);
  if (place !== undefined || name === undefined) fail(errno.EEXIST);
  return { parent, name, asDirectory };
}

/** What has a name of its own, to be taken away. @throws Failure ENOENT, EBUSY for a root, EINVAL for `.` */
function named(space: Namespace, from: Place, path: Name) {
  return checkNamed(space.find(from, path, false));
}

function checkNamed({ parent, name, place, asDirectory }: Found<Place>) {
  if (place === undefined) fail(errno.ENOENT);
  if (name === undefined) fail(place.mount.tree.isRoot(place.node) ? errno.EBUSY : errno.EINVAL);
  return { parent, name, place, asDirectory };
}

/** The tree of a directory in which names come. @throws Failure EROFS, EACCES */
function toChange(space: Namespace, directory: Place) {
  const tree = space.treeToChange(directory);
  checkAccess(space, directory, may.write | may.execute);
  return tree;
}

/** The tree of a directory out of which a name goes. @throws Failure EBUSY where something is mounted, EROFS, EACCES, EPERM */
function toRemove(space: Namespace, directory: Place, place: Place) {
  if (place.mount !== directory.mount) fail(errno.EBUSY);
  const tree = space.treeToChange(directory);
  checkRemoval(space, directory, place);
  return tree;
}
