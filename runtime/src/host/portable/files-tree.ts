// A `Tree` over a file system in an arena and what is mounted in it, or over a folder of the host, from the engine's thread, while programs
// work on it or not.

import { kind } from '../../../../wasm/src/files/inode.ts';
import type { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { renameAt } from '../../../../wasm/src/mounts/paths.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import type { FileChange, FileStatus, WriteFileOptions } from '../../spec/engine/files.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Bytes } from '../host.ts';
import type { ByteRange, Tree, TreeEntry, WalkedEntry, WalkOptions } from '../kernel.ts';
import { callInside, fromFailure, inside, isAbsent } from './inside.ts';
import { makeForOwner, openForWriting, unlinkIfThere, writeContent } from './tree-contents.ts';
import { entryOf, whiteoutEntry } from './tree-entries.ts';
import { listDirectory, statusOf } from './tree-look.ts';
import { pathBytes, realPathOf, resolvePath, spotOf, strip, whiteoutAt } from './tree-paths.ts';
import { Puts, type SharedPack } from './tree-put.ts';
import { readContent, type TreeView, Walk } from './tree-read.ts';
import { watchFiles } from './tree-watch.ts';
import { type Removal, remove, removeEmpty, removeName } from './tree-write.ts';

export interface FilesTreeOptions {
  readonly space: Namespace;
  /** Whiteouts and opaque directories are shown and taken as overlayfs keeps them. */
  readonly isLayer: boolean;
  /** Where contents of new files go; absent: into the file system's own blocks. */
  readonly pack?: SharedPack | undefined;
  /** All that was changed is to be kept, with `durable` through a power cut. */
  save(durable: boolean): Promise<void>;
  /** Once, when the tree is closed. */
  close(): Promise<void>;
}

export class FilesTree implements Tree {
  readonly #options: FilesTreeOptions;
  readonly #space: Namespace;
  readonly #view: TreeView;
  readonly #closed = new AbortController();
  readonly #puts: Puts;

  constructor(options: FilesTreeOptions) {
    this.#options = options;
    this.#space = options.space;
    this.#view = { space: options.space, isLayer: options.isLayer, check: () => this.#check() };
    this.#puts = new Puts(this.#view, options.pack);
  }

  async stat(path: string, options?: { readonly follow?: boolean }): Promise<TreeEntry | undefined> {
    return this.#look('stat', path, () => {
      const { place, parent, name } = resolvePath(this.#space, path, options?.follow === true);
      if (place !== undefined) return entryOf(this.#space, place, strip(path));
      const isHidden =
        this.#options.isLayer && name !== undefined && whiteoutAt({ directory: parent, name }) !== undefined;
      return isHidden ? whiteoutEntry(strip(path)) : undefined;
    });
  }

  async realPath(path: string): Promise<string | undefined> {
    return this.#look('resolve', path, () => realPathOf(this.#space, path));
  }

  async *read(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    this.#check();
    yield* readContent(this.#view, path, range);
  }

  async *walk(path: string, options: WalkOptions = {}): AsyncGenerator<WalkedEntry> {
    this.#check();
    yield* new Walk(this.#view, options).entries(strip(path));
  }

  async put(entry: TreeEntry, content?: Bytes): Promise<void> {
    this.#check();
    await this.#puts.put(entry, content);
  }

  async remove(path: string): Promise<void> {
    this.#check();
    pathBytes(path);
    await this.#remove('remove', path, (removal) => removal.start(strip(path)));
  }

  async empty(path: string): Promise<void> {
    this.#check();
    await this.#remove('empty', path, (removal) => removal.startBelow(strip(path)));
  }

  async flush(options?: { readonly sync?: boolean }): Promise<void> {
    this.#check();
    const failure = await this.#puts.settle();
    if (failure !== undefined) throw failure;
    await this.#options.save(options?.sync === true);
  }

  async status(path: string, options: { readonly follow: boolean }): Promise<FileStatus | undefined> {
    return this.#look('stat', path, () => {
      const { place } = resolvePath(this.#space, path, options.follow);
      return place === undefined ? undefined : statusOf(this.#space, place, '', path);
    });
  }

  async *list(path: string): AsyncGenerator<FileStatus> {
    this.#check();
    yield* listDirectory(this.#view, path);
  }

  async write(path: string, content: Bytes, options: WriteFileOptions): Promise<void> {
    this.#check();
    const { place, isNew } = callInside(this.#space, 'write', path, () => openForWriting(this.#space, path, options));
    let isWhole = false;
    try {
      await writeContent(this.#space, place, content, path);
      isWhole = true;
    } finally {
      inside(this.#space, () => {
        if (!isWhole && isNew) unlinkIfThere(this.#space, path, place);
        this.#space.release(place);
      });
    }
  }

  async makeDirectory(path: string): Promise<void> {
    this.#change('mkdir', path, () => {
      makeForOwner(this.#space, path, kind.directory, 0o755);
    });
  }

  async rename(from: string, to: string, options: { readonly overwrite: boolean }): Promise<void> {
    this.#change('rename', from, () => {
      const [old, made] = [from, to].map((path) => spotOf(this.#space, strip(path), false));
      if (old === undefined || made === undefined) return;
      if (this.#space.lookUp(old.directory, old.name) === undefined) fail(errno.ENOENT);
      if (!options.overwrite && this.#space.lookUp(made.directory, made.name) !== undefined) fail(errno.EEXIST);
      const [source, target] = [old, made].map(({ directory, name }) => ({ from: directory, path: name }));
      if (source !== undefined && target !== undefined) renameAt(this.#space, source, target);
    });
  }

  async unlink(path: string, options: { readonly recursive: boolean }): Promise<void> {
    const isDirectory = this.#change('remove', path, () => {
      const spot = spotOf(this.#space, strip(path), false);
      const place = this.#space.lookUp(spot.directory, spot.name) ?? fail(errno.ENOENT);
      if (this.#space.kindOf(place) !== kind.directory) removeName(this.#space, spot, place);
      else if (options.recursive) return true;
      else removeEmpty(this.#space, spot, place);
      return false;
    });
    if (isDirectory) await this.#remove('remove', path, (removal) => removal.start(strip(path)));
  }

  async watch(path: string, options: { readonly recursive: boolean }): Promise<AsyncIterable<FileChange>> {
    this.#check();
    return await Promise.resolve(
      watchFiles(this.#view, { path: strip(path), isRecursive: options.recursive, closed: this.#closed.signal }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    // Whoever closes a tree without a flush does not want to know.
    await this.#puts.settle();
    await this.#options.close();
  }

  #check(): void {
    if (this.#closed.signal.aborted) throw new EngineError('unavailable', 'the file tree is closed');
  }

  #look<T>(call: string, path: string, run: () => T): T | undefined {
    this.#check();
    try {
      return inside(this.#space, run);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw fromFailure(error, call, path);
    }
  }

  #change<T>(call: string, path: string, run: () => T): T {
    this.#check();
    return callInside(this.#space, call, path, run);
  }

  async #remove(call: string, path: string, start: (removal: Removal) => void): Promise<void> {
    try {
      await remove(this.#space, this.#options.isLayer, start);
    } catch (error) {
      if (!isAbsent(error)) throw fromFailure(error, call, path);
    }
  }
}
