// A tar as a tree to copy from: entries in memory, contents in a spool, digests computed on the way. No path of the archive ever
// names anything on the disk.

import type { Bytes, Host } from '../../host/host.ts';
import { decompressedByAll } from '../../host/decompress.ts';
import { spaceGuard } from '../../host/space-guard.ts';
import { EngineError } from '../../spec/errors.ts';
import { noXattrs } from '../../spec/tar/header.ts';
import { readTar, type TarMember } from '../../spec/tar/reader.ts';
import { cleanTarPath } from '../../spec/tar/whiteout.ts';
import { parentPath, pathBelow } from './entry-tree.ts';
import { MemoryTree } from './memory-tree.ts';
import { Spool } from './spool.ts';
import { addFolders, checkedPath, type Content, noContent, SpooledEntry } from './spooled-entry.ts';

/** Far above any source tree; an entry takes some hundred bytes of memory. */
export const maximumEntries = 1_000_000;

export interface SpoolOptions {
  /** File for the contents; its folder is there. */
  readonly path: string;
  /** Owners and device nodes as the archive has them, for one that ADD unpacks; of what a client sends, all belongs to root. */
  readonly isUnpacked: boolean;
  /** Only what is in this folder of the archive, which becomes the root; clean, without a slash at either end. */
  readonly folder?: string;
  readonly signal: AbortSignal;
}

/**
 * Reads a tar, plain or compressed, to its end.
 * @throws EngineError invalidParameter for a damaged or hostile archive, system when the disk is full
 */
export async function spoolTar(host: Host, tar: Bytes, options: SpoolOptions): Promise<MemoryTree> {
  await using undo = new AsyncDisposableStack();
  const spool = undo.use(await Spool.create(host.files, options.path));
  const reader = new Reader(host, spool, options);
  for await (const member of readTar(await decompressedByAll(host.codec, tar), { maximumEntries })) {
    options.signal.throwIfAborted();
    await reader.add(member);
  }
  await spool.finish();
  const tree = new MemoryTree(reader.finish(), spool);
  undo.move();
  return tree;
}

class Reader {
  readonly #host: Host;
  readonly #spool: Spool;
  readonly #isUnpacked: boolean;
  readonly #folder: string;
  readonly #reserve: (bytes: number) => Promise<void>;
  readonly #entries = new Map<string, SpooledEntry>();

  constructor(host: Host, spool: Spool, options: SpoolOptions) {
    this.#host = host;
    this.#spool = spool;
    this.#isUnpacked = options.isUnpacked;
    this.#folder = options.folder ?? '';
    this.#reserve = spaceGuard(host.files, parentPath(options.path));
  }

  async add(member: TarMember): Promise<void> {
    const path = this.#below(checkedPath(member.path));
    if (path === undefined) return;
    const { type } = member;
    if (type === 'socket') return;
    if (!this.#isUnpacked && (type === 'character' || type === 'block')) {
      throw invalid(`${quoted(path)} is a device, which a build context cannot hold`);
    }
    if (type === 'hardlink') return this.#addLink(path, member);
    const content = type === 'file' ? await this.#store(member) : noContent;
    this.#entries.set(path, new SpooledEntry(this.#spool.contents, path, { ...this.#plain(member), type }, content));
  }

  #below(path: string): string | undefined {
    if (this.#folder === '' || path === this.#folder) return this.#folder === '' ? path : '';
    return path.startsWith(`${this.#folder}/`) ? pathBelow(this.#folder, path) : undefined;
  }

  #plain(member: TarMember): Omit<TarMember, 'content' | 'type'> {
    const { content: _, ...entry } = member;
    const owner = this.#isUnpacked ? {} : { uid: 0, gid: 0 };
    return { ...entry, ...owner, xattrs: keptXattrs(member.xattrs) };
  }

  async #store(member: TarMember): Promise<Content> {
    await this.#reserve(member.size);
    const hasher = this.#host.codec.hasher('sha256');
    const start = this.#spool.size;
    for await (const chunk of member.content) {
      hasher.update(chunk);
      await this.#spool.append(chunk);
    }
    return { start, digest: `sha256:${hasher.hex()}`, inode: undefined };
  }

  /** Another name of a file that came before. */
  #addLink(path: string, member: TarMember): void {
    const first = this.#entries.get(this.#below(cleanTarPath(member.linkName)) ?? '');
    if (first?.type !== 'file') {
      throw invalid(`invalid hardlink ${quoted(member.path)} -> ${quoted(member.linkName)}`);
    }
    const inode = first.inode ?? first.path;
    first.inode = inode;
    this.#entries.set(path, new SpooledEntry(this.#spool.contents, path, first, { ...first.content, inode }));
  }

  /** @throws EngineError invalidParameter where something lies below what is no folder */
  finish(): ReadonlyMap<string, SpooledEntry> {
    const isEmpty = this.#entries.size === 0;
    if (this.#folder !== '' && (isEmpty || (this.#entries.get('')?.type ?? 'directory') !== 'directory')) {
      throw new EngineError('notFound', `there is no folder ${quoted(this.#folder)}`);
    }
    addFolders(this.#entries, this.#spool.contents);
    return this.#entries;
  }
}

/** What says something about a file to everybody; `trusted.` is between a kernel and its file systems. */
function keptXattrs(xattrs: TarMember['xattrs']): TarMember['xattrs'] {
  if (xattrs.size === 0) return noXattrs;
  return new Map(
    [...xattrs].filter(([name]) => /^(?:user|security)\./.test(name) && !name.startsWith('user.overlay.')),
  );
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function invalid(message: string): EngineError {
  return new EngineError('invalidParameter', message);
}
