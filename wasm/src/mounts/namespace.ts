// What a container sees: its root, and what is mounted in it. Every thread of a container has a namespace of its own, over the same arena.

import type { Arena } from '../memory/arena.ts';
import type { Name } from '../files/directories.ts';
import type { FileSystem } from '../files/file-system.ts';
import { walk, type Found, type Space } from '../files/resolve.ts';
import { errno, fail } from '../wasi/errno.ts';
import { MemoryTree } from './memory-tree.ts';
import { Mount, type Place } from './mount.ts';
import { checkAccess, may, type Credentials } from './permissions.ts';
import type { MountedTree } from './tree.ts';

/** What keeps others away from what several containers share. */
export interface Lock {
  enter(): void;
  leave(): void;
}

export class Namespace implements Space<Place> {
  /** The root comes first, and parents before what is mounted on them. */
  readonly mounts: readonly Mount[];
  readonly arena: Arena;
  readonly root: Place;
  /** Whose calls these are. */
  credentials: Credentials = { uid: 0, gid: 0 };
  readonly #locks: readonly Lock[];
  readonly #apart: readonly Mount[];
  #isApart = false;

  /** @param locks in the order in which all containers enter them @see openNamespace */
  constructor(arena: Arena, mounts: readonly [Mount, ...Mount[]], locks: readonly Lock[]) {
    this.arena = arena;
    this.mounts = mounts;
    this.root = mounts[0].root;
    this.#locks = locks;
    this.#apart = mounts.filter(({ isApart }) => isApart);
  }

  /** A file system alone. */
  static of(files: FileSystem): Namespace {
    return new Namespace(files.arena, [rootMount(files, false)], []);
  }

  /** Alone with the container's files until `leave`. */
  enter(): void {
    this.arena.enter();
  }

  /** Places that nobody holds are gone then. */
  leave(): void {
    if (this.#isApart) this.#leaveApart();
    this.arena.leave();
  }

  #leaveApart(): void {
    for (const { tree } of this.#apart) tree.leave();
    for (const lock of this.#locks) lock.leave();
    this.#isApart = false;
  }

  /** The tree of a place, to work on. */
  treeAt({ mount }: Place): MountedTree {
    if (mount.isApart && !this.#isApart) this.#enterApart();
    return mount.tree;
  }

  /** All locks at once, and always in one order: so no two containers wait for each other. */
  #enterApart(): void {
    for (const lock of this.#locks) lock.enter();
    this.#isApart = true;
  }

  /** @throws Failure EROFS */
  treeToChange(place: Place): MountedTree {
    if (place.mount.isReadOnly) fail(errno.EROFS);
    return this.treeAt(place);
  }

  /** A place by numbers, as they are kept in the arena. @throws Failure EBADF */
  placeAt(mount: number, node: number): Place {
    return { mount: this.mounts[mount] ?? fail(errno.EBADF), node };
  }

  /** @throws Failure as `walk` */
  find(from: Place, path: Name, follow: boolean): Found<Place> {
    return walk(this, from, path, follow);
  }

  kindOf(place: Place): number {
    return this.treeAt(place).kindOf(place.node);
  }

  lookUp(directory: Place, name: Name): Place | undefined {
    if (this.credentials.uid !== 0) checkAccess(this, directory, may.execute);
    const node = this.treeAt(directory).lookUp(directory.node, name);
    return node === 0 ? undefined : this.#shown({ mount: directory.mount, node });
  }

  above(directory: Place): Place {
    let place = directory;
    while (this.treeAt(place).isRoot(place.node)) {
      if (place.mount.on === undefined) return place.mount.root;
      place = place.mount.on;
    }
    return this.#shown({ mount: place.mount, node: this.treeAt(place).above(place.node) });
  }

  readTarget(link: Place): Uint8Array {
    return this.treeAt(link).readTarget(link.node);
  }

  /** The descriptor of the process itself that a place stands for, as in /proc/self/fd. */
  descriptorOf(place: Place): number | undefined {
    return this.treeAt(place).descriptorOf?.(place.node);
  }

  /** Somebody keeps it while outside. */
  hold(place: Place): void {
    this.treeAt(place).hold(place.node);
  }

  release(place: Place): void {
    this.treeAt(place).release(place.node);
  }

  /** What is mounted on it, if anything is. */
  #shown(place: Place): Place {
    let shown = place;
    while (shown.mount.hasMounts) {
      const mount = shown.mount.mountOn(shown.node);
      if (mount === undefined) break;
      shown = mount.root;
    }
    return shown;
  }
}

export function rootMount(files: FileSystem, isReadOnly: boolean): Mount {
  const tree = new MemoryTree('overlay', files);
  return new Mount({
    index: 0,
    tree,
    isReadOnly,
    target: '/',
    shownSource: 'overlay',
    isApart: false,
    hasOwners: true,
  });
}
