// Contents of files, and walks: a piece at a time inside, with what is kept in between held.

import { entryAfter, entryName, inodeOf, nextEntry, type Name } from '../../../../wasm/src/files/directories.ts';
import { kind } from '../../../../wasm/src/files/inode.ts';
import type { Place } from '../../../../wasm/src/mounts/mount.ts';
import type { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { readAt } from '../../../../wasm/src/mounts/places.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import { errnoError } from '../errno.ts';
import type { Bytes } from '../host.ts';
import type { ByteRange, TreeEntry, WalkedEntry, WalkOptions } from '../kernel.ts';
import { Breath, callInside, inside } from './inside.ts';
import { entryOf, noXattrs, whiteoutEntry } from './tree-entries.ts';
import { filesAt, longestPath, nameOf, resolveThere, type Spot, spotOf, textOf, whiteoutAt } from './tree-paths.ts';

const pieceBytes = 128 * 1024;

/** What a tree is of, and how it is looked at. */
export interface TreeView {
  readonly space: Namespace;
  /** Whiteouts are shown, as the devices that overlayfs makes of them. */
  readonly isLayer: boolean;
  /** @throws EngineError unavailable when the tree is closed */
  check(): void;
}

export async function* readContent(view: TreeView, path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const { space } = view;
  const place = callInside(space, 'read', path, () => openToRead(space, resolveThere(space, path, true)));
  const start = range?.offset ?? 0;
  const content = new HeldContent(view, place, path, start, start + (range?.length ?? Infinity));
  try {
    yield* content;
  } finally {
    content.release();
  }
}

/** A regular file, held. Call it inside. @throws Failure EISDIR, EINVAL */
function openToRead(space: Namespace, place: Place): Place {
  const what = space.kindOf(place);
  if (what !== kind.file) fail(what === kind.directory ? errno.EISDIR : errno.EINVAL);
  const opened = { mount: place.mount, node: space.treeAt(place).open(place.node, { read: true, write: false }) };
  space.hold(opened);
  return opened;
}

/** The bytes of a file that is held, as far as there are any. */
class HeldContent implements Bytes {
  readonly #view: TreeView;
  readonly #place: Place;
  readonly #path: string;
  #offset: number;
  readonly #end: number;
  #isHeld = true;

  constructor(view: TreeView, place: Place, path: string, start: number, end: number) {
    this.#view = view;
    this.#place = place;
    this.#path = path;
    this.#offset = start;
    this.#end = end;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const breath = new Breath();
    while (this.#isHeld && this.#offset < this.#end) {
      this.#view.check();
      const piece = new Uint8Array(Math.min(pieceBytes, this.#end - this.#offset));
      const { space } = this.#view;
      const count = callInside(space, 'read', this.#path, () => readAt(space, this.#place, this.#offset, piece));
      if (count === 0) return;
      this.#offset += count;
      yield piece.subarray(0, count);
      await breath.take();
    }
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    const { space } = this.#view;
    inside(space, () => space.release(this.#place));
  }
}

/** As of a walked file: exactly as many bytes as its entry says, with zeros for what was cut off meanwhile. */
class WalkedContent implements Bytes {
  readonly #content: HeldContent;
  #left: number;

  constructor(content: HeldContent, size: number) {
    this.#content = content;
    this.#left = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#content) {
      this.#left -= piece.length;
      yield piece;
    }
    while (this.#left > 0) {
      const zeros = new Uint8Array(Math.min(pieceBytes, this.#left));
      this.#left -= zeros.length;
      yield zeros;
    }
  }
}

/** A directory on the way down, held. */
interface Level {
  readonly directory: Place;
  readonly path: string;
  /** In byte order, the next one last. */
  readonly names: string[];
}

export interface Found {
  readonly entry: TreeEntry;
  /** Held, of a file whose content is to be read; else nobody's. */
  readonly held?: Place | undefined;
}

/** An entry with its content, where there is any to be read, which is let go of when the next entry is asked for. */
export async function* show(view: TreeView, { entry, held }: Found): AsyncGenerator<WalkedEntry> {
  if (held === undefined) {
    yield entry;
    return;
  }
  const content = new HeldContent(view, held, entry.path, 0, entry.size);
  try {
    yield { ...entry, content: new WalkedContent(content, entry.size) };
  } finally {
    content.release();
  }
}

/** Of files with several names, the first that was seen. */
export class FirstNames {
  readonly #paths = new Map<string, string>();

  /** An entry that is no directory: of a further name a hard link. Call it inside. */
  found(space: Namespace, entry: TreeEntry, place: Place, withContent: boolean): Found {
    const tree = space.treeAt(place);
    if (tree.stat(place.node).links > 1) {
      const key = `${place.mount.index} ${tree.keyOf(place.node)}`;
      const first = this.#paths.get(key);
      if (first !== undefined) {
        return { entry: { ...entry, type: 'hardlink', linkName: first, size: 0, xattrs: noXattrs } };
      }
      this.#paths.set(key, entry.path);
    }
    // The size of a link is for who looks at it alone: in an archive nothing follows it.
    if (entry.type !== 'file') return { entry: { ...entry, size: 0 } };
    if (!withContent) return { entry };
    return { entry, held: openToRead(space, place) };
  }
}

export class Walk {
  readonly #view: TreeView;
  readonly #options: WalkOptions;
  readonly #levels: Level[] = [];
  readonly #names = new FirstNames();
  /** The only mount to be seen; undefined for all. */
  #mount: number | undefined;

  constructor(view: TreeView, options: WalkOptions) {
    this.#view = view;
    this.#options = options;
  }

  async *entries(path: string): AsyncGenerator<WalkedEntry> {
    const { space } = this.#view;
    const breath = new Breath();
    try {
      const start = callInside(space, 'stat', path, () => this.#start(path));
      yield* show(this.#view, start);
      for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
        this.#view.check();
        const name = level.names.pop();
        const next = name === undefined ? this.#leave() : this.#enter(level, name);
        if (next !== undefined) yield* show(this.#view, next);
        await breath.take();
      }
    } finally {
      while (this.#levels.length > 0) this.#leave();
    }
  }

  #start(path: string): Found {
    const { space } = this.#view;
    if (path === '') return this.#found(space.root, '');
    return this.#at(spotOf(space, path, false), path) ?? fail(errno.ENOENT);
  }

  #enter(level: Level, name: string): Found | undefined {
    const path = level.path === '' ? name : `${level.path}/${name}`;
    const spot = { directory: level.directory, name: nameOf(name) };
    return callInside(this.#view.space, 'stat', path, () => this.#at(spot, path));
  }

  /** undefined when it was removed meanwhile. */
  #at(spot: Spot, path: string): Found | undefined {
    const { space, isLayer } = this.#view;
    const place = space.lookUp(spot.directory, spot.name);
    if (place !== undefined) return this.#found(place, path);
    return isLayer && whiteoutAt(spot) !== undefined ? { entry: whiteoutEntry(path) } : undefined;
  }

  #found(place: Place, path: string): Found {
    const { space } = this.#view;
    const entry = entryOf(space, place, path);
    if (entry.type !== 'directory') {
      return this.#names.found(space, entry, place, this.#options.metadataOnly !== true);
    }
    if (this.#options.oneFileSystem === true) this.#mount ??= place.mount.index;
    if (this.#mount === undefined || this.#mount === place.mount.index) this.#down(place, path);
    return { entry };
  }

  #down(directory: Place, path: string): void {
    const { space } = this.#view;
    const names = this.#namesIn(directory);
    if (names.some(({ bytes }) => path.length + 1 + bytes.length > longestPath)) {
      throw errnoError('ENAMETOOLONG', 'list', path);
    }
    names.sort((one, other) => compareBytes(other.bytes, one.bytes));
    space.hold(directory);
    this.#levels.push({ directory, path, names: names.map(({ text }) => text) });
  }

  #namesIn(directory: Place): { readonly bytes: Uint8Array; readonly text: string }[] {
    const { space, isLayer } = this.#view;
    const names: { readonly bytes: Uint8Array; readonly text: string }[] = [];
    const add = (name: Name) => names.push({ bytes: name.bytes.slice(name.start, name.end), text: textOf(name) });
    for (const { name } of space.treeAt(directory).list(directory.node, 0)) add(name);
    const files = isLayer ? filesAt(directory) : undefined;
    if (files === undefined) return names;
    for (let entry = entryAfter(files.arena, directory.node, 0); entry !== 0; entry = nextEntry(files.arena, entry)) {
      if (inodeOf(files.arena, entry) === 0) add(entryName(files.arena, entry));
    }
    return names;
  }

  #leave(): undefined {
    const level = this.#levels.pop();
    const { space } = this.#view;
    if (level !== undefined) inside(space, () => space.release(level.directory));
  }
}

export function compareBytes(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
