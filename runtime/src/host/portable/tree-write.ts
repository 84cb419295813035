// Making, replacing and removing what is in a tree. All of it but `remove` is called inside.

import {
  addEntry,
  entryAfter,
  findEntry,
  inodeOf,
  nextEntry,
  removeEntry,
} from '../../../../wasm/src/files/directories.ts';
import { at, flag, get, kind, set } from '../../../../wasm/src/files/inode.ts';
import type { Arena } from '../../../../wasm/src/memory/arena.ts';
import type { Place } from '../../../../wasm/src/mounts/mount.ts';
import type { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import type { TreeEntry } from '../kernel.ts';
import { Breath, inside, isAbsent } from './inside.ts';
import { applyEntry, isOpaque, kinds, setTime } from './tree-entries.ts';
import { filesAt, makeAt, pathBytes, resolvePath, type Spot, spotOf, strip, whiteoutAt } from './tree-paths.ts';

/** Puts anything but a file, once nothing but a directory is in its place. @throws Failure */
export function putOther(
  space: Namespace,
  entry: TreeEntry,
  path: string,
  attributes: Uint8Array,
  isLayer: boolean,
): void {
  if (path === '') {
    if (entry.type !== 'directory') fail(errno.EINVAL);
    return finishDirectory(space, space.root, entry, attributes, isLayer);
  }
  const spot = spotOf(space, path, true);
  if (entry.type === 'hardlink') return putHardLink(space, entry, spot);
  if (entry.type === 'directory') {
    const place = space.lookUp(spot.directory, spot.name) ?? makeAt(space, spot, kind.directory, 0o700);
    return finishDirectory(space, place, entry, attributes, isLayer);
  }
  const made = entry.type === 'symlink' ? makeLink(space, entry, spot) : makeAt(space, spot, kinds[entry.type], 0o600);
  applyEntry(space, made, entry, attributes);
}

function makeLink(space: Namespace, { linkName }: TreeEntry, spot: Spot): Place {
  const { directory, name } = spot;
  space.treeToChange(directory).createLink(directory.node, name, pathBytes(linkName), { uid: 0, gid: 0 });
  return space.lookUp(directory, name) ?? fail(errno.ENOENT);
}

function finishDirectory(
  space: Namespace,
  place: Place,
  entry: TreeEntry,
  attributes: Uint8Array,
  isLayer: boolean,
): void {
  applyEntry(space, place, entry, attributes);
  const files = isLayer ? filesAt(place) : undefined;
  if (files === undefined) return;
  const flags = get(files.arena, place.node, at.flags) & ~flag.opaque;
  set(files.arena, place.node, at.flags, isOpaque(entry) ? flags | flag.opaque : flags);
}

function putHardLink(space: Namespace, entry: TreeEntry, { directory, name }: Spot): void {
  const { spot, place } = targetOf(space, entry);
  const there = space.lookUp(directory, name);
  if (there !== undefined && isSame(space, there, place)) return;
  if (place.mount !== directory.mount || spot.directory.mount !== directory.mount) fail(errno.EXDEV);
  const from = { directory: spot.directory.node, name: spot.name, node: place.node };
  space.treeToChange(directory).addName(directory.node, name, from);
}

/** What a hard link leads to: never through a link at its end. @throws Failure ENOENT */
function targetOf(space: Namespace, { linkName }: TreeEntry): { readonly spot: Spot; readonly place: Place } {
  const spot = spotOf(space, strip(linkName), false);
  return { spot, place: space.lookUp(spot.directory, spot.name) ?? fail(errno.ENOENT) };
}

export function isSame(space: Namespace, one: Place, other: Place): boolean {
  return one.mount === other.mount && space.treeAt(one).keyOf(one.node) === other.mount.tree.keyOf(other.node);
}

/** Says that a layer hides a name. */
export function putWhiteout(space: Namespace, path: string): void {
  const { directory, name } = spotOf(space, path, true);
  const files = filesAt(directory);
  if (files === undefined) fail(errno.EPERM);
  if (findEntry(files.arena, directory.node, name) === 0) addEntry(files.arena, directory.node, name, 0);
  files.touch(directory.node, at.modified, at.changed);
}

/** Whether an entry takes what is in its place as it is: a directory a directory, a hard link the same file. */
export function isKept(space: Namespace, entry: TreeEntry, place: Place): boolean {
  if (entry.type === 'directory') return space.kindOf(place) === kind.directory;
  return entry.type === 'hardlink' && isSame(space, place, targetOf(space, entry).place);
}

/** Takes a name away that is no directory's. @throws Failure EBUSY where something is mounted */
export function removeName(space: Namespace, { directory, name }: Spot, place: Place): void {
  if (place.mount !== directory.mount) fail(errno.EBUSY);
  space.treeToChange(directory).unlink(directory.node, name);
}

/** As `removeName`, of an empty directory. @throws Failure ENOTEMPTY, EBUSY */
export function removeEmpty(space: Namespace, { directory, name }: Spot, place: Place): void {
  if (place.mount !== directory.mount) fail(errno.EBUSY);
  space.treeToChange(directory).removeDirectory(directory.node, name);
}

/** Does nothing where there is no such directory. */
export function setDirectoryTime(space: Namespace, path: string, mtimeNs: bigint): void {
  try {
    const { place } = resolvePath(space, path, false);
    if (place !== undefined && space.kindOf(place) === kind.directory) setTime(space, place, mtimeNs);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

const stepsAtOnce = 200;

function removeWhiteouts(arena: Arena, directory: number): void {
  for (let entry = entryAfter(arena, directory, 0); entry !== 0;) {
    const next = nextEntry(arena, entry);
    if (inodeOf(arena, entry) === 0) removeEntry(arena, directory, entry);
    entry = next;
  }
}

/** A directory whose children go, held, and where its name is. */
interface Going {
  readonly directory: Place;
  readonly spot: Spot | undefined;
  /** Some of what is in it. */
  names: Spot['name'][];
}

/** Removes trees from the leaves up, however deep, some hundred files at a time. */
export class Removal {
  readonly #space: Namespace;
  /** Whether whiteouts of a layer go as well. */
  readonly #isLayer: boolean;
  readonly #going: Going[] = [];

  constructor(space: Namespace, isLayer: boolean) {
    this.#space = space;
    this.#isLayer = isLayer;
  }

  /** What is to be removed; nothing there is no error. @throws Failure EINVAL, ENOTDIR, ENOENT above it */
  start(path: string): void {
    const spot = spotOf(this.#space, path, false);
    const place = this.#space.lookUp(spot.directory, spot.name);
    if (place === undefined) {
      const whiteout = this.#isLayer ? whiteoutAt(spot) : undefined;
      if (whiteout !== undefined) removeEntry(whiteout.files.arena, spot.directory.node, whiteout.entry);
    } else if (this.#space.kindOf(place) === kind.directory) this.#enter(place, spot);
    else removeName(this.#space, spot, place);
  }

  /** The children of a directory, which stays. @throws Failure ENOTDIR */
  startBelow(path: string): void {
    const { place } = resolvePath(this.#space, path, false);
    if (place === undefined) return;
    if (this.#space.kindOf(place) !== kind.directory) fail(errno.ENOTDIR);
    this.#enter(place, undefined);
  }

  /** @returns whether there is more to do */
  step(): boolean {
    for (let count = 0; count < stepsAtOnce; count++) {
      const going = this.#going.at(-1);
      if (going === undefined) return false;
      this.#removeFirst(going);
    }
    return true;
  }

  /** Lets go of what is held, when it is not done. */
  stop(): void {
    for (let going = this.#going.pop(); going !== undefined; going = this.#going.pop()) this.#release(going);
  }

  #removeFirst(going: Going): void {
    if (going.names.length === 0) going.names = this.#someOf(going.directory);
    const name = going.names.pop();
    if (name === undefined) return this.#leave();
    const spot = { directory: going.directory, name };
    const place = this.#space.lookUp(spot.directory, name);
    if (place === undefined) return;
    if (this.#space.kindOf(place) === kind.directory) this.#enter(place, spot);
    else removeName(this.#space, spot, place);
  }

  /** Of what is seen there; whiteouts of a layer go on the way, and no others are a hindrance. */
  #someOf(directory: Place): Spot['name'][] {
    const files = this.#isLayer ? filesAt(directory) : undefined;
    if (files !== undefined) removeWhiteouts(files.arena, directory.node);
    const names: Spot['name'][] = [];
    for (const { name } of this.#space.treeAt(directory).list(directory.node, 0)) {
      names.push({ bytes: name.bytes.slice(name.start, name.end), start: 0, end: name.end - name.start });
      if (names.length === stepsAtOnce) break;
    }
    return names;
  }

  #enter(directory: Place, spot: Spot | undefined): void {
    this.#space.hold(directory);
    if (spot !== undefined) this.#space.hold(spot.directory);
    this.#going.push({ directory, spot, names: [] });
  }

  #leave(): void {
    const going = this.#going.pop();
    if (going === undefined) return;
    const { spot, directory } = going;
    const there = spot === undefined ? undefined : this.#space.lookUp(spot.directory, spot.name);
    // Somebody may have moved it away, or put another there.
    if (spot !== undefined && there !== undefined && isSame(this.#space, there, directory)) {
      removeEmpty(this.#space, spot, there);
    }
    this.#release(going);
  }

  #release({ directory, spot }: Going): void {
    this.#space.release(directory);
    if (spot !== undefined) this.#space.release(spot.directory);
  }
}

/** Removes what `start` names; others are served in between. @throws Failure */
export async function remove(space: Namespace, isLayer: boolean, start: (removal: Removal) => void): Promise<void> {
  const removal = new Removal(space, isLayer);
  const breath = new Breath();
  inside(space, () => start(removal));
  try {
    while (inside(space, () => removal.step())) await breath.take();
  } finally {
    inside(space, () => removal.stop());
  }
}
