// What differs in a file system from the layers below it, as the walk of a layer: whiteouts for what is gone, and opaque directories where
// something new stands in the place of an old one.

import {
  entryAfter,
  entryName,
  findEntry,
  inodeOf,
  nextEntry,
  type Name,
} from '../../../../wasm/src/files/directories.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { at, flag, get, hasFlag, kind, kindOf } from '../../../../wasm/src/files/inode.ts';
import { complete, findAmong, lowersOf, mergedAmong, originOf, type Below } from '../../../../wasm/src/files/lowers.ts';
import { hold, release } from '../../../../wasm/src/files/operations.ts';
import type { TreeEntry, WalkedEntry, WalkOptions } from '../kernel.ts';
import { Breath, callInside, inside } from './inside.ts';
import { entryOf, opaqueName, whiteoutEntry } from './tree-entries.ts';
import { nameOf, textOf } from './tree-paths.ts';
import type { Place } from '../../../../wasm/src/mounts/mount.ts';
import { compareBytes, FirstNames, type Found, show, type TreeView } from './tree-read.ts';

/** A directory on the way down, held. */
interface Level {
  readonly directory: number;
  readonly path: string;
  /** Where the layers have what they show at its path; nothing for one that is all new. */
  readonly shown: readonly Below[];
  readonly isNew: boolean;
  /** What it is told as, once something in it is. */
  entry: TreeEntry | undefined;
  /** In byte order, the next one last. */
  readonly names: string[];
}

const yes = new TextEncoder().encode('y');

/** Walks all that differs, from the root, which comes in any case. */
export class ChangesWalk {
  readonly #view: TreeView;
  readonly #files: FileSystem;
  readonly #options: WalkOptions;
  readonly #levels: Level[] = [];
  readonly #names = new FirstNames();

  /** @param files which the view shows as its root */
  constructor(view: TreeView, files: FileSystem, options: WalkOptions) {
    this.#view = view;
    this.#files = files;
    this.#options = options;
  }

  async *entries(): AsyncGenerator<WalkedEntry> {
    const { root } = this.#files;
    const breath = new Breath();
    await completeShared(this.#files);
    try {
      inside(this.#view.space, () => this.#down(root, '', { shown: lowersOf(this.#files, root), isNew: false }));
      yield* this.#told();
      for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
        this.#view.check();
        const name = level.names.pop();
        if (name === undefined) this.#leave();
        else yield* this.#enter(level, name);
        await breath.take();
      }
    } finally {
      while (this.#levels.length > 0) this.#leave();
    }
  }

  async *#enter(level: Level, name: string): AsyncGenerator<WalkedEntry> {
    const path = level.path === '' ? name : `${level.path}/${name}`;
    const found = callInside(this.#view.space, 'stat', path, () => this.#at(level, nameOf(name), path));
    if (found === undefined) return;
    yield* this.#told();
    if (found !== 'told') yield* show(this.#view, found);
  }

  /** The directories above what is told, which were not yet. */
  *#told(): Generator<WalkedEntry> {
    for (const level of this.#levels) {
      const { entry } = level;
      level.entry = undefined;
      if (entry !== undefined) yield entry;
    }
  }

  /** undefined for what is not told, or not yet; `told` for a directory that is. */
  #at(level: Level, name: Name, path: string): Found | 'told' | undefined {
    const files = this.#files;
    const { arena } = files;
    const entry = findEntry(arena, level.directory, name);
    if (entry === 0) return undefined;
    const inode = inodeOf(arena, entry);
    const below = level.isNew ? undefined : findAmong(files, level.shown, name);
    if (inode === 0) return below === undefined ? undefined : { entry: whiteoutEntry(path) };
    const origin = originOf(files, inode);
    const isInPlace = origin !== undefined && below?.layer === origin.layer && below.inode === origin.inode;
    const isTouched = hasFlag(arena, inode, flag.touched);
    if (kindOf(arena, inode) !== kind.directory) {
      if (isInPlace && !isTouched) return undefined;
      const { space } = this.#view;
      const place = this.#place(inode);
      return this.#names.found(space, entryOf(space, place, path), place, this.#options.metadataOnly !== true);
    }
    if (isInPlace) this.#down(inode, path, { shown: mergedAmong(files, level.shown, name), isNew: false });
    else this.#down(inode, path, { shown: [], isNew: true, isOpaque: below !== undefined });
    return isInPlace && !isTouched ? undefined : 'told';
  }

  #down(
    directory: number,
    path: string,
    {
      shown,
      isNew,
      isOpaque = false,
    }: { readonly shown: readonly Below[]; readonly isNew: boolean; readonly isOpaque?: boolean },
  ): void {
    const { arena } = this.#files;
    if (isNew) complete(this.#files, directory);
    const names: { readonly bytes: Uint8Array; readonly text: string }[] = [];
    for (let entry = entryAfter(arena, directory, 0); entry !== 0; entry = nextEntry(arena, entry)) {
      const name = entryName(arena, entry);
      names.push({ bytes: name.bytes.slice(name.start, name.end), text: textOf(name) });
    }
    names.sort((one, other) => compareBytes(other.bytes, one.bytes));
    const plain = entryOf(this.#view.space, this.#place(directory), path);
    const entry = isOpaque ? { ...plain, xattrs: new Map([...plain.xattrs, [opaqueName, yes]]) } : plain;
    hold(this.#files, directory);
    this.#levels.push({ directory, path, shown, isNew, entry, names: names.map(({ text }) => text) });
  }

  #place(node: number): Place {
    return { mount: this.#view.space.root.mount, node };
  }

  #leave(): void {
    const level = this.#levels.pop();
    if (level !== undefined) inside(this.#files.arena, () => release(this.#files, level.directory));
  }
}

/** When a file with several names in the layers has changed, a name that nobody has looked at yet may be one of it: then all are looked at. */
async function completeShared(files: FileSystem): Promise<void> {
  const { arena } = files;
  if (!inside(arena, () => isSharedTouched(files))) return;
  const breath = new Breath();
  const held: number[] = inside(arena, () => [holdDirectory(files, files.root)]);
  try {
    while (held.length > 0) {
      inside(arena, () => completeNext(files, held));
      await breath.take();
    }
  } finally {
    inside(arena, () => held.forEach((directory) => release(files, directory)));
  }
}

function holdDirectory(files: FileSystem, directory: number): number {
  hold(files, directory);
  return directory;
}

/** Completes the last of the held directories, whose own take its place. */
function completeNext(files: FileSystem, held: number[]): void {
  const { arena } = files;
  const directory = held.pop();
  if (directory === undefined) return;
  complete(files, directory);
  for (let entry = entryAfter(arena, directory, 0); entry !== 0; entry = nextEntry(arena, entry)) {
    const inode = inodeOf(arena, entry);
    if (inode !== 0 && kindOf(arena, inode) === kind.directory) held.push(holdDirectory(files, inode));
  }
  release(files, directory);
}

function isSharedTouched({ arena, origins }: FileSystem): boolean {
  for (let entry = entryAfter(arena, origins, 0); entry !== 0; entry = nextEntry(arena, entry)) {
    if (hasFlag(arena, inodeOf(arena, entry), flag.touched)) return true;
  }
  return false;
}

/** What the layers show at a path below the root, whatever is there now. Call it inside. */
export function belowAt(files: FileSystem, path: string) {
  let shown = lowersOf(files, files.root);
  const names = path.split('/');
  for (const name of names.slice(0, -1)) shown = mergedAmong(files, shown, nameOf(name));
  const below = findAmong(files, shown, nameOf(names.at(-1) ?? ''));
  if (below === undefined) return undefined;
  const { arena } = files.layer(below.layer);
  const number = (field: number) => get(arena, below.inode, field) >>> 0;
  const isDirectory = kindOf(arena, below.inode) === kind.directory;
  return { isDirectory, mode: number(at.mode), uid: number(at.uid), gid: number(at.gid) };
}
