// A layer's tar into a directory in overlayfs form. Every path is put through a tree chrooted into that directory, so
// that nothing an archive says can reach outside; on top of that, what moby refuses is refused by name.

import type { Kernel, StoredContents, Tree } from '../host/kernel.ts';
import { EngineError } from '../spec/errors.ts';
import { type TarEntry, noXattrs } from '../spec/tar/header.ts';
import { type TarMember, readTar } from '../spec/tar/reader.ts';
import { cleanTarPath, whiteoutOf } from '../spec/tar/whiteout.ts';

/** Far above any image, low enough that a bomb of empty files ends. */
const maximumEntries = 5_000_000;
const yes = new TextEncoder().encode('y');

export interface Unpacked {
  /** Sum of the sizes of the files. */
  readonly size: number;
  /** How many device nodes were left out, since the kernel lets only root of the machine make them. */
  readonly devicesLeftOut: number;
}

export interface UnpackOptions {
  readonly signal?: AbortSignal;
  /** Called before content of this many bytes is written; throws when there is no room. */
  readonly reserve?: (bytes: number) => Promise<void>;
  /** The file that parts of the tar are in when they are read. */
  readonly stored?: StoredContents;
}

/**
 * Unpacks a layer; the tar is read to its end. On failure the directory is in any state: throw it away.
 * @throws EngineError invalidParameter for damaged or hostile archives
 */
export async function unpackLayer(
  kernel: Pick<Kernel, 'openTree' | 'rights'>,
  directory: string,
  tar: AsyncIterable<Uint8Array>,
  options: UnpackOptions = {},
): Promise<Unpacked> {
  const { stored } = options;
  await using tree = await kernel.openTree({ root: directory, ...(stored === undefined ? {} : { stored }) });
  const { isMachineRoot } = kernel.rights;
  const opaque = isMachineRoot ? 'trusted.overlay.opaque' : 'user.overlay.opaque';
  const unpacker = new Unpacker(tree, opaque);
  let size = 0;
  let devicesLeftOut = 0;
  for await (const member of readTar(tar, { maximumEntries })) {
    options.signal?.throwIfAborted();
    if (member.type === 'file') {
      size += member.size;
      await options.reserve?.(member.size);
    }
    if (!isMachineRoot && (member.type === 'character' || member.type === 'block')) devicesLeftOut += 1;
    else await unpacker.put(member);
  }
  await unpacker.finish();
  return { size, devicesLeftOut };
}

class Unpacker {
  readonly #tree: Tree;
  readonly #opaqueXattr: string;
  /** Paths hidden by a whiteout of this layer: a directory that comes after it must be opaque. */
  readonly #hidden = new Set<string>();
  readonly #opaque = new Set<string>();
  /** Names come sorted, so a directory's time is set again once the walk has left it. */
  readonly #open: TarEntry[] = [];

  constructor(tree: Tree, opaqueXattr: string) {
    this.#tree = tree;
    this.#opaqueXattr = opaqueXattr;
  }

  async put(member: TarMember): Promise<void> {
    const path = cleanTarPath(member.path);
    const whiteout = whiteoutOf(path);
    if (whiteout?.kind === 'meta') return;
    if (this.#isLeft(path)) await this.#leave(path);
    if (whiteout?.kind === 'opaque') await this.#makeOpaque(whiteout.path);
    else if (whiteout?.kind === 'remove') await this.#hide(whiteout.path, member);
    else await this.#putEntry(path, member);
  }

  async finish(): Promise<void> {
    await this.#leave(undefined);
    await this.#tree.flush();
  }

  async #putEntry(path: string, member: TarMember): Promise<void> {
    // Field by field: of what is done for each member, copying all but one was a good part.
    const entry: TarEntry = {
      path,
      type: member.type,
      mode: member.mode,
      uid: member.uid,
      gid: member.gid,
      size: member.size,
      mtimeNs: member.mtimeNs,
      linkName: checkedLink(member),
      deviceMajor: member.deviceMajor,
      deviceMinor: member.deviceMinor,
      xattrs: this.#xattrs(path, member),
    };
    if (this.#hidden.size > 0) await this.#revealParents(path);
    await this.#tree.put(entry, member.type === 'file' ? member.content : undefined);
    if (member.type === 'directory') this.#open.push(entry);
  }

  #xattrs(path: string, member: TarMember): ReadonlyMap<string, Uint8Array> {
    const isOpaque = member.type === 'directory' && (this.#opaque.has(path) || this.#hidden.has(path));
    if (member.xattrs.size === 0 && !isOpaque) return noXattrs;
    // An archive must not speak to overlayfs: its redirects and metacopies would show files of other layers.
    const kept = [...member.xattrs].filter(([name]) => !/^(?:trusted|user)\.overlay\./.test(name));
    return new Map(isOpaque ? [...kept, [this.#opaqueXattr, yes]] : kept);
  }

  /** A child of a whited-out path: its parent comes back as an opaque directory. */
  async #revealParents(path: string): Promise<void> {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      if (!this.#hidden.has(parent)) continue;
      this.#hidden.delete(parent);
      this.#opaque.add(parent);
      await this.#tree.put(plainDirectory(parent, new Map([[this.#opaqueXattr, yes]])));
    }
    this.#hidden.delete(path);
  }

  async #makeOpaque(path: string): Promise<void> {
    this.#opaque.add(path);
    const there = await this.#tree.stat(path);
    const entry = there?.type === 'directory' ? there : plainDirectory(path, noXattrs);
    await this.#tree.put({ ...entry, path, xattrs: new Map([...entry.xattrs, [this.#opaqueXattr, yes]]) });
  }

  async #hide(path: string, member: TarMember): Promise<void> {
    const there = await this.#tree.stat(path);
    // A whiteout speaks of the layers below; what this layer itself brought stays.
    if (there?.type === 'directory') return this.#makeOpaque(path);
    if (there !== undefined) return;
    this.#hidden.add(path);
    const { content: _, ...entry } = member;
    await this.#tree.put({
      ...entry,
      path,
      type: 'character',
      mode: 0,
      size: 0,
      linkName: '',
      deviceMajor: 0,
      deviceMinor: 0,
      xattrs: noXattrs,
    });
  }

  /** Whether the walk has left the last directory. */
  #isLeft(path: string): boolean {
    const last = this.#open.at(-1);
    return last !== undefined && last.path !== '' && !path.startsWith(`${last.path}/`);
  }

  /** Sets the times of directories that `path` is not in: nothing more will change them. */
  async #leave(path: string | undefined): Promise<void> {
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      if (path !== undefined && !this.#isLeft(path)) return;
      this.#open.pop();
      const isOpaque = this.#opaque.has(last.path) && !last.xattrs.has(this.#opaqueXattr);
      await this.#tree.put(isOpaque ? { ...last, xattrs: new Map([...last.xattrs, [this.#opaqueXattr, yes]]) } : last);
    }
  }
}

function plainDirectory(path: string, xattrs: ReadonlyMap<string, Uint8Array>): TarEntry {
  return {
    path,
    type: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeNs: 0n,
    linkName: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs,
  };
}

/**
 * A symlink is only text, absolute or not, and whoever follows one stays inside: what a program in a container may make, an archive
 * may bring.
 * @throws EngineError invalidParameter, in moby's words, when a hard link's target lies outside
 */
function checkedLink(member: TarMember): string {
  if (member.type === 'symlink') return member.linkName;
  if (member.type !== 'hardlink') return '';
  try {
    return cleanTarPath(member.linkName);
  } catch (error) {
    const message = `invalid hardlink ${quoted(member.path)} -> ${quoted(member.linkName)}`;
    throw new EngineError('invalidParameter', message, { cause: error });
  }
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
