// What portable file trees want of a disk. Packs, spills and small documents are read and written where they stand, since who asks is in the middle of
// a system call.

import type { Storage } from '../../../../wasm/src/files/reference.ts';

/** Paths are absolute. Failures are EngineErrors, but those of packs and spills, which are WASI's. */
export interface Disk {
  /** Packs and spills by their paths, open until it is disposed. */
  storage(): Storage & Disposable;
  /** The whole of a file, in a buffer of its own; undefined when it is not there. */
  read(path: string): Uint8Array<ArrayBuffer> | undefined;
  /** Another text whenever the file has become another one; undefined when it is not there. */
  stamp(path: string): string | undefined;
  /** As `Files.writeAtomic`. */
  writeAtomic(path: string, data: Uint8Array, options: { readonly durable: boolean }): Promise<void>;
  /** Opens a pack for writing, at its end; made when it is not there. */
  appendPack(path: string): PackWriter;
  /** Cuts a spill to so many blocks; made when it is not there. */
  cutSpill(path: string, blocks: number): void;
  makeDirectory(path: string): void;
  /** Whether there is nothing in a directory. @throws EngineError notFound */
  isEmpty(path: string): boolean;
  /** Removes a file or a whole tree; absent is no error. */
  remove(path: string): Promise<void>;
  /** Resolves when what was written before, by anybody, below a directory is on the disk itself, as far as the host can be asked for it. */
  sync(path: string): Promise<void>;
}

export interface PackWriter extends Disposable {
  /** Bytes that it has. */
  readonly length: number;
  /** @throws Failure ENOSPC, EIO */
  append(chunk: Uint8Array): void;
  /** Takes back what was appended after the first so many bytes. */
  cut(length: number): void;
  sync(): Promise<void>;
}
