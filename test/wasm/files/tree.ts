// A file system of the lightweight mode by paths and texts, as tests want it.

import { errno, Failure } from '../../../wasm/src/wasi/errno.ts';
import { readFile, truncateFile, writeFile } from '../../../wasm/src/files/contents.ts';
import { nameOf, textOf, type Name } from '../../../wasm/src/files/directories.ts';
import { FileSystem, type FileSystemOptions } from '../../../wasm/src/files/file-system.ts';
import { at, get, getDouble, kind, set } from '../../../wasm/src/files/inode.ts';
import {
  addName,
  create,
  createLink,
  list,
  readTarget,
  removeDirectory,
  rename,
  unlink,
} from '../../../wasm/src/files/operations.ts';
import { resolve } from '../../../wasm/src/files/resolve.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';

export interface Status {
  readonly kind: string;
  readonly size: number;
  readonly links: number;
  readonly mode: number;
}

export class PathTree {
  readonly files: FileSystem;

  constructor(files: FileSystem) {
    this.files = files;
  }

  static create(
    options: FileSystemOptions = {},
    arena: { readonly limit?: number; readonly isShared?: boolean } = {},
  ): PathTree {
    const made = Arena.create({ limit: arena.limit ?? 2 ** 30, isShared: arena.isShared ?? true });
    return new PathTree(FileSystem.create(made, 12_345, options));
  }

  makeDirectory(path: string): void {
    this.#atNew(path, (parent, name) => create(this.files, parent, name, { kind: kind.directory, mode: 0o755 }));
  }

  /** As open(2) with O_CREAT and without O_TRUNC, then a write at `offset`. */
  write(path: string, offset: number, content: Uint8Array): void {
    this.#inside(() => writeFile(this.files, this.#openOrCreate(path), offset, content));
  }

  chmod(path: string, mode: number): void {
    this.#inside(() => set(this.files.arena, this.#there(path, true).inode, at.mode, mode));
  }

  truncate(path: string, size: number): void {
    this.#inside(() => truncateFile(this.files, this.#regular(path), size));
  }

  read(path: string, offset = 0, length = 2 ** 24): Uint8Array {
    return this.#inside(() => {
      const inode = this.#regular(path);
      const into = new Uint8Array(Math.min(length, Math.max(0, getDouble(this.files.arena, inode, at.size) - offset)));
      assertLength(readFile(this.files, inode, offset, into), into.length);
      return into;
    });
  }

  symlink(target: string, path: string): void {
    this.#atNew(path, (parent, name) => createLink(this.files, parent, name, new TextEncoder().encode(target)));
  }

  link(from: string, path: string): void {
    this.#inside(() => {
      const { inode } = this.#there(from, false);
      this.#atNew(path, (parent, name) => addName(this.files, parent, name, inode));
    });
  }

  unlink(path: string): void {
    this.#inside(() => {
      const { parent, name, asDirectory } = this.#there(path, false);
      if (name === undefined || asDirectory) throw new Failure('EISDIR');
      unlink(this.files, parent, name);
    });
  }

  removeDirectory(path: string): void {
    this.#inside(() => {
      const { parent, name } = this.#there(path, false);
      removeDirectory(this.files, parent, named(name));
    });
  }

  rename(from: string, to: string): void {
    this.#inside(() => {
      const old = resolve(this.files, this.files.root, nameOf(from), false);
      const made = resolve(this.files, this.files.root, nameOf(to), false);
      rename(this.files, old.parent, named(old.name), made.parent, named(made.name));
    });
  }

  readLink(path: string): string {
    return this.#inside(() => new TextDecoder().decode(readTarget(this.files, this.#there(path, false).inode)));
  }

  list(path: string): readonly string[] {
    return this.#inside(() => {
      const names = [];
      for (const { name } of list(this.files, this.#there(path, true).inode, 0)) names.push(textOf(name));
      return names.toSorted();
    });
  }

  status(path: string, follow = false): Status {
    return this.#inside(() => {
      const { arena } = this.files;
      const { inode } = this.#there(path, follow);
      const name = Object.entries(kind).find(([, value]) => value === get(arena, inode, at.kind))?.[0] ?? '';
      return {
        kind: name,
        size: getDouble(arena, inode, at.size),
        links: get(arena, inode, at.links),
        mode: get(arena, inode, at.mode),
      };
    });
  }

  /** Alone with the file system for all of it. */
  together(run: () => void): void {
    this.#inside(run);
  }

  #openOrCreate(path: string): number {
    const { inode, parent, name, asDirectory } = resolve(this.files, this.files.root, nameOf(path), true);
    if (inode === 0 && asDirectory) throw new Failure('EISDIR');
    if (inode === 0) return create(this.files, parent, named(name), { kind: kind.file, mode: 0o644 });
    return this.#regular(path);
  }

  #regular(path: string): number {
    const { inode } = this.#there(path, true);
    if (get(this.files.arena, inode, at.kind) === kind.directory) throw new Failure('EISDIR');
    return inode;
  }

  #there(path: string, follow: boolean) {
    const found = resolve(this.files, this.files.root, nameOf(path), follow);
    if (found.inode === 0) throw new Failure('ENOENT');
    return found;
  }

  #atNew(path: string, make: (parent: number, name: Name) => unknown): void {
    this.#inside(() => {
      const { parent, name, inode } = resolve(this.files, this.files.root, nameOf(path), false);
      if (inode !== 0 || name === undefined) throw new Failure('EEXIST');
      make(parent, name);
    });
  }

  #depth = 0;

  #inside<T>(run: () => T): T {
    const { arena } = this.files;
    if (this.#depth++ === 0) arena.enter();
    try {
      return run();
    } finally {
      if (--this.#depth === 0) arena.leave();
    }
  }
}

/** The name of what a system call failed with. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Failure)) throw error;
  return Object.entries(errno).find(([, number]) => number === error.errno)?.[0] ?? '';
}

function assertLength(read: number, wanted: number): void {
  if (read !== wanted) throw new Error(`read ${read} of ${wanted} bytes`);
}

function named(name: Name | undefined): Name {
  if (name === undefined) throw new Failure('EINVAL');
  return name;
}
