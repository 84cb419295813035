// What the layers below show of a directory: where it is in each of them, top first, up to one that hides the rest.

import { roomOf } from '../memory/arena.ts';
import { attributesOf, setAttributes } from './attributes.ts';
import { addEntry, entryAfter, entryName, findEntry, inodeOf, nextEntry, type Name } from './directories.ts';
import type { FileSystem } from './file-system.ts';
import { at, flag, get, getDouble, hasFlag, kind, kindOf, set, setDouble, setFlag } from './inode.ts';

/** An inode of a layer, by 1 + the layer's index. */
export interface Below {
  readonly layer: number;
  readonly inode: number;
}

/** A new root shows those of all layers. */
export function showLayers(files: FileSystem): void {
  const { root, layers, arena } = files;
  const roots = upToOpaque(
    files,
    layers.map((layer, index) => ({ layer: index + 1, inode: layer.root })),
  );
  const top = roots[0];
  if (top === undefined) return;
  copyAttributes(files, root, top);
  set(arena, root, at.flags, get(arena, root, at.flags) & ~flag.complete);
  keepLowers(files, root, roots);
}

/** What the layers have at a name of a directory; undefined where they have nothing, or hide it. */
export function findBelow(files: FileSystem, directory: number, name: Name): Below | undefined {
  return findAmong(files, lowersOf(files, directory), name);
}

/** What those places of a directory show at a name. */
export function findAmong(files: FileSystem, lowers: readonly Below[], name: Name): Below | undefined {
  for (const { layer, inode } of lowers) {
    const { arena } = files.layer(layer);
    const entry = findEntry(arena, inode, name);
    if (entry === 0) continue;
    const found = inodeOf(arena, entry);
    return found === 0 ? undefined : { layer, inode: found };
  }
  return undefined;
}

/** Gives what a layer has at a name an inode here, and the name. @throws Failure ENOSPC */
export function show(files: FileSystem, directory: number, name: Name, below: Below): number {
  const layer = files.layer(below.layer).arena;
  const isShared = kindOf(layer, below.inode) !== kind.directory && get(layer, below.inode, at.links) > 1;
  const known = isShared ? findEntry(files.arena, files.origins, originName(below)) : 0;
  const inode = known === 0 ? makeShown(files, directory, name, below) : inodeOf(files.arena, known);
  if (isShared && known === 0) addEntry(files.arena, files.origins, originName(below), inode);
  addEntry(files.arena, directory, name, inode);
  return inode;
}

/** Gives all that the layers show of a directory inodes here. @throws Failure ENOSPC */
export function complete(files: FileSystem, directory: number): void {
  if (hasFlag(files.arena, directory, flag.complete)) return;
  for (const { layer, inode } of lowersOf(files, directory)) {
    const { arena } = files.layer(layer);
    for (let entry = entryAfter(arena, inode, 0); entry !== 0; entry = nextEntry(arena, entry)) {
      const name = entryName(arena, entry);
      if (findEntry(files.arena, directory, name) !== 0) continue;
      const found = inodeOf(arena, entry);
      if (found === 0) addEntry(files.arena, directory, name, 0);
      else show(files, directory, name, { layer, inode: found });
    }
  }
  setFlag(files.arena, directory, flag.complete);
}

/** The inode of a layer that one shows, unless it is of this file system. */
export function originOf(files: FileSystem, inode: number): Below | undefined {
  const layer = get(files.arena, inode, at.layer);
  return layer === 0 ? undefined : { layer, inode: get(files.arena, inode, at.origin) };
}

/** By what `origins` knows an inode of a layer. */
export function originName({ layer, inode }: Below): Name {
  return { bytes: new Uint8Array(new Int32Array([layer, inode]).buffer), start: 0, end: 8 };
}

function makeShown(files: FileSystem, directory: number, name: Name, below: Below): number {
  const { arena } = files;
  const layer = files.layer(below.layer).arena;
  const inode = files.makeShown(kindOf(layer, below.inode));
  copyAttributes(files, inode, below);
  set(arena, inode, at.layer, below.layer);
  set(arena, inode, at.origin, below.inode);
  set(arena, inode, at.links, get(layer, below.inode, at.links));
  if (kindOf(layer, below.inode) === kind.file) setDouble(arena, inode, at.below, getDouble(arena, inode, at.size));
  if (kindOf(layer, below.inode) === kind.directory) {
    set(arena, inode, at.parent, directory);
    keepLowers(files, inode, mergedAmong(files, lowersOf(files, directory), name));
  }
  return inode;
}

/** Where a directory below those places is; nothing when they show something else there. */
export function mergedAmong(files: FileSystem, lowers: readonly Below[], name: Name): readonly Below[] {
  const found: Below[] = [];
  for (const { layer, inode } of lowers) {
    const { arena } = files.layer(layer);
    const entry = findEntry(arena, inode, name);
    if (entry === 0) continue;
    const same = inodeOf(arena, entry);
    if (same === 0 || kindOf(arena, same) !== kind.directory) break;
    found.push({ layer, inode: same });
  }
  return upToOpaque(files, found);
}

function upToOpaque(files: FileSystem, found: readonly Below[]): readonly Below[] {
  const last = found.findIndex(({ layer, inode }) => hasFlag(files.layer(layer).arena, inode, flag.opaque));
  return last < 0 ? found : found.slice(0, last + 1);
}

/** The places of a directory in the layers, top first. */
export function lowersOf(files: FileSystem, directory: number): readonly Below[] {
  const { arena } = files;
  const list = get(arena, directory, at.lowers);
  if (list === 0) return [];
  const lowers: Below[] = [];
  for (let index = 0; index < get(arena, list, 0); index++) {
    lowers.push({ layer: get(arena, list, 4 + index * 8), inode: get(arena, list, 8 + index * 8) });
  }
  return lowers;
}

/** @throws Failure ENOSPC */
export function keepLowers(files: FileSystem, directory: number, lowers: readonly Below[]): void {
  const { arena } = files;
  const list = arena.allocate(roomOf(lowersBytes(lowers.length)), false);
  set(arena, list, 0, lowers.length);
  for (const [index, { layer, inode }] of lowers.entries()) {
    set(arena, list, 4 + index * 8, layer);
    set(arena, list, 8 + index * 8, inode);
  }
  set(arena, directory, at.lowers, list);
}

export function freeLowers(files: FileSystem, directory: number): void {
  const { arena } = files;
  const list = get(arena, directory, at.lowers);
  if (list === 0) return;
  set(arena, directory, at.lowers, 0);
  arena.free(list, lowersBytes(get(arena, list, 0)));
}

function lowersBytes(count: number): number {
  return 4 + count * 8;
}

const words = [at.mode, at.uid, at.gid, at.accessedNs, at.modifiedNs, at.changedNs, at.device];
const doubles = [at.size, at.accessed, at.modified, at.changed];

function copyAttributes(files: FileSystem, inode: number, below: Below): void {
  const { arena } = files.layer(below.layer);
  for (const field of words) set(files.arena, inode, field, get(arena, below.inode, field));
  for (const field of doubles) setDouble(files.arena, inode, field, getDouble(arena, below.inode, field));
  if (get(arena, below.inode, at.attributes) !== 0) setAttributes(files.arena, inode, attributesOf(arena, below.inode));
}
