// A container's namespace on one of its threads, of what `prepare.ts` has made once.

import { makeHostRoot, HostTree } from './host-tree.ts';
import type { Arena } from '../memory/arena.ts';
import type { FileSystem } from '../files/file-system.ts';
import { openFiles, type Storage } from '../files/reference.ts';
import type { HostFiles } from './host-files.ts';
import { MemoryTree } from './memory-tree.ts';
import { Mount } from './mount.ts';
import { Namespace, rootMount, type Lock } from './namespace.ts';
import { mountLines } from './listing.ts';
import type { ProcessesShown } from './processes-text.ts';
import { ProcessesTree } from './processes-tree.ts';
import type { MountsReference, PlacedMount, PlacedSource } from './reference.ts';
import type { MountedTree } from './tree.ts';

export interface NamespaceDeps {
  readonly storage: Storage;
  /** Needed for folders of the host. */
  readonly host?: HostFiles | undefined;
}

/** @throws TypeError for memory that is no arena */
export function openNamespace(files: FileSystem, reference: MountsReference, deps: NamespaceDeps): Namespace {
  const opener = new Opener(files, deps, () => mountLines(mounts));
  const mounts: [Mount, ...Mount[]] = [rootMount(files, reference.isReadOnly)];
  files.arena.enter();
  try {
    for (const placed of reference.mounts) mounts.push(opener.mount(placed, mounts));
  } finally {
    files.arena.leave();
  }
  return new Namespace(files.arena, mounts, opener.locks());
}

/** A namespace that grows: each mount is put at what those before it show. */
export class GrowingNamespace {
  readonly #files: FileSystem;
  readonly #opener: Opener;
  readonly #mounts: [Mount, ...Mount[]];
  #space: Namespace | undefined;

  /** Its root can be changed. */
  constructor(files: FileSystem, deps: NamespaceDeps) {
    this.#files = files;
    this.#opener = new Opener(files, deps, () => mountLines(this.#mounts));
    this.#mounts = [rootMount(files, false)];
  }

  /** Call it outside the arena. */
  add(placed: PlacedMount): void {
    this.#files.arena.enter();
    try {
      this.#mounts.push(this.#opener.mount(placed, this.#mounts));
    } finally {
      this.#files.arena.leave();
    }
    this.#space = undefined;
  }

  /** As it is now. */
  get space(): Namespace {
    return (this.#space ??= new Namespace(this.#files.arena, this.#mounts, this.#opener.locks()));
  }
}

/** A folder of the host as the root, with nothing mounted in it. @param arena for what is open there */
export function openFolder(arena: Arena, host: HostFiles, path: string, isReadOnly = false): Namespace & Disposable {
  arena.enter();
  let tree;
  try {
    tree = new HostTree(arena, host, makeHostRoot(arena, host, path));
  } finally {
    arena.leave();
  }
  const root = new Mount({
    index: 0,
    tree,
    isReadOnly,
    target: '/',
    shownSource: path,
    isApart: true,
    hasOwners: host.mayChangeOwners,
  });
  const namespace = new Namespace(arena, [root], host.lock === undefined ? [] : [host.lock]);
  return Object.assign(namespace, {
    [Symbol.dispose]: () => {
      namespace.enter();
      namespace.release(root.root);
      namespace.leave();
    },
  });
}

/** Tells /proc who there is. */
export function showProcesses({ mounts }: Namespace, shown: ProcessesShown): void {
  for (const { tree } of mounts) if (tree instanceof ProcessesTree) tree.shown = shown;
}

class Opener {
  readonly #files: FileSystem;
  readonly #deps: NamespaceDeps;
  readonly #lines: () => string;
  /** By name: a file system that is mounted twice is still one. */
  readonly #shared = new Map<string, FileSystem>();
  #usesHost = false;

  /** @param lines of /proc/mounts */
  constructor(files: FileSystem, deps: NamespaceDeps, lines: () => string) {
    this.#files = files;
    this.#deps = deps;
    this.#lines = lines;
  }

  mount({ source, on, target, readOnly, shownSource }: PlacedMount, mounts: readonly Mount[]): Mount {
    const parent = mounts[on.mount];
    if (parent === undefined) throw new Error(`${target} is mounted on what is not there`);
    const isApart = source.kind === 'host' || source.kind === 'memory';
    return new Mount({
      index: mounts.length,
      tree: this.#tree(source),
      isReadOnly: readOnly,
      target,
      shownSource,
      on: { mount: parent, node: on.node },
      isApart,
      hasOwners: source.kind !== 'host' || this.#deps.host?.mayChangeOwners === true,
    });
  }

  #tree(source: PlacedSource): MountedTree {
    if (source.kind === 'inside') return new MemoryTree(source.type, this.#files, source.root);
    if (source.kind === 'processes') return new ProcessesTree(this.#lines);
    if (source.kind === 'memory') return new MemoryTree(source.type, this.#sharedFiles(source));
    const { host } = this.#deps;
    if (host === undefined) throw new Error('there are no folders of a host here');
    this.#usesHost = true;
    return new HostTree(this.#files.arena, host, source.root);
  }

  #sharedFiles({ name, files }: Extract<PlacedSource, { kind: 'memory' }>): FileSystem {
    const opened = this.#shared.get(name) ?? openFiles(files, this.#deps.storage);
    this.#shared.set(name, opened);
    return opened;
  }

  /** The host's first, then those of memory by their names: the same order in every container. */
  locks(): readonly Lock[] {
    const lock = this.#usesHost ? this.#deps.host?.lock : undefined;
    const names = [...this.#shared.keys()].toSorted();
    const arenas = names.flatMap((name) => this.#shared.get(name)?.arena ?? []);
    return lock === undefined ? arenas : [lock, ...arenas];
  }
}
