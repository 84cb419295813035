// A folder or a file of the host as a tree that can be mounted. What is done to it is on the host at once. Links are shown and never followed
// by the host.

import type { Arena } from '../memory/arena.ts';
import type { Name } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import { errno, fail } from '../wasi/errno.ts';
import type { HostFiles } from './host-files.ts';
import { HostListings } from './host-listings.ts';
import { access, HostNodes, kindOfMode } from './host-nodes.ts';
import { makeRoot, makeWays, type Ways } from './host-ways.ts';
import type { DiskSpace, Listed, MountedTree, NamedNode, NewNode, NewTimes, Stat } from './tree.ts';

/** So often is looked again at a name that becomes something else meanwhile. */
const patience = 16;

export class HostTree implements MountedTree {
  readonly type = 'host';
  readonly root: number;
  readonly #files: HostFiles;
  readonly #nodes: HostNodes;
  readonly #ways: Ways;
  readonly #listings: HostListings;
  /** Of links, as of when they were found. */
  readonly #targets = new Map<number, Uint8Array>();

  /** @param root a node that is held @see makeHostRoot */
  constructor(arena: Arena, files: HostFiles, root: number) {
    this.root = root;
    this.#files = files;
    this.#nodes = new HostNodes(arena, files);
    this.#ways = makeWays(this.#nodes, files, root);
    this.#listings = new HostListings(arena, files, this.#ways);
  }

  isRoot(node: number): boolean {
    return node === this.root || this.#nodes.isSame(node, this.root);
  }

  kindOf(node: number): number {
    return this.#nodes.kind(node);
  }

  keyOf(node: number): string {
    return this.#nodes.keyOf(node);
  }

  lookUp(directory: number, name: Name): number {
    for (let tries = 0; tries < patience; tries++) {
      const node = this.#ways.lookUp(directory, name);
      if (node === 0 || this.kindOf(node) !== kind.symlink) return node;
      const target = this.#files.findTarget(this.#ways.pathIn(directory, name));
      if (target === undefined) continue;
      this.#targets.set(node, target);
      return node;
    }
    return fail(errno.EAGAIN);
  }

  above(directory: number): number {
    return this.#ways.above(directory);
  }

  readTarget(node: number): Uint8Array {
    return this.#targets.get(node) ?? fail(errno.EINVAL);
  }

  stat(node: number): Stat {
    const stat = this.#ways.statOf(node);
    return {
      kind: kindOfMode(stat.mode),
      inode: BigInt.asUintN(64, stat.ino),
      mode: Number(stat.mode) & 0o7777,
      links: Number(stat.nlink),
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      special: Number(BigInt.asIntN(32, stat.rdev)),
      size: Number(stat.size),
      allocated: Number(stat.blocks) * 512,
      accessedNs: stat.atimeNs,
      modifiedNs: stat.mtimeNs,
      changedNs: stat.ctimeNs,
    };
  }

  sizeOf(node: number): number {
    return Number(this.#ways.statOf(node).size);
  }

  open(node: number, { read, write }: { readonly read: boolean; readonly write: boolean }): number {
    const what = this.kindOf(node);
    if (what === kind.directory) return node;
    if (what === kind.fifo || what === kind.socket) fail(errno.ENXIO);
    // A device of the host's is nothing for a container.
    if (what !== kind.file) fail(errno.EACCES);
    const wanted = (read ? access.read : 0) | (write ? access.write : 0);
    if (wanted === 0 || (this.#nodes.access(node) & wanted) === wanted) return node;
    const { flags } = this.#files;
    const how = read && write ? flags.readWrite : write ? flags.write : flags.read;
    return this.#open(node, how, wanted);
  }

  #open(node: number, how: number, may: number): number {
    const { flags, method } = this.#files;
    const path = this.#ways.pathOf(node);
    if (method === 'descriptors') {
      // The way to what is open is a link itself, the kernel's own, and leads to nothing else.
      const stat = this.#ways.statOf(node);
      return this.#nodes.make(this.#files.open(path, how | flags.direct), stat, may);
    }
    const descriptor = this.#files.open(path, how | flags.direct | flags.noFollow);
    const opened = this.#nodes.make(descriptor, this.#files.statOpen(descriptor), may);
    if (!this.#nodes.isSame(opened, node)) fail(errno.EACCES);
    return opened;
  }

  hold(node: number): void {
    this.#ways.keep(node);
    this.#nodes.hold(node);
  }

  release(node: number): void {
    this.#nodes.release(node);
  }

  read(node: number, offset: number, into: Uint8Array): number {
    return this.#files.read(this.#descriptor(node), offset, into);
  }

  write(node: number, offset: number, from: Uint8Array): void {
    for (let done = 0; done < from.length;) {
      done += this.#files.write(this.#descriptor(node), offset + done, from.subarray(done));
    }
  }

  append(node: number, from: Uint8Array): number {
    const { flags } = this.#files;
    const end = this.#open(node, flags.write | flags.append, access.write);
    for (let done = 0; done < from.length;) {
      done += this.#files.append(this.#descriptor(end), from.subarray(done));
    }
    return this.sizeOf(end) - from.length;
  }

  truncate(node: number, size: number): void {
    this.#files.truncate(this.#descriptor(node), size);
  }

  sync(node: number): void {
    const descriptor = this.#nodes.descriptor(node);
    if (this.#nodes.access(node) !== access.none) this.#files.sync(descriptor);
  }

  #descriptor(node: number): number {
    if (this.#nodes.access(node) === access.none)
      fail(this.kindOf(node) === kind.directory ? errno.EISDIR : errno.EBADF);
    return this.#nodes.descriptor(node);
  }

  list(directory: number, after: number): Iterable<Listed> {
    if (this.kindOf(directory) !== kind.directory) fail(errno.ENOTDIR);
    return this.#listings.list(directory, after);
  }

  create(directory: number, name: Name, made: NewNode): number {
    const path = this.#ways.pathIn(directory, name);
    if (made.kind === kind.file) return this.#createFile(path, made);
    // What else there is takes privileges, or a call that hosts do not offer.
    if (made.kind !== kind.directory) fail(errno.EPERM);
    this.#files.makeDirectory(path, made.mode);
    const node = this.#ways.lookUp(directory, name);
    if (node === 0 || this.kindOf(node) !== kind.directory) fail(errno.ENOENT);
    this.#settle(node, made);
    return node;
  }

  #createFile(path: Uint8Array, made: NewNode): number {
    const { flags } = this.#files;
    const how = flags.readWrite | flags.create | flags.exclusive | flags.noFollow | flags.direct;
    const descriptor = this.#files.open(path, how, made.mode);
    const both = access.read | access.write;
    const isByPath = this.#files.method === 'checks';
    const node = this.#nodes.make(descriptor, this.#files.statOpen(descriptor), both, isByPath ? path : undefined);
    this.#settle(node, made);
    return node;
  }

  /** As it was asked for, whatever the daemon's own mask and user are. */
  #settle(node: number, { mode, uid, gid }: NewNode): void {
    const stat = this.#ways.statOf(node);
    if (this.#files.mayChangeOwners && (Number(stat.uid) !== uid || Number(stat.gid) !== gid))
      this.setOwner(node, uid, gid);
    if ((Number(stat.mode) & 0o7777) !== mode) this.setMode(node, mode);
  }

  createLink(directory: number, name: Name, target: Uint8Array, { uid, gid }: Pick<NewNode, 'uid' | 'gid'>): void {
    this.#files.makeLink(target, this.#ways.pathIn(directory, name));
    const node = this.#files.mayChangeOwners ? this.lookUp(directory, name) : 0;
    if (node !== 0 && this.kindOf(node) === kind.symlink) this.setOwner(node, uid, gid);
  }

  addName(directory: number, name: Name, from: NamedNode): void {
    if (this.kindOf(from.node) === kind.directory) fail(errno.EPERM);
    this.#files.addName(this.#ways.pathIn(from.directory, from.name), this.#ways.pathIn(directory, name));
  }

  unlink(directory: number, name: Name): void {
    this.#files.unlink(this.#ways.pathIn(directory, name));
  }

  removeDirectory(directory: number, name: Name): void {
    this.#files.removeDirectory(this.#ways.pathIn(directory, name));
  }

  rename(from: number, name: Name, to: number, newName: Name): void {
    this.#files.rename(this.#ways.pathIn(from, name), this.#ways.pathIn(to, newName));
  }

  setTimes(node: number, { accessedNs, modifiedNs }: NewTimes): void {
    const stat = this.#ways.statOf(node);
    const seconds = (to: bigint | 'now' | undefined, was: bigint) =>
      to === 'now' ? Date.now() / 1000 : Number((to ?? was) / 1000n) / 1_000_000;
    this.#files.setTimes(this.#ways.pathOf(node), seconds(accessedNs, stat.atimeNs), seconds(modifiedNs, stat.mtimeNs));
  }

  setMode(node: number, mode: number): void {
    if (this.kindOf(node) === kind.symlink) fail(errno.ENOTSUP);
    this.#files.setMode(this.#ways.pathOf(node), mode & 0o7777);
  }

  setOwner(node: number, uid: number, gid: number): void {
    this.#files.setOwner(this.#ways.pathOf(node), uid, gid);
  }

  space(): DiskSpace {
    return this.#files.space(this.#ways.pathOf(this.root));
  }

  leave(): void {
    this.#targets.clear();
    this.#ways.leave();
  }
}

/** A held node for a folder or a file of the host. Call it inside the arena. @throws Failure */
export function makeHostRoot(arena: Arena, files: HostFiles, path: string): number {
  const nodes = new HostNodes(arena, files);
  const root = makeRoot(nodes, files, path);
  nodes.hold(root);
  return root;
}
