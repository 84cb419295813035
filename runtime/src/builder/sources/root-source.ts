// The root of a stage or an image as a source of files: read through a tree worker, which resolves every path inside it.

import type { Codec } from '../../host/host.ts';
import type { Tree, TreeEntry } from '../../host/kernel.ts';
import type { FileSource, SourceEntry } from '../contract.ts';
import type { EntryTree } from './entry-tree.ts';
import { TreeSource } from './tree-source.ts';

/** @param tree disposed with the source; nothing writes to it meanwhile */
export function rootSource(tree: Tree, codec: Codec): FileSource {
  return new TreeSource(new RootTree(tree, codec), 'root');
}

class RootTree implements EntryTree {
  readonly #tree: Tree;
  readonly #codec: Codec;

  constructor(tree: Tree, codec: Codec) {
    this.#tree = tree;
    this.#codec = codec;
  }

  async lstat(path: string): Promise<SourceEntry | undefined> {
    const entry = await this.#tree.stat(`/${path}`);
    return entry === undefined ? undefined : this.#entry({ ...entry, path }, undefined);
  }

  async realPath(path: string): Promise<string | undefined> {
    return (await this.#tree.realPath(`/${path}`))?.replace(/^\/+/, '');
  }

  async *walk(path: string): AsyncGenerator<SourceEntry, void, undefined> {
    const firstNames = new Map<string, RootEntry>();
    for await (const entry of this.#tree.walk(`/${path}`, { metadataOnly: true })) {
      const first = entry.type === 'hardlink' ? firstNames.get(entry.linkName) : undefined;
      if (first !== undefined) first.inode = first.path;
      const own = this.#entry(entry, first);
      if (own === undefined) continue;
      if (own.type === 'file' && first === undefined) firstNames.set(own.path, own);
      yield own;
    }
  }

  /** Sockets are left out, as in every layer, and so is what only says that something is not there. */
  #entry(entry: TreeEntry, first: RootEntry | undefined): RootEntry | undefined {
    const { type } = entry;
    if (type === 'socket' || (type === 'character' && entry.deviceMajor === 0 && entry.deviceMinor === 0))
      return undefined;
    if (type !== 'hardlink') return new RootEntry(this.#tree, this.#codec, entry.path, { ...entry, type }, undefined);
    if (first === undefined) return undefined;
    return new RootEntry(this.#tree, this.#codec, entry.path, first, first);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tree[Symbol.asyncDispose]();
  }
}

class RootEntry implements SourceEntry {
  readonly path: string;
  readonly type: SourceEntry['type'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly linkName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  inode: string | undefined;
  readonly #tree: Tree;
  readonly #codec: Codec;
  readonly #first: RootEntry | undefined;
  #digest: Promise<string> | undefined;

  constructor(
    tree: Tree,
    codec: Codec,
    path: string,
    entry: Omit<SourceEntry, 'path' | 'inode' | 'digest' | 'read'>,
    first: RootEntry | undefined,
  ) {
    this.path = path;
    this.type = entry.type;
    this.mode = entry.mode;
    this.uid = entry.uid;
    this.gid = entry.gid;
    this.size = entry.type === 'file' ? entry.size : 0;
    this.mtimeNs = entry.mtimeNs;
    this.linkName = entry.type === 'symlink' ? entry.linkName : '';
    this.deviceMajor = entry.deviceMajor;
    this.deviceMinor = entry.deviceMinor;
    this.xattrs = keptXattrs(entry.xattrs);
    this.inode = first?.inode;
    this.#tree = tree;
    this.#codec = codec;
    this.#first = first;
  }

  digest(): Promise<string> {
    return this.#first?.digest() ?? (this.#digest ??= this.#hash());
  }

  async #hash(): Promise<string> {
    const hasher = this.#codec.hasher('sha256');
    for await (const chunk of this.read()) hasher.update(chunk);
    return `sha256:${hasher.hex()}`;
  }

  read(): AsyncIterable<Uint8Array> {
    return this.#tree.read(`/${this.path}`);
  }
}

/** Where layers are looked at without overlayfs, what it keeps for itself is seen. */
function keptXattrs(xattrs: RootEntry['xattrs']): RootEntry['xattrs'] {
  if (![...xattrs.keys()].some(isOverlays)) return xattrs;
  return new Map([...xattrs].filter(([name]) => !isOverlays(name)));
}

function isOverlays(name: string): boolean {
  return /^(?:trusted|user)\.overlay\./.test(name);
}
