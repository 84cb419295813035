// A `Tree` over a file system in an arena and what is mounted in it, or over a folder of the host, from the engine's thread, while programs
// work on it or not.

import { flag, at, kind, setDouble, setFlag } from '../../../../wasm/src/files/inode.ts';
import type { Place } from '../../../../wasm/src/mounts/mount.ts';
import type { Namespace } from '../../../../wasm/src/mounts/namespace.ts';
import { renameAt } from '../../../../wasm/src/mounts/paths.ts';
import { writeAt } from '../../../../wasm/src/mounts/places.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import type { FileChange, FileStatus, WriteFileOptions } from '../../spec/engine/files.ts';
import { EngineError } from '../../spec/errors.ts';
import type { Bytes } from '../host.ts';
import type { ByteRange, Tree, TreeEntry, WalkedEntry, WalkOptions } from '../kernel.ts';
import type { PackWriter } from './disk.ts';
import { Breath, callInside, fromFailure, inside, isAbsent } from './inside.ts';
import { applyEntry, checkEntry, encodeXattrs, entryOf, isWhiteout, whiteoutEntry } from './tree-entries.ts';
import { listDirectory, statusOf } from './tree-look.ts';
import { filesAt, makeAt, pathBytes, realPathOf, resolvePath, spotOf, strip, whiteoutAt } from './tree-paths.ts';
import { readContent, type TreeView, Walk } from './tree-read.ts';
import { watchFiles } from './tree-watch.ts';
import {
  isKept,
  isSame,
  putOther,
  putWhiteout,
  Removal,
  removeEmpty,
  removeName,
  setDirectoryTime,
} from './tree-write.ts';

/** Beyond so many directories their times are set at once, and later children may change them again. */
const mostTimes = 2 ** 18;

export interface FilesTreeOptions {
  readonly space: Namespace;
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
  readonly #space: Namespace;
  readonly #view: TreeView;
  readonly #closed = new AbortController();
  #failure: unknown;
  /** Of directories that were put: their times, once their children are in. */
  readonly #times = new Map<string, bigint>();
  /** Contents go into a pack one after another. */
  #puts: Promise<unknown> = Promise.resolve();

  constructor(options: FilesTreeOptions) {
    this.#options = options;
    this.#space = options.space;
    this.#view = { space: options.space, isLayer: options.isLayer, check: () => this.#check() };
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
    const { place, isNew } = callInside(this.#space, 'write', path, () => this.#openForWriting(path, options));
    let isWhole = false;
    try {
      await this.#writeContent(place, content, path);
      isWhole = true;
    } finally {
      inside(this.#space, () => {
        if (!isWhole && isNew) this.#unlinkIfThere(path, place);
        this.#space.release(place);
      });
    }
  }

  async makeDirectory(path: string): Promise<void> {
    this.#change('mkdir', path, () => {
      this.#makeForOwner(path, kind.directory, 0o755);
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

  /** What does not come of the file system itself is thrown at once, the rest in `flush`. */
  async #put(entry: TreeEntry, path: string, attributes: Uint8Array, content: Bytes | undefined): Promise<void> {
    try {
      if (entry.type === 'file') return await this.#putFile(entry, path, attributes, content);
      await this.#makeRoom(entry, path);
      if (entry.type === 'directory') this.#rememberTime(path, entry.mtimeNs);
      inside(this.#space, () => {
        if (this.#options.isLayer && isWhiteout(entry)) putWhiteout(this.#space, path);
        else putOther(this.#space, entry, path, attributes, this.#options.isLayer);
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
    inside(this.#space, () => {
      for (const [path, mtimeNs] of this.#times) setDirectoryTime(this.#space, path, mtimeNs);
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
    const isFree = inside(this.#space, () => {
      const { directory, name } = spotOf(this.#space, path, true);
      const place = this.#space.lookUp(directory, name);
      return place === undefined || isKept(this.#space, entry, place);
    });
    if (!isFree) await this.#run((removal) => removal.start(path));
  }

  async #putFile(entry: TreeEntry, path: string, attributes: Uint8Array, content: Bytes | undefined): Promise<void> {
    await this.#makeRoom(entry, path);
    const place = inside(this.#space, () =>
      this.#held(makeAt(this.#space, spotOf(this.#space, path, true), kind.file, 0o600)),
    );
    let isWhole = false;
    try {
      if (content !== undefined) await this.#putContent(place, content);
      inside(this.#space, () => applyEntry(this.#space, place, entry, attributes));
      isWhole = true;
    } finally {
      inside(this.#space, () => {
        if (!isWhole) this.#unlinkIfThere(path, place);
        this.#space.release(place);
      });
    }
  }

  #held(place: Place): Place {
    this.#space.hold(place);
    return place;
  }

  async #putContent(place: Place, content: Bytes): Promise<void> {
    const { pack } = this.#options;
    const files = filesAt(place);
    if (pack === undefined || files === undefined) return await this.#writeContent(place, content, undefined);
    const start = pack.length;
    let isWhole = false;
    try {
      for await (const chunk of content) pack.append(chunk);
      isWhole = true;
    } finally {
      if (!isWhole) pack.cut(start);
    }
    inside(this.#space, () => {
      setFlag(files.arena, place.node, flag.packed);
      setDouble(files.arena, place.node, at.packed, start);
      setDouble(files.arena, place.node, at.size, pack.length - start);
    });
  }

  /** @param path for the words of a failure; without, it is thrown as it is */
  async #writeContent(place: Place, content: Bytes, path: string | undefined): Promise<void> {
    let offset = 0;
    const breath = new Breath();
    for await (const chunk of content) {
      const write = () => writeAt(this.#space, place, offset, chunk);
      if (path === undefined) inside(this.#space, write);
      else callInside(this.#space, 'write', path, write);
      offset += chunk.length;
      await breath.take();
    }
  }

  /** What is there is empty then, and held. @throws Failure */
  #openForWriting(path: string, options: WriteFileOptions): { readonly place: Place; readonly isNew: boolean } {
    const space = this.#space;
    const found = resolvePath(space, path, true).place;
    if (found === undefined && !options.create) fail(errno.ENOENT);
    if (found === undefined)
      return { place: this.#held(this.#makeForOwner(path, kind.file, options.mode & 0o7777)), isNew: true };
    if (!options.overwrite) fail(errno.EEXIST);
    const what = space.kindOf(found);
    if (what !== kind.file) fail(what === kind.directory ? errno.EISDIR : errno.EINVAL);
    const tree = space.treeToChange(found);
    const place = { mount: found.mount, node: tree.open(found.node, { read: false, write: true }) };
    tree.truncate(place.node, 0);
    return { place: this.#held(place), isNew: false };
  }

  /** What is new belongs to whom its directory belongs to. */
  #makeForOwner(path: string, what: number, mode: number): Place {
    const spot = spotOf(this.#space, strip(path), false);
    if (this.#space.lookUp(spot.directory, spot.name) !== undefined) fail(errno.EEXIST);
    const { uid, gid } = this.#space.treeAt(spot.directory).stat(spot.directory.node);
    const made = makeAt(this.#space, spot, what, mode);
    if (made.mount.hasOwners) this.#space.treeToChange(made).setOwner(made.node, uid, gid);
    return made;
  }

  #unlinkIfThere(path: string, place: Place): void {
    const spot = spotOf(this.#space, strip(path), false);
    const there = this.#space.lookUp(spot.directory, spot.name);
    if (there !== undefined && isSame(this.#space, there, place)) removeName(this.#space, spot, there);
  }

  async #remove(call: string, path: string, start: (removal: Removal) => void): Promise<void> {
    try {
      await this.#run(start);
    } catch (error) {
      if (!isAbsent(error)) throw fromFailure(error, call, path);
    }
  }

  async #run(start: (removal: Removal) => void): Promise<void> {
    const removal = new Removal(this.#space, this.#options.isLayer);
    const breath = new Breath();
    inside(this.#space, () => start(removal));
    try {
      while (inside(this.#space, () => removal.step())) await breath.take();
    } finally {
      inside(this.#space, () => removal.stop());
    }
  }
}
