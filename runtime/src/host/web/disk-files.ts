// The disk of an engine in a browser: one file system in an arena, which the threads of containers share where there is sharing. A thread
// is alone with it for a moment, in the middle of whatever it does in the arena of a container: that is entered first, always.

import { nameOf, type Name } from '../../../../wasm/src/files/directories.ts';
import { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import { kind } from '../../../../wasm/src/files/inode.ts';
import { resolve } from '../../../../wasm/src/files/resolve.ts';
import { Arena } from '../../../../wasm/src/memory/arena.ts';
import { MemoryTree } from '../../../../wasm/src/mounts/memory-tree.ts';
import { errno, fail } from '../../../../wasm/src/wasi/errno.ts';
import { enterPatiently, fromFailure } from '../portable/inside.ts';

/** Where a new name goes. */
export interface Spot {
  readonly directory: number;
  readonly name: Name;
  /** The inode that is there; 0 without. */
  readonly inode: number;
}

export class DiskFiles {
  readonly files: FileSystem;
  /** Its nodes are addresses of inodes. */
  readonly tree: MemoryTree;
  readonly #enterArena: () => void;
  #depth = 0;

  private constructor(files: FileSystem, enterArena: () => void) {
    this.files = files;
    this.#enterArena = enterArena;
    this.tree = new MemoryTree('disk', files);
  }

  /** For the engine's thread, which waits for nobody who does not let go. */
  static ofEngine(files: FileSystem): DiskFiles {
    return new DiskFiles(files, () => enterPatiently(files.arena));
  }

  /** The engine's, on another thread. @param owner the thread's number, of its own */
  static open(memory: WebAssembly.Memory, owner: number): DiskFiles {
    const arena = Arena.open(memory);
    arena.owner = owner;
    return new DiskFiles(FileSystem.open(arena), () => arena.enter());
  }

  /** Alone with it until `leave`; who is already may enter again. */
  enter(): void {
    if (this.#depth === 0) this.#enterArena();
    this.#depth += 1;
  }

  leave(): void {
    this.#depth -= 1;
    if (this.#depth === 0) this.files.arena.leave();
  }

  inside<T>(work: () => T): T {
    this.enter();
    try {
      return work();
    } finally {
      this.leave();
    }
  }

  /** As `inside`. @throws EngineError naming the call and the path */
  call<T>(call: string, path: string, work: () => T): T {
    try {
      return this.inside(work);
    } catch (error) {
      throw fromFailure(error, call, path);
    }
  }

  /** The inode at an absolute path; 0 when nothing is there. Call it inside. @throws Failure */
  find(path: string | Uint8Array, followLast: boolean): number {
    return resolve(this.files, this.files.root, nameAt(path), followLast).inode;
  }

  /** As `find`. @throws Failure ENOENT */
  required(path: string | Uint8Array, followLast = true): number {
    return this.find(path, followLast) || fail(errno.ENOENT);
  }

  /** Where a path leads, its last link not followed. Call it inside. @throws Failure */
  spot(path: string | Uint8Array): Spot {
    const { parent, name, inode } = resolve(this.files, this.files.root, nameAt(path), false);
    return { directory: parent, name: name ?? fail(errno.EEXIST), inode };
  }

  /** A new inode at a path, or the one there. Call it inside. @throws Failure */
  findOrMake(path: string | Uint8Array, mode: number): number {
    const known = this.find(path, true);
    return known === 0 ? this.make(path, kind.file, mode) : known;
  }

  /** Call it inside. @throws Failure EEXIST, ENOENT */
  make(path: string | Uint8Array, what: number, mode: number): number {
    const { directory, name } = this.spot(path);
    return this.tree.create(directory, name, { kind: what, mode: mode & 0o7777, uid: 0, gid: 0 });
  }

  /** A directory and all above it. Call it inside. @throws Failure */
  makeDirectories(path: string, mode: number): void {
    let at = '';
    for (const part of path.split('/').filter((each) => each !== '')) {
      at += `/${part}`;
      const known = this.find(at, true);
      if (known === 0) this.make(at, kind.directory, mode);
      else if (this.tree.kindOf(known) !== kind.directory) fail(errno.ENOTDIR);
    }
  }

  /** All of a file, in a buffer of its own. Call it inside. @throws Failure EISDIR */
  readAll(inode: number): Uint8Array<ArrayBuffer> {
    if (this.tree.kindOf(inode) !== kind.file) fail(errno.EISDIR);
    const bytes = new Uint8Array(this.tree.sizeOf(inode));
    this.tree.read(inode, 0, bytes);
    return bytes;
  }

  /** Puts a file with these contents in the place of what is at a path, all or nothing. Call it inside. @throws Failure */
  replace(path: string, data: Uint8Array, mode: number): void {
    const { directory, name } = this.spot(path);
    // Never seen by anybody: it is gone before this is left.
    const temporary = `${splitPath(path)[0]}/.coracle.tmp`;
    const made = this.make(temporary, kind.file, mode);
    const from = this.spot(temporary);
    try {
      this.tree.write(made, 0, data);
      this.tree.rename(from.directory, from.name, directory, name);
    } catch (error) {
      this.tree.unlink(from.directory, from.name);
      throw error;
    }
  }
}

/** What is before and after the last slash. */
export function splitPath(path: string): readonly [string, string] {
  const at = path.lastIndexOf('/');
  return [path.slice(0, at), path.slice(at + 1)];
}

function nameAt(path: string | Uint8Array): Name {
  return typeof path === 'string' ? nameOf(path) : { bytes: path, start: 0, end: path.length };
}
