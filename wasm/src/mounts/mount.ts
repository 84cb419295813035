// One of the trees that a container sees, and the places in it.

import type { MountedTree } from './tree.ts';

/** Good until the namespace is left, unless it is held. */
export interface Place {
  readonly mount: Mount;
  readonly node: number;
}

export interface MountOptions {
  /** 0 is the root. */
  readonly index: number;
  readonly tree: MountedTree;
  readonly isReadOnly: boolean;
  /** Absolute path in the container. */
  readonly target: string;
  /** As in /proc/mounts. */
  readonly shownSource: string;
  /** What it hides; the root has none. */
  readonly on?: Place;
  /** Whether there is something to be done before and after each call that works on it. */
  readonly isApart: boolean;
  /** Whether owners and modes are what they are in the container. */
  readonly hasOwners: boolean;
}

export class Mount {
  readonly index: number;
  readonly tree: MountedTree;
  readonly isReadOnly: boolean;
  readonly target: string;
  readonly shownSource: string;
  readonly on: Place | undefined;
  readonly isApart: boolean;
  readonly hasOwners: boolean;
  readonly root: Place;
  /** Mounts on this one, by the key of what they hide. */
  readonly #mounts = new Map<number | string, Mount>();

  constructor(options: MountOptions) {
    this.index = options.index;
    this.tree = options.tree;
    this.isReadOnly = options.isReadOnly;
    this.target = options.target;
    this.shownSource = options.shownSource;
    this.on = options.on;
    this.isApart = options.isApart;
    this.hasOwners = options.hasOwners;
    this.root = { mount: this, node: options.tree.root };
    if (options.on !== undefined) options.on.mount.#put(this, options.on.node);
  }

  get hasMounts(): boolean {
    return this.#mounts.size > 0;
  }

  /** What is mounted on a node of this. */
  mountOn(node: number): Mount | undefined {
    return this.#mounts.get(this.tree.keyOf(node));
  }

  #put(mount: Mount, node: number): void {
    this.#mounts.set(this.tree.keyOf(node), mount);
  }
}
