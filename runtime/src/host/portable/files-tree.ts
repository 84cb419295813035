// A `Tree` over a file system in an arena, from the engine's thread, while programs work on it or not.

import { writeFile, truncateFile } from '../../../../wasm/src/files/contents.ts';
import type { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { at, flag, get, kind, kindOf, set, setDouble, setFlag } from '../../../../wasm/src/files/inode.ts';
import {
  create,
  hold,
  lookUp,
  release,
  rename,
  removeDirectory,
  unlink,
} from '../../../../wasm/src/files/operations.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import type { FileChange, FileStatus, WriteFileOptions } from '../../spec/engine/files.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Bytes } from '../host.ts';
import type { ByteRange, Tree, TreeEntry, WalkedEntry, WalkOptions } from '../kernel.ts';
import type { PackWriter } from './disk.ts';
import { Breath, callInside, fromFailure, inside, isAbsent } from './inside.ts';
import { applyEntry, checkEntry, encodeXattrs, entryOf, isWhiteout, whiteoutEntry } from './tree-entries.ts';
import { listDirectory, realPathOf, statusOf } from './tree-look.ts';
import { pathBytes, placeOf, resolvePath, strip, whiteoutAt } from './tree-paths.ts';
import { readContent, type TreeView, Walk } from './tree-read.ts';
import { watchFiles } from './tree-watch.ts';
import { createFile, isKept, putOther, putWhiteout, Removal, setDirectoryTime } from './tree-write.ts';

/** Beyond so many directories their times are set at once, and later children may change them again. */
const mostTimes = 2 ** 18;

export interface FilesTreeOptions {
  readonly files: FileSystem;
  /** Whiteouts and opaque directories are shown and taken as overlayfs keeps them. */
  readonly isLayer: boolean;
  /** Where contents of new files go; absent: into the file system's own blocks. */
  readonly pack?: PackWriter | undefined;
  /** All that was changed is to be kept, with `durable` through a power cut. */
  save(durable: boolean): Promise<void>;
  /** Once, when the tree is closed. */
  close(): Promise<void>;
}

export class FilesTree implements Tree {
  readonly #options: FilesTreeOptions;
  readonly #files: FileSystem;
  readonly #view: TreeView;
  readonly #closed = new AbortController();
  #failure: unknown;
  /** Of directories that were put: their times, once their children are in. */
  readonly #times = new Map<string, bigint>();
  /** Contents go into a pack one after another. */
  #puts: Promise<unknown> = Promise.resolve();

  constructor(options: FilesTreeOptions) {
    this.#options = options;
    this.#files = options.files;
    this.#view = { files: options.files, isLayer: options.isLayer, check: () => this.#check() };
  }

  async stat(path: string, options?: { readonly follow?: boolean }): Promise<TreeEntry | undefined> {
    return this.#look('stat', path, () => {
      const { inode, parent, name } = resolvePath(this.#files, path, options?.follow === true);
      if (inode !== 0) return entryOf(this.#files, inode, path);
      const isHidden =
        this.#options.isLayer && name !== undefined && whiteoutAt(this.#files, { directory: parent, name }) !== 0;
      return isHidden ? whiteoutEntry(path) : undefined;
    });
  }

  async realPath(path: string): Promise<string | undefined> {
    return this.#look('resolve', path, () => realPathOf(this.#files, path));
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
    checkEntry(entry);
    for (const text of [entry.path, entry.linkName]) pathBytes(text);
    const attributes = encodeXattrs(entry);
    if (this.#failure !== undefined) throw fromFailure(this.#failure, 'write', entry.path);
    const put = this.#puts.then(() => this.#put(entry, strip(entry.path), attributes, content));
    this.#puts = put.catch(() => undefined);
    await put;
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
    await this.#puts;
    this.#setTimes();
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    await this.#options.save(options?.sync === true);
  }

  async status(path: string, options: { readonly follow: boolean }): Promise<FileStatus | undefined> {
    return this.#look('stat', path, () => {
      const { inode } = resolvePath(this.#files, path, options.follow);
      return inode === 0 ? undefined : statusOf(this.#files, inode, '', path);
    });
  }

  async *list(path: string): AsyncGenerator<FileStatus> {
    this.#check();
    yield* listDirectory(this.#view, path);
  }

  async write(path: string, content: Bytes, options: WriteFileOptions): Promise<void> {
    this.#check();
    const { inode, isNew } = callInside(this.#files.arena, 'write', path, () => this.#openForWriting(path, options));
    let isWhole = false;
    try {
      await this.#writeContent(inode, content, path);
      isWhole = true;
    } finally {
      inside(this.#files.arena, () => {
        if (!isWhole && isNew) this.#unlinkIfThere(path, inode);
        release(this.#files, inode);
      });
    }
  }

  async makeDirectory(path: string): Promise<void> {
    this.#change('mkdir', path, () => {
      const { directory, name } = placeOf(this.#files, strip(path), false);
      this.#giveToOwner(create(this.#files, directory, name, { kind: kind.directory, mode: 0o755 }), directory);
    });
  }

  async rename(from: string, to: string, options: { readonly overwrite: boolean }): Promise<void> {
    this.#change('rename', from, () => {
      const old = placeOf(this.#files, strip(from), false);
      const made = placeOf(this.#files, strip(to), false);
      if (lookUp(this.#files, old.directory, old.name) === 0) fail(errno.ENOENT);
      if (!options.overwrite && lookUp(this.#files, made.directory, made.name) !== 0) fail(errno.EEXIST);
      rename(this.#files, old.directory, old.name, made.directory, made.name);
    });
  }

  async unlink(path: string, options: { readonly recursive: boolean }): Promise<void> {
    const isDirectory = this.#change('remove', path, () => {
      const { directory, name } = placeOf(this.#files, strip(path), false);
      const inode = lookUp(this.#files, directory, name);
      if (inode === 0) fail(errno.ENOENT);
      if (kindOf(this.#files.arena, inode) !== kind.directory) unlink(this.#files, directory, name);
      else if (options.recursive) return true;
      else removeDirectory(this.#files, directory, name);
      return false;
    });
    if (isDirectory) await this.#remove('remove', path, (removal) => removal.start(strip(path)));
  }

  async watch(path: string, options: { readonly recursive: boolean }): Promise<AsyncIterable<FileChange>> {
    this.#check();
    return await Promise.resolve(watchFiles(this.#view, strip(path), options.recursive, this.#closed.signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    await this.#puts;
    this.#setTimes();
    await this.#options.close();
  }

  #check(): void {
    if (this.#closed.signal.aborted) throw new EngineError('unavailable', 'the file tree is closed');
  }

  #look<T>(call: string, path: string, run: () => T): T | undefined {
    this.#check();
    try {
      return inside(this.#files.arena, run);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw fromFailure(error, call, path);
    }
  }

  #change<T>(call: string, path: string, run: () => T): T {
    this.#check();
    return callInside(this.#files.arena, call, path, run);
  }

  /** What does not come of the file system itself is thrown at once, the rest in `flush`. */
  async #put(entry: TreeEntry, path: string, attributes: Uint8Array, content: Bytes | undefined): Promise<void> {
    try {
      if (entry.type === 'file') return await this.#putFile(entry, path, attributes, content);
      await this.#makeRoom(entry, path);
      if (entry.type === 'directory') this.#rememberTime(path, entry.mtimeNs);
      inside(this.#files.arena, () => {
        if (this.#options.isLayer && isWhiteout(entry)) putWhiteout(this.#files, path);
        else putOther(this.#files, entry, path, attributes, this.#options.isLayer);
      });
    } catch (error) {
      this.#keepFailure(error, entry.type === 'file' ? 'write' : 'create', path);
    }
  }

  #rememberTime(path: string, mtimeNs: bigint): void {
    if (this.#times.size >= mostTimes) this.#setTimes();
    this.#times.set(path, mtimeNs);
  }

  /** A directory that was removed or replaced meanwhile has no time to be set. */
  #setTimes(): void {
    inside(this.#files.arena, () => {
      for (const [path, mtimeNs] of this.#times) setDirectoryTime(this.#files, path, mtimeNs);
    });
    this.#times.clear();
  }

  #keepFailure(error: unknown, call: string, path: string): void {
    const told = fromFailure(error, call, path);
    if (told === error) throw error;
    this.#failure ??= told;
  }

  /** Takes away what is in an entry's place, unless the entry only changes it. */
  async #makeRoom(entry: TreeEntry, path: string): Promise<void> {
    if (path === '') return;
    const { arena } = this.#files;
    const isFree = inside(arena, () => {
      const { directory, name } = placeOf(this.#files, path, true);
      const inode = lookUp(this.#files, directory, name);
      return inode === 0 || isKept(this.#files, entry, inode);
    });
    if (!isFree) await this.#run((removal) => removal.start(path));
  }

  async #putFile(entry: TreeEntry, path: string, attributes: Uint8Array, content: Bytes | undefined): Promise<void> {
    const { arena } = this.#files;
    await this.#makeRoom(entry, path);
    const inode = inside(arena, () => {
      const made = createFile(this.#files, path);
      hold(this.#files, made);
      return made;
    });
    let isWhole = false;
    try {
      if (content !== undefined) await this.#putContent(inode, content);
      inside(arena, () => applyEntry(this.#files, inode, entry, attributes));
      isWhole = true;
    } finally {
      inside(arena, () => {
        if (!isWhole) this.#unlinkIfThere(path, inode);
        release(this.#files, inode);
      });
    }
  }

  async #putContent(inode: number, content: Bytes): Promise<void> {
    const { pack } = this.#options;
    if (pack === undefined) return await this.#writeContent(inode, content, undefined);
    const start = pack.length;
    let isWhole = false;
    try {
      for await (const chunk of content) pack.append(chunk);
      isWhole = true;
    } finally {
      if (!isWhole) pack.cut(start);
    }
    const { arena } = this.#files;
    inside(arena, () => {
      setFlag(arena, inode, flag.packed);
      setDouble(arena, inode, at.packed, start);
      setDouble(arena, inode, at.size, pack.length - start);
    });
  }

  /** @param path for the words of a failure; without, it is thrown as it is */
  async #writeContent(inode: number, content: Bytes, path: string | undefined): Promise<void> {
    let offset = 0;
    const breath = new Breath();
    for await (const chunk of content) {
      const write = () => writeFile(this.#files, inode, offset, chunk);
      if (path === undefined) inside(this.#files.arena, write);
      else callInside(this.#files.arena, 'write', path, write);
      offset += chunk.length;
      await breath.take();
    }
  }

  /** The inode is held then. @throws Failure */
  #openForWriting(path: string, options: WriteFileOptions): { readonly inode: number; readonly isNew: boolean } {
    const files = this.#files;
    const found = resolvePath(files, path, true).inode;
    if (found === 0 && !options.create) fail(errno.ENOENT);
    if (found !== 0 && !options.overwrite) fail(errno.EEXIST);
    const inode = found === 0 ? this.#makeFile(path, options.mode) : found;
    const foundKind = kindOf(files.arena, inode);
    if (foundKind !== kind.file) fail(foundKind === kind.directory ? errno.EISDIR : errno.EINVAL);
    if (found !== 0) truncateFile(files, inode, 0);
    files.touch(inode, at.modified, at.changed);
    hold(files, inode);
    return { inode, isNew: found === 0 };
  }

  #makeFile(path: string, mode: number): number {
    const { directory, name } = placeOf(this.#files, strip(path), false);
    const inode = create(this.#files, directory, name, { kind: kind.file, mode: mode & 0o7777 });
    this.#giveToOwner(inode, directory);
    return inode;
  }

  /** What is new belongs to whom its directory belongs to. */
  #giveToOwner(inode: number, directory: number): void {
    const { arena } = this.#files;
    for (const field of [at.uid, at.gid]) set(arena, inode, field, get(arena, directory, field));
  }

  #unlinkIfThere(path: string, inode: number): void {
    const { directory, name } = placeOf(this.#files, strip(path), false);
    if (lookUp(this.#files, directory, name) === inode) unlink(this.#files, directory, name);
  }

  async #remove(call: string, path: string, start: (removal: Removal) => void): Promise<void> {
    try {
      await this.#run(start);
    } catch (error) {
      if (!isAbsent(error)) throw fromFailure(error, call, path);
    }
  }

  async #run(start: (removal: Removal) => void): Promise<void> {
    const removal = new Removal(this.#files, this.#options.isLayer);
    const { arena } = this.#files;
    const breath = new Breath();
    inside(arena, () => start(removal));
    try {
      while (inside(arena, () => removal.step())) await breath.take();
    } finally {
      inside(arena, () => removal.stop());
    }
  }
}
