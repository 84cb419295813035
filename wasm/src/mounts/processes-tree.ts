// /proc: the processes of a container, and of the machine as much as programs look for.

import { nameOf, textOf, type Name } from '../files/directories.ts';
import { kind } from '../files/inode.ts';
import { errno, fail } from '../wasi/errno.ts';
import { processFiles, systemFiles, type ProcessesShown, type ShownProcess } from './processes-text.ts';
import type { DiskSpace, Listed, MountedTree, Stat } from './tree.ts';

/** A node is 1 + a pid (0 for what is of none) times this + what of it. */
const nodesOfProcess = 4096;
const part = {
  directory: 0,
  descriptors: 1,
  self: 2,
  mounts: 3,
  firstFile: 16,
  firstFolder: 512,
  firstDescriptor: 1024,
} as const;
const systemNames = [...systemFiles.keys()];
const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));
/** The directories that files of no process are in, by their paths; /proc itself is '' and is not among these. */
const systemFolders = [...new Set(systemNames.flatMap((path) => foldersAbove(path)))];
const processNames = [...processFiles.keys()];
function foldersAbove(path: string): readonly string[] {
  const parent = parentOf(path);
  return parent === '' ? [] : [...foldersAbove(parent), parent];
}

/** Texts that are kept for who reads them piece by piece. */
const mostKept = 8;

const nodeOf = (pid: number, what: number) => 1 + pid * nodesOfProcess + what;
const pidOf = (node: number) => Math.floor((node - 1) / nodesOfProcess);
const partOf = (node: number) => (node - 1) % nodesOfProcess;
/** The path of one of `systemFolders`; undefined for other nodes. */
const folderOf = (node: number) => (pidOf(node) === 0 ? systemFolders[partOf(node) - part.firstFolder] : undefined);

const nobody: ProcessesShown = {
  self: 0,
  list: () => [],
  descriptors: () => [],
  startedAtMs: Date.now(),
  memoryBytes: 0,
  cpus: 1,
};

function* systemEntries(folder: string): Generator<{ readonly node: number; readonly name: string }, void> {
  for (const [paths, first] of [
    [systemNames, part.firstFile],
    [systemFolders, part.firstFolder],
  ] as const) {
    for (const [index, path] of paths.entries()) {
      if (parentOf(path) === folder)
        yield { node: nodeOf(0, first + index), name: path.slice(path.lastIndexOf('/') + 1) };
    }
  }
}

export class ProcessesTree implements MountedTree {
  readonly type = 'proc';
  readonly root = nodeOf(0, part.directory);
  /** Who there is; nobody until it is told. */
  shown: ProcessesShown = nobody;
  readonly #mounts: () => string;
  readonly #texts = new Map<number, Uint8Array>();

  /** @param mounts the lines of /proc/mounts */
  constructor(mounts: () => string) {
    this.#mounts = mounts;
  }

  isRoot(node: number): boolean {
    return node === this.root;
  }

  kindOf(node: number): number {
    const what = partOf(node);
    if (what === part.directory || what === part.descriptors || folderOf(node) !== undefined) return kind.directory;
    if (what === part.self || (what === part.mounts && pidOf(node) === 0)) return kind.symlink;
    return what >= part.firstDescriptor ? kind.character : kind.file;
  }

  keyOf(node: number): number {
    return node;
  }

  lookUp(directory: number, name: Name): number {
    const text = textOf(name);
    for (const { node, name: other } of this.#entries(directory)) if (other === text) return node;
    return 0;
  }

  /** The descriptor of the process itself that is meant; opening it opens that once more. */
  descriptorOf(node: number): number | undefined {
    const what = partOf(node);
    return what >= part.firstDescriptor ? what - part.firstDescriptor : undefined;
  }

  *#entries(directory: number): Generator<{ readonly node: number; readonly name: string }, void> {
    const pid = pidOf(directory);
    const { self } = this.shown;
    if (partOf(directory) === part.descriptors) {
      for (const descriptor of this.shown.descriptors()) {
        yield { node: nodeOf(pid, part.firstDescriptor + descriptor), name: String(descriptor) };
      }
      return;
    }
    const folder = folderOf(directory);
    if (pid === 0) yield* systemEntries(folder ?? '');
    if (folder !== undefined) return;
    if (pid !== 0) {
      for (const [index, name] of processNames.entries()) yield { node: nodeOf(pid, part.firstFile + index), name };
    }
    yield { node: nodeOf(pid, part.mounts), name: 'mounts' };
    if (pid === self && self !== 0) yield { node: nodeOf(pid, part.descriptors), name: 'fd' };
    if (pid !== 0) return;
    if (self !== 0) yield { node: nodeOf(0, part.self), name: 'self' };
    for (const { pid: each } of this.shown.list()) yield { node: nodeOf(each, part.directory), name: String(each) };
  }

  above(directory: number): number {
    const folder = folderOf(directory);
    if (folder !== undefined && parentOf(folder) !== '') {
      return nodeOf(0, part.firstFolder + systemFolders.indexOf(parentOf(folder)));
    }
    return partOf(directory) === part.directory ? this.root : nodeOf(pidOf(directory), part.directory);
  }

  readTarget(node: number): Uint8Array {
    if (this.kindOf(node) !== kind.symlink) fail(errno.EINVAL);
    return nameOf(partOf(node) === part.mounts ? 'self/mounts' : String(this.shown.self)).bytes;
  }

  stat(node: number): Stat {
    const what = this.kindOf(node);
    const pid = pidOf(node);
    const process = this.shown.list().find((each) => each.pid === pid);
    const began = BigInt(Math.round(process?.startedAtMs ?? this.shown.startedAtMs)) * 1_000_000n;
    return {
      kind: what,
      inode: BigInt(node),
      mode: what === kind.directory ? 0o555 : what === kind.file ? 0o444 : 0o777,
      links: 1,
      uid: process?.uid ?? 0,
      gid: 0,
      special: 0,
      // As Linux: it is made when it is read.
      size: 0,
      allocated: 0,
      accessedNs: began,
      modifiedNs: began,
      changedNs: began,
    };
  }

  sizeOf(): number {
    return 0;
  }

  open(node: number): number {
    return node;
  }

  hold(): void {}

  release(): void {}

  read(node: number, offset: number, into: Uint8Array): number {
    const kept = offset === 0 ? undefined : this.#texts.get(node);
    const text = kept ?? new TextEncoder().encode(this.#text(node));
    this.#keep(node, text);
    const piece = text.subarray(offset, offset + into.length);
    into.set(piece);
    return piece.length;
  }

  #keep(node: number, text: Uint8Array): void {
    this.#texts.delete(node);
    this.#texts.set(node, text);
    for (const old of this.#texts.keys()) if (this.#texts.size > mostKept) this.#texts.delete(old);
  }

  #text(node: number): string {
    const pid = pidOf(node);
    const what = partOf(node);
    if (what === part.mounts) return this.#mounts();
    const index = what - part.firstFile;
    if (pid === 0) return systemFiles.get(systemNames[index] ?? '')?.(this.shown) ?? fail(errno.EISDIR);
    return processFiles.get(processNames[index] ?? '')?.(this.#process(pid), this.shown) ?? fail(errno.EISDIR);
  }

  #process(pid: number): ShownProcess {
    return this.shown.list().find((each) => each.pid === pid) ?? fail(errno.ESRCH);
  }

  *list(directory: number, after: number): Generator<Listed, void> {
    if (this.kindOf(directory) !== kind.directory) fail(errno.ENOTDIR);
    // In the order of their nodes, by which a reader goes on.
    const entries = [...this.#entries(directory)].toSorted((one, other) => one.node - other.node);
    for (const { node, name } of entries) {
      if (node > after) yield { kind: this.kindOf(node), inode: BigInt(node), name: nameOf(name), serial: node };
    }
  }

  space(): DiskSpace {
    return { total: 0, free: 0 };
  }

  sync(): void {}

  write(): never {
    fail(errno.EACCES);
  }

  append = this.write.bind(this);
  truncate = this.write.bind(this);
  create = this.write.bind(this);
  createLink = this.write.bind(this);
  addName = this.write.bind(this);
  unlink = this.write.bind(this);
  removeDirectory = this.write.bind(this);
  rename = this.write.bind(this);
  setTimes = this.write.bind(this);
  setMode = this.write.bind(this);
  setOwner = this.write.bind(this);

  leave(): void {}
}
