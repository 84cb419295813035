// Contents of files written where they are, and files made for that.

import { kind } from '../../../../wasm/src/files/inode.ts';
import type { Place } from '../../../../wasm/src/mounts/mount.ts';
import type { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { writeAt } from '../../../../wasm/src/mounts/places.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import type { WriteFileOptions } from '../../spec/engine/files.ts';
import type { Bytes } from '../host.ts';
import { Breath, callInside, inside } from './inside.ts';
import { makeAt, resolvePath, spotOf, strip } from './tree-paths.ts';
import { isSame, removeName } from './tree-write.ts';

/** @param path for the words of a failure; without, it is thrown as it is */
export async function writeContent(
  space: Namespace,
  place: Place,
  content: Bytes,
  path: string | undefined,
): Promise<void> {
  let offset = 0;
  const breath = new Breath();
  for await (const chunk of content) {
    const write = () => writeAt(space, place, offset, chunk);
    if (path === undefined) inside(space, write);
    else callInside(space, 'write', path, write);
    offset += chunk.length;
    await breath.take();
  }
}

/** Held until `release`. Call it inside, as the others. */
export function held(space: Namespace, place: Place): Place {
  space.hold(place);
  return place;
}

/** What is there is empty then, and held. @throws Failure */
export function openForWriting(
  space: Namespace,
  path: string,
  options: WriteFileOptions,
): { readonly place: Place; readonly isNew: boolean } {
  const found = resolvePath(space, path, true).place;
  if (found === undefined) {
    if (!options.create) fail(errno.ENOENT);
    return { place: held(space, makeForOwner(space, path, kind.file, options.mode & 0o7777)), isNew: true };
  }
  if (!options.overwrite) fail(errno.EEXIST);
  const what = space.kindOf(found);
  if (what !== kind.file) fail(what === kind.directory ? errno.EISDIR : errno.EINVAL);
  const tree = space.treeToChange(found);
  const place = { mount: found.mount, node: tree.open(found.node, { read: false, write: true }) };
  tree.truncate(place.node, 0);
  return { place: held(space, place), isNew: false };
}

/** What is new belongs to whom its directory belongs to. @throws Failure EEXIST, ENOENT */
export function makeForOwner(space: Namespace, path: string, what: number, mode: number): Place {
  const spot = spotOf(space, strip(path), false);
  if (space.lookUp(spot.directory, spot.name) !== undefined) fail(errno.EEXIST);
  const { uid, gid } = space.treeAt(spot.directory).stat(spot.directory.node);
  const made = makeAt(space, spot, what, mode);
  if (made.mount.hasOwners) space.treeToChange(made).setOwner(made.node, uid, gid);
  return made;
}

/** Takes a name away, if it still is that of a file. */
export function unlinkIfThere(space: Namespace, path: string, place: Place): void {
  const spot = spotOf(space, strip(path), false);
  const there = space.lookUp(spot.directory, spot.name);
  if (there !== undefined && isSame(space, there, place)) removeName(space, spot, there);
}
