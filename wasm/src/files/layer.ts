// What has become different over the layers, as a new layer: whiteouts for what is gone, and opaque directories where something new
// stands in the place of an old one.

import { readFile, writeFile } from './contents.ts';
import { addEntry, entryAfter, entryName, inodeOf, nextEntry, type Name } from './directories.ts';
import type { FileSystem } from './file-system.ts';
import { at, blockBytes, flag, get, getDouble, hasFlag, kind, kindOf, set, setDouble, setFlag } from './inode.ts';
import { complete, findAmong, lowersOf, mergedAmong, originOf, type Below } from './lowers.ts';
import { addName, create, createLink, readTarget } from './operations.ts';

/**
 * Copies all changes into an empty file system, which is the layer then. Call it inside both arenas.
 * @throws Failure ENOSPC; then a part of them is there
 */
export function copyChanges(files: FileSystem, layer: FileSystem): void {
  // A name that nobody has looked at yet may be one of a file that has changed.
  if (isSharedTouched(files)) completeAll(files, files.root);
  new LayerCopy(files, layer).changes(files.root, () => layer.root, lowersOf(files, files.root));
}

class LayerCopy {
  readonly #files: FileSystem;
  readonly #layer: FileSystem;
  /** Files with several names that are in the layer already. */
  readonly #copied = new Map<number, number>();

  constructor(files: FileSystem, layer: FileSystem) {
    this.#files = files;
    this.#layer = layer;
  }

  /**
   * @param into gives the directory of the layer, which is made when something goes there
   * @param shown where the layers have what they show at the directory's path, whatever is there now
   */
  changes(from: number, into: () => number, shown: readonly Below[]): void {
    const { arena } = this.#files;
    for (let entry = entryAfter(arena, from, 0); entry !== 0; entry = nextEntry(arena, entry)) {
      const name = ownName(entryName(arena, entry));
      const inode = inodeOf(arena, entry);
      const below = findAmong(this.#files, shown, name);
      if (inode !== 0) this.#change(inode, into, name, shown, below);
      else if (below !== undefined) addEntry(this.#layer.arena, into(), name, 0);
    }
  }

  #change(inode: number, into: () => number, name: Name, shown: readonly Below[], below: Below | undefined): void {
    const { arena } = this.#files;
    const origin = originOf(this.#files, inode);
    const isInPlace = origin !== undefined && below?.layer === origin.layer && below.inode === origin.inode;
    const isTouched = hasFlag(arena, inode, flag.touched);
    if (!isInPlace || (isTouched && kindOf(arena, inode) !== kind.directory)) this.#copy(inode, into(), name);
    else if (kindOf(arena, inode) === kind.directory) {
      let made: number | undefined;
      const make = () => (made ??= this.#make(inode, into(), name));
      if (isTouched) make();
      this.changes(inode, make, mergedAmong(this.#files, shown, name));
      if (made !== undefined) this.#copyTimes(inode, made);
    }
  }

  /** All of it, whatever the layers have there. */
  #copy(inode: number, into: number, name: Name): void {
    const { arena } = this.#files;
    const known = this.#copied.get(inode);
    if (known !== undefined) return addName(this.#layer, into, name, known);
    const made = this.#make(inode, into, name);
    const inodeKind = kindOf(arena, inode);
    if (inodeKind === kind.file) this.#copyContent(inode, made);
    if (inodeKind !== kind.directory) {
      if (get(arena, inode, at.links) > 1) this.#copied.set(inode, made);
      return;
    }
    setFlag(this.#layer.arena, made, flag.opaque);
    complete(this.#files, inode);
    for (let entry = entryAfter(arena, inode, 0); entry !== 0; entry = nextEntry(arena, entry)) {
      if (inodeOf(arena, entry) !== 0) this.#copy(inodeOf(arena, entry), made, ownName(entryName(arena, entry)));
    }
    this.#copyTimes(inode, made);
  }

  #make(inode: number, into: number, name: Name): number {
    const { arena } = this.#files;
    const layer = this.#layer;
    const inodeKind = kindOf(arena, inode);
    const made =
      inodeKind === kind.symlink
        ? createLink(layer, into, name, readTarget(this.#files, inode))
        : create(layer, into, name, { kind: inodeKind, mode: 0 });
    for (const field of [at.mode, at.uid, at.gid, at.device]) set(layer.arena, made, field, get(arena, inode, field));
    this.#copyTimes(inode, made);
    return made;
  }

  #copyTimes(inode: number, made: number): void {
    const { arena } = this.#files;
    for (const field of [at.accessed, at.modified, at.changed]) {
      setDouble(this.#layer.arena, made, field, getDouble(arena, inode, field));
    }
    for (const field of [at.accessedNs, at.modifiedNs, at.changedNs]) {
      set(this.#layer.arena, made, field, get(arena, inode, field));
    }
  }

  #copyContent(inode: number, made: number): void {
    const buffer = new Uint8Array(blockBytes);
    const size = getDouble(this.#files.arena, inode, at.size);
    for (let offset = 0; offset < size; offset += blockBytes) {
      const count = readFile(this.#files, inode, offset, buffer);
      writeFile(this.#layer, made, offset, buffer.subarray(0, count));
    }
    this.#copyTimes(inode, made);
  }
}

/** A name that stays when its arena changes. */
function ownName({ bytes, start, end }: Name): Name {
  return { bytes: bytes.slice(start, end), start: 0, end: end - start };
}

function isSharedTouched({ arena, origins }: FileSystem): boolean {
  for (let entry = entryAfter(arena, origins, 0); entry !== 0; entry = nextEntry(arena, entry)) {
    if (hasFlag(arena, inodeOf(arena, entry), flag.touched)) return true;
  }
  return false;
}

function completeAll(files: FileSystem, directory: number): void {
  const { arena } = files;
  complete(files, directory);
  for (let entry = entryAfter(arena, directory, 0); entry !== 0; entry = nextEntry(arena, entry)) {
    const inode = inodeOf(arena, entry);
    if (inode !== 0 && kindOf(arena, inode) === kind.directory) completeAll(files, inode);
  }
}
