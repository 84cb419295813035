// The layer that a copy makes: what lies at which path in the end, with BuildKit's rules about what is there already.

import type { TreeEntry } from '../../host/kernel.ts';
import { EngineError } from '../../spec/errors.ts';
import { noXattrs, type TarEntry } from '../../spec/tar/header.ts';
import type { WritableMember } from '../../spec/tar/writer.ts';
import type { SourceEntry } from '../contract.ts';
import { baseName, comparePaths, joinPath, parentPath } from '../sources/entry-tree.ts';
import type { ModeChange } from './chmod.ts';
import type { CopyItem, PlacedEntry } from './items.ts';
import type { Owner } from './owner.ts';
import { notFolder, type ParentView } from './parent-view.ts';

export interface LayoutOptions {
  /** Of all that is copied and made; undefined leaves what is copied as it is. */
  readonly owner: Owner | undefined;
  readonly mode: ModeChange | undefined;
  /** Time of folders that are made. */
  readonly nowNs: bigint;
  /** Later times become this. */
  readonly latestNs: bigint | undefined;
  /** `--link`: nothing of what is there counts. */
  readonly isApart: boolean;
}

/** A folder that is made, or is there; or what is copied, which becomes a member when its turn comes. */
type Member =
  | { readonly source: undefined; readonly entry: TarEntry }
  | { readonly source: SourceEntry; readonly kind: CopyItem['kind']; readonly item: number };

export class Layout {
  readonly #parent: ParentView;
  readonly #options: LayoutOptions;
  readonly #members = new Map<string, Member>();
  #items = 0;

  constructor(parent: ParentView, options: LayoutOptions) {
    this.#parent = parent;
    this.#options = options;
  }

  /**
   * @param destination without links in it
   * @throws EngineError invalidParameter where a file meets a folder
   */
  async add(item: CopyItem, destination: string, intoDirectory: boolean): Promise<void> {
    this.#items += 1;
    const isFolder = intoDirectory || item.kind === 'archive' || item.kind === 'parents';
    if (isFolder) await this.#ensureFolder(destination);
    const intoFolder = item.kind === 'file' && (isFolder || (await this.#typeAt(destination)) === 'directory');
    if (intoFolder && item.name === '') {
      throw new EngineError('invalidParameter', `no file name to copy to in /${destination}: write one at its end`);
    }
    const base = intoFolder ? joinPath(destination, item.name) : destination;
    const moved = new Map<string, string>();
    for (const placed of item.entries) {
      const path =
        item.kind === 'archive' ? await this.#throughLinks(placed, base, moved) : joinPath(base, placed.path);
      await this.#place(placed, path, base, item.kind);
    }
  }

  /** A folder that an archive has no entry for may be a link to one where it is unpacked. */
  async #throughLinks({ path, isOnTheWay }: PlacedEntry, base: string, moved: Map<string, string>): Promise<string> {
    if (path === '') return base;
    const parent = parentPath(path);
    const place = joinPath(moved.get(parent) ?? joinPath(base, parent), baseName(path));
    const isLink = isOnTheWay && (await this.#typeAt(place)) === 'symlink' && !this.#members.has(place);
    const real = isLink ? await this.#parent.resolve(place) : place;
    const leads = real !== place && (await this.#typeAt(real)) === 'directory';
    if (leads || moved.has(parent)) moved.set(path, leads ? real : place);
    return leads ? real : place;
  }

  async #place({ entry, isOnTheWay }: PlacedEntry, path: string, base: string, kind: CopyItem['kind']): Promise<void> {
    checkName(path);
    if (path === '') {
      if (entry.type !== 'directory') throw noFile(path);
      return;
    }
    const there = await this.#typeAt(path);
    const isFolder = entry.type === 'directory';
    // The destination, and folders on the way to it, stay as they are.
    if (isFolder && there === 'directory' && (path === base || isOnTheWay)) return this.#ensureFolder(path);
    if (there !== undefined && isFolder !== (there === 'directory')) {
      // As tar does, and unlike cp.
      if (kind === 'archive') this.#removeBelow(path);
      else throw isFolder ? notFolder(path) : noFile(path);
    }
    await this.#ensureFolder(parentPath(path));
    const isDestination = kind === 'tree' && isFolder && path === base;
    if (isDestination) this.#members.set(path, { source: undefined, entry: this.#newFolder(path, entry.mtimeNs) });
    else this.#members.set(path, { source: entry, kind, item: this.#items });
  }

  #removeBelow(path: string): void {
    for (const other of this.#members.keys()) if (other.startsWith(`${path}/`)) this.#members.delete(other);
  }

  #entry(path: string, source: SourceEntry, kind: CopyItem['kind']): TarEntry {
    const { owner, mode, latestNs } = this.#options;
    const { type, size, mtimeNs, linkName, deviceMajor, deviceMinor, xattrs } = source;
    const bits =
      type === 'symlink' || mode === undefined || kind === 'archive'
        ? source.mode
        : mode.apply(source.mode, type === 'directory');
    const time = latestNs !== undefined && mtimeNs > latestNs ? latestNs : mtimeNs;
    const { uid, gid } = owner ?? source;
    return { path, type, mode: bits, uid, gid, size, mtimeNs: time, linkName, deviceMajor, deviceMinor, xattrs };
  }

  async #typeAt(path: string): Promise<TreeEntry['type'] | undefined> {
    const own = this.#members.get(path);
    if (own !== undefined) return typeOf(own);
    if (path === '') return 'directory';
    return this.#options.isApart ? undefined : (await this.#parent.lstat(path))?.type;
  }

  /** A folder and those above it are in the layer: as they are where they are there, else made. */
  async #ensureFolder(path: string): Promise<void> {
    if (path === '') return;
    checkName(path);
    const own = this.#members.get(path);
    if (own !== undefined) {
      if (typeOf(own) !== 'directory') throw notFolder(path);
      return;
    }
    await this.#ensureFolder(parentPath(path));
    const there = await this.#parent.lstat(path);
    if (there !== undefined && there.type !== 'directory' && !this.#options.isApart) throw notFolder(path);
    const entry = there?.type === 'directory' ? this.#presentFolder(path, there) : this.#newFolder(path);
    this.#members.set(path, { source: undefined, entry });
  }

  #presentFolder(path: string, { mode, uid, gid, mtimeNs, xattrs }: TreeEntry): TarEntry {
    return { ...this.#newFolder(path), mode, uid, gid, mtimeNs, xattrs };
  }

  /** What is copied is in a folder, not the folder itself: the destination is made as those above it, but for a time that is the same
   * in each build. */
  #newFolder(path: string, mtimeNs = this.#options.nowNs): TarEntry {
    const { owner = { uid: 0, gid: 0 }, mode, latestNs } = this.#options;
    const time = latestNs !== undefined && mtimeNs > latestNs ? latestNs : mtimeNs;
    const rest = { size: 0, linkName: '', deviceMajor: 0, deviceMinor: 0, xattrs: noXattrs };
    return { path, type: 'directory', mode: mode?.octal ?? 0o755, ...owner, mtimeNs: time, ...rest };
  }

  /** All of it, in order. */
  *members(): Generator<WritableMember, void, undefined> {
    const firstNames = new Map<string, string>();
    for (const path of [...this.#members.keys()].sort(comparePaths)) {
      const member = this.#members.get(path);
      if (member === undefined) continue;
      if (member.source === undefined) {
        yield member.entry;
        continue;
      }
      const { source, kind, item } = member;
      const entry = this.#entry(path, source, kind);
      // The same for all names of one file.
      const inode = source.inode === undefined ? undefined : `${item} ${source.inode}`;
      const first = inode === undefined ? undefined : firstNames.get(inode);
      if (inode !== undefined && first === undefined) firstNames.set(inode, path);
      if (first !== undefined) yield { ...entry, type: 'hardlink', linkName: first, size: 0 };
      else if (source.type !== 'file') yield entry;
      else yield { ...entry, content: { [Symbol.asyncIterator]: () => source.read()[Symbol.asyncIterator]() } };
    }
  }
}

function typeOf(member: Member): TarEntry['type'] {
  return (member.source ?? member.entry).type;
}

/** In a layer such a name says that another is not there. */
function checkName(path: string): void {
  if (!baseName(path).startsWith('.wh.')) return;
  const message = `/${path}: a layer cannot hold a file whose name begins with .wh., which marks what is removed`;
  throw new EngineError('invalidParameter', message);
}

function noFile(path: string): EngineError {
  return new EngineError('invalidParameter', `cannot replace to directory /${path} with file`);
}
