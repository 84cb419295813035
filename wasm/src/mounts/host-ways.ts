// How a node of the host is got at without ever going through a link of the host's.

import type { Name } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import { errno, fail } from '../wasi/errno.ts';
import type { HostFiles, HostStat } from './host-files.ts';
import { access, kindOfMode, type HostNodes } from './host-nodes.ts';

const encoder = new TextEncoder();
const slash = 0x2f;
const mostDepth = 4096;

/** Paths that are good for this call, and nodes. */
export interface Ways {
  readonly nodes: HostNodes;
  /** 0 without. */
  lookUp(directory: number, name: Name): number;
  above(directory: number): number;
  pathOf(node: number): Uint8Array;
  /** Before a node is held. */
  keep(node: number): void;
  statOf(node: number): HostStat;
  pathIn(directory: number, name: Name): Uint8Array;
  leave(): void;
}

/** @param root a node of `makeRoot` */
export function makeWays(nodes: HostNodes, files: HostFiles, root: number): Ways {
  return files.method === 'descriptors' ? new DescriptorWays(nodes, files, root) : new CheckedWays(nodes, files, root);
}

/** A node for a folder or a file, by the path that its owner gave: links in that are meant. @throws Failure */
export function makeRoot(nodes: HostNodes, files: HostFiles, path: string): number {
  const bytes = encoder.encode(path);
  if (files.method === 'descriptors') {
    const descriptor = files.open(bytes, files.flags.place);
    return nodes.make(descriptor, files.statOpen(descriptor), access.none);
  }
  const real = files.realPath(bytes);
  return nodes.make(-1, files.lookAt(real) ?? fail(errno.ENOENT), access.none, real);
}

function joined(directory: Uint8Array, { bytes, start, end }: Name): Uint8Array {
  const path = new Uint8Array(directory.length + 1 + end - start);
  path.set(directory);
  path[directory.length] = slash;
  path.set(bytes.subarray(start, end), directory.length + 1);
  return path;
}

/**
 * A directory has a descriptor, and /proc/self/fd/N is what that is open at, wherever it is by now. One name is looked up at a time, so that
 * there is no moment in which somebody could put a link in the way. What is no directory has one when somebody needs it.
 */
class DescriptorWays implements Ways {
  readonly nodes: HostNodes;
  readonly #files: HostFiles;
  readonly #root: number;
  /** Where nodes without a descriptor were found in this call. */
  readonly #found = new Map<number, { readonly path: Uint8Array; readonly stat: HostStat }>();
  /** Directories that were known from other calls, held for this one. */
  readonly #used: number[] = [];

  constructor(nodes: HostNodes, files: HostFiles, root: number) {
    this.nodes = nodes;
    this.#files = files;
    this.#root = root;
  }

  lookUp(directory: number, name: Name): number {
    const path = this.pathIn(directory, name);
    const stat = this.#files.lookAt(path);
    if (stat === undefined) return 0;
    if (kindOfMode(stat.mode) === kind.directory) return this.#directory(path, stat);
    const node = this.nodes.make(-1, stat, access.none);
    this.#found.set(node, { path, stat });
    return node;
  }

  /** One that is known, or opened now: what is there by then, whatever it is, and never what a link leads to. */
  #directory(path: Uint8Array, stat: HostStat): number {
    const known = this.nodes.known(this.#root, stat);
    if (known !== 0) {
      this.#use(known);
      return known;
    }
    const { flags } = this.#files;
    const descriptor = this.#files.find(path, flags.place | flags.noFollow);
    if (descriptor < 0) return 0;
    const node = this.#make(descriptor);
    if (this.nodes.kind(node) !== kind.directory) return node;
    this.#use(node);
    this.nodes.know(this.#root, node);
    return node;
  }

  #use(node: number): void {
    this.nodes.hold(node);
    this.#used.push(node);
  }

  /** The kernel's `..`, if the way up from there leads to the root: somebody may have moved the directory away. */
  above(directory: number): number {
    const { nodes } = this;
    const up = this.#above(directory);
    let node = up;
    for (let depth = 0; !nodes.isSame(node, this.#root); depth++) {
      const next = this.#above(node);
      if (depth === mostDepth || nodes.isSame(next, node)) fail(errno.ENOENT);
      node = next;
    }
    return up;
  }

  #above(directory: number): number {
    const { flags } = this.#files;
    const descriptor = this.#files.find(joined(this.pathOf(directory), dots), flags.place | flags.noFollow);
    return descriptor < 0 ? fail(errno.ENOENT) : this.#make(descriptor);
  }

  pathOf(node: number): Uint8Array {
    this.keep(node);
    return pathOfDescriptor(this.nodes.descriptor(node));
  }

  pathIn(directory: number, name: Name): Uint8Array {
    return joined(this.pathOf(directory), name);
  }

  /** Opens what was only found, if it is still there. @throws Failure ENOENT, EMFILE */
  keep(node: number): void {
    if (this.nodes.descriptor(node) >= 0) return;
    const { flags } = this.#files;
    const { path } = this.#found.get(node) ?? fail(errno.EBADF);
    const descriptor = this.#files.find(path, flags.place | flags.noFollow);
    if (descriptor < 0) fail(errno.ENOENT);
    this.nodes.open(node, descriptor);
  }

  statOf(node: number): HostStat {
    const descriptor = this.nodes.descriptor(node);
    if (descriptor >= 0) return this.#files.statOpen(descriptor);
    return this.#found.get(node)?.stat ?? fail(errno.EBADF);
  }

  leave(): void {
    this.#found.clear();
    for (const node of this.#used) this.nodes.release(node);
    this.#used.length = 0;
    this.nodes.leave();
  }

  #make(descriptor: number): number {
    return this.nodes.make(descriptor, this.#files.statOpen(descriptor), access.none);
  }
}

const dots: Name = { bytes: encoder.encode('..'), start: 0, end: 2 };
const descriptors = encoder.encode('/proc/self/fd/');

function pathOfDescriptor(descriptor: number): Uint8Array {
  const digits = String(descriptor);
  const path = new Uint8Array(descriptors.length + digits.length);
  path.set(descriptors);
  for (let index = 0; index < digits.length; index++) path[descriptors.length + index] = digits.charCodeAt(index);
  return path;
}

/**
 * Each node has a path, which is looked at from the folder on before it is used, part by part. Meanwhile the host's lock keeps all others away
 * who are not the host's own.
 */
class CheckedWays implements Ways {
  readonly nodes: HostNodes;
  readonly #files: HostFiles;
  readonly #root: number;
  /** What is known to be good in this call. */
  readonly #checked = new Set<number>();

  constructor(nodes: HostNodes, files: HostFiles, root: number) {
    this.nodes = nodes;
    this.#files = files;
    this.#root = root;
  }

  lookUp(directory: number, name: Name): number {
    if (!this.#files.isName(name.bytes.subarray(name.start, name.end))) return 0;
    return this.#make(this.pathIn(directory, name));
  }

  above(directory: number): number {
    const path = this.pathOf(directory);
    return this.#make(path.subarray(0, path.lastIndexOf(slash))) || fail(errno.ENOENT);
  }

  pathOf(node: number): Uint8Array {
    const path = this.nodes.path(node);
    if (this.#checked.has(node)) return path;
    const top = this.nodes.path(this.#root);
    for (let end = path.indexOf(slash, top.length + 1); end > 0; end = path.indexOf(slash, end + 1)) {
      if (this.#kindAt(path.subarray(0, end)) !== kind.directory) fail(errno.ENOENT);
    }
    const stat = this.#files.lookAt(path);
    if (stat === undefined || !this.nodes.isOf(node, stat)) fail(errno.ENOENT);
    this.#checked.add(node);
    return path;
  }

  pathIn(directory: number, name: Name): Uint8Array {
    if (!this.#files.isName(name.bytes.subarray(name.start, name.end))) fail(errno.EINVAL);
    return joined(this.pathOf(directory), name);
  }

  keep(): void {}

  statOf(node: number): HostStat {
    const descriptor = this.nodes.descriptor(node);
    if (descriptor >= 0) return this.#files.statOpen(descriptor);
    return this.#files.lookAt(this.pathOf(node)) ?? fail(errno.ENOENT);
  }

  leave(): void {
    this.#checked.clear();
    this.nodes.leave();
  }

  #kindAt(path: Uint8Array): number {
    const stat = this.#files.lookAt(path);
    return stat === undefined ? 0 : kindOfMode(stat.mode);
  }

  #make(path: Uint8Array): number {
    const stat = this.#files.lookAt(path);
    if (stat === undefined) return 0;
    const node = this.nodes.make(-1, stat, access.none, path);
    this.#checked.add(node);
    return node;
  }
}
