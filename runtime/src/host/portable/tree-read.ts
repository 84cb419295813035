// Contents of files, and walks: a piece at a time inside the arena, with what is kept in between held.

import { readFile } from '../../../../wasm/src/files/contents.ts';
import {
  entryAfter,
  entryName,
  findEntry,
  inodeOf,
  nextEntry,
  type Name,
} from '../../../../wasm/src/files/directories.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { at, get, kind, kindOf } from '../../../../wasm/src/files/inode.ts';
import { complete } from '../../../../wasm/src/files/lowers.ts';
import { hold, lookUp, release } from '../../../../wasm/src/files/operations.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import { errnoError } from '../errno.ts';
import type { Bytes } from '../host.ts';
import type { ByteRange, TreeEntry, WalkedEntry, WalkOptions } from '../kernel.ts';
import { entryOf, noXattrs, whiteoutEntry } from './tree-entries.ts';
import { Breath, callInside, inside } from './inside.ts';
import { longestPath, nameOf, placeOf, resolveThere, textOf } from './tree-paths.ts';

const pieceBytes = 128 * 1024;

/** What a tree is of, and how it is looked at. */
export interface TreeView {
  readonly files: FileSystem;
  /** Whiteouts are shown, as the devices that overlayfs makes of them. */
  readonly isLayer: boolean;
  /** @throws EngineError unavailable when the tree is closed */
  check(): void;
}

export async function* readContent(view: TreeView, path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const { files } = view;
  const inode = callInside(files.arena, 'read', path, () => {
    const found = resolveThere(files, path, true);
    const foundKind = kindOf(files.arena, found);
    if (foundKind === kind.directory) fail(errno.EISDIR);
    if (foundKind !== kind.file) fail(errno.EINVAL);
    hold(files, found);
    return found;
  });
  const start = range?.offset ?? 0;
  const content = new HeldContent(view, inode, path, start, start + (range?.length ?? Infinity));
  try {
    yield* content;
  } finally {
    content.release();
  }
}

/** The bytes of an inode that is held, as far as there are any. */
class HeldContent implements Bytes {
  readonly #view: TreeView;
  readonly #inode: number;
  readonly #path: string;
  #offset: number;
  readonly #end: number;
  #isHeld = true;

  constructor(view: TreeView, inode: number, path: string, start: number, end: number) {
    this.#view = view;
    this.#inode = inode;
    this.#path = path;
    this.#offset = start;
    this.#end = end;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const breath = new Breath();
    while (this.#isHeld && this.#offset < this.#end) {
      this.#view.check();
      const piece = new Uint8Array(Math.min(pieceBytes, this.#end - this.#offset));
      const { files } = this.#view;
      const count = callInside(files.arena, 'read', this.#path, () =>
        readFile(files, this.#inode, this.#offset, piece),
      );
      if (count === 0) return;
      this.#offset += count;
      yield piece.subarray(0, count);
      await breath.take();
    }
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    const { files } = this.#view;
    inside(files.arena, () => release(files, this.#inode));
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
  readonly directory: number;
  readonly path: string;
  /** In byte order, the next one last. */
  readonly names: string[];
}

export interface Found {
  readonly entry: TreeEntry;
  /** Held, of a file whose content is to be read; else nobody's. */
  readonly held?: number | undefined;
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
  readonly #paths = new Map<number, string>();

  /** An entry that is no directory: of a further name a hard link. Call it inside. */
  found(files: FileSystem, entry: TreeEntry, inode: number, withContent: boolean): Found {
    if (get(files.arena, inode, at.links) > 1) {
      const first = this.#paths.get(inode);
      if (first !== undefined)
        return { entry: { ...entry, type: 'hardlink', linkName: first, size: 0, xattrs: noXattrs } };
      this.#paths.set(inode, entry.path);
    }
    if (entry.type !== 'file' || !withContent) return { entry };
    hold(files, inode);
    return { entry, held: inode };
  }
}

export class Walk {
  readonly #view: TreeView;
  readonly #options: WalkOptions;
  readonly #levels: Level[] = [];
  readonly #names = new FirstNames();

  constructor(view: TreeView, options: WalkOptions) {
    this.#view = view;
    this.#options = options;
  }

  async *entries(path: string): AsyncGenerator<WalkedEntry> {
    const { files } = this.#view;
    const breath = new Breath();
    try {
      const start = callInside(files.arena, 'stat', path, () => this.#start(path));
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
    const { files } = this.#view;
    if (path === '') return this.#found(files.root, '');
    const { directory, name } = placeOf(files, path, false);
    return this.#at(directory, name, path) ?? fail(errno.ENOENT);
  }

  #enter(level: Level, name: string): Found | undefined {
    const path = level.path === '' ? name : `${level.path}/${name}`;
    return callInside(this.#view.files.arena, 'stat', path, () => this.#at(level.directory, nameOf(name), path));
  }

  /** undefined when it was removed meanwhile. */
  #at(directory: number, name: Name, path: string): Found | undefined {
    const { files, isLayer } = this.#view;
    const inode = lookUp(files, directory, name);
    if (inode !== 0) return this.#found(inode, path);
    const entry = isLayer ? findEntry(files.arena, directory, name) : 0;
    return entry !== 0 && inodeOf(files.arena, entry) === 0 ? { entry: whiteoutEntry(path) } : undefined;
  }

  #found(inode: number, path: string): Found {
    const { files } = this.#view;
    const entry = entryOf(files, inode, path);
    if (entry.type === 'directory') {
      this.#down(inode, path);
      return { entry };
    }
    return this.#names.found(files, entry, inode, this.#options.metadataOnly !== true);
  }

  #down(directory: number, path: string): void {
    const { files } = this.#view;
    complete(files, directory);
    const names: { readonly bytes: Uint8Array; readonly text: string }[] = [];
    for (let entry = entryAfter(files.arena, directory, 0); entry !== 0; entry = nextEntry(files.arena, entry)) {
      if (inodeOf(files.arena, entry) === 0 && !this.#view.isLayer) continue;
      const name = entryName(files.arena, entry);
      names.push({ bytes: name.bytes.slice(name.start, name.end), text: textOf(name) });
      if (path.length + 1 + (name.end - name.start) > longestPath) throw errnoError('ENAMETOOLONG', 'list', path);
    }
    names.sort((one, other) => compareBytes(other.bytes, one.bytes));
    hold(files, directory);
    this.#levels.push({ directory, path, names: names.map(({ text }) => text) });
  }

  #leave(): undefined {
    const level = this.#levels.pop();
    const { files } = this.#view;
    if (level !== undefined) inside(files.arena, () => release(files, level.directory));
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
