// Who may do what, as POSIX has it. User 0 may do all that the host lets the daemon do.

import { errno, fail } from '../wasi/errno.ts';
import type { Place } from './mount.ts';
import type { Namespace } from './namespace.ts';

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
}

export const may = { read: 4, write: 2, execute: 1 } as const;
const sticky = 0o1000;

/** @param wanted bits of `may` @throws Failure EACCES */
export function checkAccess(space: Namespace, place: Place, wanted: number): void {
  const { uid, gid } = space.credentials;
  if (uid === 0 || !place.mount.hasOwners) return;
  const { mode, uid: owner, gid: group } = space.treeAt(place).stat(place.node);
  const granted = uid === owner ? mode >> 6 : gid === group ? mode >> 3 : mode;
  if ((granted & wanted) !== wanted) fail(errno.EACCES);
}

/** Whether a name in a directory may go. @throws Failure EACCES, EPERM for another's in a directory that all may write to */
export function checkRemoval(space: Namespace, directory: Place, place: Place): void {
  const { uid } = space.credentials;
  if (uid === 0 || !directory.mount.hasOwners) return;
  checkAccess(space, directory, may.write | may.execute);
  const { mode, uid: owner } = space.treeAt(directory).stat(directory.node);
  if ((mode & sticky) === 0 || uid === owner) return;
  if (uid !== space.treeAt(place).stat(place.node).uid) fail(errno.EPERM);
}

/** @throws Failure EPERM for another's */
export function checkOwner(space: Namespace, place: Place): void {
  const { uid } = space.credentials;
  if (uid === 0 || !place.mount.hasOwners) return;
  if (uid !== space.treeAt(place).stat(place.node).uid) fail(errno.EPERM);
}
