// What a container sees, by paths and texts, as tests want it. Each call is one of a process: inside for itself.

import { nameOf, textOf } from '../../../wasm/src/files/directories.ts';
import { FileSystem } from '../../../wasm/src/files/file-system.ts';
import { kind } from '../../../wasm/src/files/inode.ts';
import type { Storage } from '../../../wasm/src/files/reference.ts';
import { Arena } from '../../../wasm/src/memory/arena.ts';
import type { HostFiles } from '../../../wasm/src/mounts/host-files.ts';
import type { Place } from '../../../wasm/src/mounts/mount.ts';
import type { Namespace } from '../../../wasm/src/mounts/namespace.ts';
import { openNamespace } from '../../../wasm/src/mounts/open.ts';
import * as paths from '../../../wasm/src/mounts/paths.ts';
import { listAt, readAt, setSize, sizeOf, statOf, writeAt, type PlaceStat } from '../../../wasm/src/mounts/places.ts';
import { prepareMounts, releaseMounts } from '../../../wasm/src/mounts/prepare.ts';
import type { MountReference } from '../../../wasm/src/mounts/reference.ts';
import { nodeHostFiles } from '../../../runtime/src/host/portable/node/host-files.ts';
import type { Status } from '../files/tree.ts';

/** Of what has neither packs nor a spill. */
export const storage: Storage = {
  openPack: () => {
    throw new Error('nothing here has a pack');
  },
  openSpill: () => {
    throw new Error('nothing here spills');
  },
};

export interface ContainerOptions {
  readonly mounts?: readonly MountReference[];
  readonly isReadOnly?: boolean;
  readonly host?: HostFiles;
  readonly files?: FileSystem;
}

/** A bind of the host. */
export function bind(path: string, target: string, readOnly = false): MountReference {
  return { target, readOnly, shownSource: path, source: { kind: 'host', path } };
}

export function makeFiles(): FileSystem {
  return FileSystem.create(Arena.create({ limit: 2 ** 28, isShared: true }), 54_321);
}

export class SpaceTree implements Disposable {
  readonly space: Namespace;
  readonly #base: string;
  readonly #release: () => void;

  private constructor(space: Namespace, base: string, release: () => void) {
    this.space = space;
    this.#base = base;
    this.#release = release;
  }

  /** A container with its mounts. */
  static open(options: ContainerOptions = {}): SpaceTree {
    const { mounts = [], isReadOnly = false, host = nodeHostFiles(), files = makeFiles() } = options;
    const deps = { storage, host };
    const reference = prepareMounts(files, mounts, { isReadOnly, ...deps });
    const release = () => releaseMounts(files, reference, deps);
    return new SpaceTree(openNamespace(files, reference, deps), '', release);
  }

  /** The same container, where paths begin at a directory of it. */
  below(base: string): SpaceTree {
    return new SpaceTree(this.space, base, () => undefined);
  }

  makeDirectory(path: string): void {
    this.inside((root) => paths.makeDirectory(this.space, root, this.#name(path), 0o755));
  }

  write(path: string, offset: number, content: Uint8Array): void {
    this.inside((root) => {
      const how = { follow: true, create: true, write: true, mode: 0o644 };
      writeAt(this.space, paths.openAt(this.space, root, this.#name(path), how), offset, content);
    });
  }

  writeText(path: string, text: string): void {
    this.write(path, 0, new TextEncoder().encode(text));
  }

  truncate(path: string, size: number): void {
    this.inside((root) => {
      const place = paths.openAt(this.space, root, this.#name(path), { follow: true, write: true });
      setSize(this.space, place, size);
    });
  }

  read(path: string): Uint8Array {
    return this.inside((root) => {
      const place = paths.openAt(this.space, root, this.#name(path), { follow: true, read: true });
      const into = new Uint8Array(sizeOf(this.space, place));
      if (this.space.kindOf(place) === kind.directory) paths.openPlace(this.space, place, { write: true });
      const count = readAt(this.space, place, 0, into);
      if (count !== into.length) throw new Error(`read ${count} of ${into.length} bytes`);
      return into;
    });
  }

  readText(path: string): string {
    return new TextDecoder().decode(this.read(path));
  }

  symlink(target: string, path: string): void {
    this.inside((root) => paths.makeLink(this.space, new TextEncoder().encode(target), root, this.#name(path)));
  }

  link(from: string, path: string): void {
    this.inside((root) => {
      const old = { from: root, path: this.#name(from), follow: false };
      paths.addLink(this.space, old, { from: root, path: this.#name(path) });
    });
  }

  unlink(path: string): void {
    this.inside((root) => paths.unlinkAt(this.space, root, this.#name(path)));
  }

  removeDirectory(path: string): void {
    this.inside((root) => paths.removeDirectoryAt(this.space, root, this.#name(path)));
  }

  rename(from: string, to: string): void {
    this.inside((root) =>
      paths.renameAt(this.space, { from: root, path: this.#name(from) }, { from: root, path: this.#name(to) }),
    );
  }

  readLink(path: string): string {
    return this.inside((root) => new TextDecoder().decode(paths.readLinkAt(this.space, root, this.#name(path))));
  }

  list(path: string): readonly string[] {
    return this.inside((root) => {
      const place = paths.placeAt(this.space, root, this.#name(path), true);
      return Array.from(listAt(this.space, place, 0), ({ name }) => textOf(name)).toSorted();
    });
  }

  stat(path: string, follow = false): PlaceStat {
    return this.inside((root) => statOf(this.space, paths.placeAt(this.space, root, this.#name(path), follow)));
  }

  status(path: string, follow = false): Status {
    const stat = this.stat(path, follow);
    const name = Object.entries(kind).find(([, value]) => value === stat.kind)?.[0] ?? '';
    return { kind: name, size: stat.size, links: stat.links, mode: stat.mode };
  }

  /** One call of a process. */
  inside<T>(run: (root: Place) => T): T {
    this.space.enter();
    try {
      return run(this.space.root);
    } finally {
      this.space.leave();
    }
  }

  /** What lives longer than a call. */
  hold(path: string, how: paths.OpenHow): Place & Disposable {
    const place = this.inside((root) => {
      const opened = paths.openAt(this.space, root, this.#name(path), how);
      this.space.hold(opened);
      return opened;
    });
    return { ...place, [Symbol.dispose]: () => this.inside(() => this.space.release(place)) };
  }

  [Symbol.dispose](): void {
    this.#release();
  }

  #name(path: string) {
    return nameOf(`${this.#base}${path}`);
  }
}
