// Entries put into a tree, one after another. What a file system refuses is told when the tree is flushed, as a kernel's tree does.

import { at, flag, kind, setDouble, setFlag } from '../../../../wasm/src/files/inode.ts';
import type { Place } from '../../../../wasm/src/mounts/mount.ts';
import { Serial } from '../../spec/queue.ts';
import type { Bytes } from '../host.ts';
import type { TreeEntry } from '../kernel.ts';
import type { PackWriter } from './disk.ts';
import { fromFailure, inside } from './inside.ts';
import { held, unlinkIfThere, writeContent } from './tree-contents.ts';
import { applyEntry, checkEntry, encodeXattrs, isWhiteout } from './tree-entries.ts';
import { filesAt, makeAt, pathBytes, spotOf, strip } from './tree-paths.ts';
import type { TreeView } from './tree-read.ts';
import { isKept, putOther, putWhiteout, remove, setDirectoryTime } from './tree-write.ts';

/** Beyond so many directories their times are set at once, and later children may change them again. */
const mostTimes = 2 ** 18;

/** A pack that several trees may write into, one content after another. */
export interface SharedPack {
  readonly writer: PackWriter;
  readonly turns: Serial;
}

export class Puts {
  readonly #view: TreeView;
  readonly #pack: SharedPack | undefined;
  readonly #turns = new Serial();
  /** Of directories that were put: their times, once their children are in. */
  readonly #times = new Map<string, bigint>();
  #failure: unknown;

  constructor(view: TreeView, pack: SharedPack | undefined) {
    this.#view = view;
    this.#pack = pack;
  }

  /** @throws EngineError invalidParameter, what `content` throws, and the failure of an earlier one */
  async put(entry: TreeEntry, content: Bytes | undefined): Promise<void> {
    checkEntry(entry);
    for (const text of [entry.path, entry.linkName]) pathBytes(text);
    const attributes = encodeXattrs(entry);
    if (this.#failure !== undefined) throw fromFailure(this.#failure, 'write', entry.path);
    await this.#turns.run(() => this.#put(entry, strip(entry.path), attributes, content));
  }

  /** When all that was put is there. @returns the first failure since the last time */
  async settle(): Promise<unknown> {
    await this.#turns.run(() => Promise.resolve(this.#setTimes()));
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  async #put(entry: TreeEntry, path: string, attributes: Uint8Array, content: Bytes | undefined): Promise<void> {
    const { space, isLayer } = this.#view;
    try {
      if (path !== '') await this.#makeRoom(entry, path);
      if (entry.type === 'file') return await this.#putFile(entry, path, attributes, content);
      if (entry.type === 'directory') this.#rememberTime(path, entry.mtimeNs);
      inside(space, () => {
        if (isLayer && isWhiteout(entry)) putWhiteout(space, path);
        else putOther(space, entry, path, attributes, isLayer);
      });
    } catch (error) {
      const told = fromFailure(error, entry.type === 'file' ? 'write' : 'create', path);
      if (told === error) throw error;
      this.#failure ??= told;
    }
  }

  /** Takes away what is in an entry's place, unless the entry only changes it. */
  async #makeRoom(entry: TreeEntry, path: string): Promise<void> {
    const { space, isLayer } = this.#view;
    const isFree = inside(space, () => {
      const { directory, name } = spotOf(space, path, true);
      const place = space.lookUp(directory, name);
      return place === undefined || isKept(space, entry, place);
    });
    if (!isFree) await remove(space, isLayer, (removal) => removal.start(path));
  }

  async #putFile(entry: TreeEntry, path: string, attributes: Uint8Array, content: Bytes | undefined): Promise<void> {
    const { space } = this.#view;
    const place = inside(space, () => held(space, makeAt(space, spotOf(space, path, true), kind.file, 0o600)));
    let isWhole = false;
    try {
      if (content !== undefined) await this.#putContent(place, content);
      inside(space, () => applyEntry(space, place, entry, attributes));
      isWhole = true;
    } finally {
      inside(space, () => {
        if (!isWhole) unlinkIfThere(space, path, place);
        space.release(place);
      });
    }
  }

  async #putContent(place: Place, content: Bytes): Promise<void> {
    const { space } = this.#view;
    const pack = this.#pack;
    const files = filesAt(place);
    if (pack === undefined || files === undefined) return await writeContent(space, place, content, undefined);
    const { start, size } = await pack.turns.run(() => append(pack.writer, content));
    inside(space, () => {
      setFlag(files.arena, place.node, flag.packed);
      setDouble(files.arena, place.node, at.packed, start);
      setDouble(files.arena, place.node, at.size, size);
    });
  }

  #rememberTime(path: string, mtimeNs: bigint): void {
    if (this.#times.size >= mostTimes) this.#setTimes();
    this.#times.set(path, mtimeNs);
  }

  /** A directory that was removed or replaced meanwhile has no time to be set. */
  #setTimes(): void {
    const { space } = this.#view;
    inside(space, () => {
      for (const [path, mtimeNs] of this.#times) setDirectoryTime(space, path, mtimeNs);
    });
    this.#times.clear();
  }
}

/** All of a content, or nothing. */
async function append(pack: PackWriter, content: Bytes): Promise<{ readonly start: number; readonly size: number }> {
  const start = pack.length;
  let isWhole = false;
  try {
    for await (const chunk of content) pack.append(chunk);
    isWhole = true;
  } finally {
    if (!isWhole) pack.cut(start);
  }
  return { start, size: pack.length - start };
}
