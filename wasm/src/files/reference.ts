// What another thread needs to open the same file system: memory that threads share, and names of what is not in memory.

import { Arena } from '../memory/arena.ts';
import { FileSystem, type FileSystemOptions } from './file-system.ts';
import type { Pack, Spill } from './storage.ts';

/** May be sent to a thread as it is. */
export interface LayerReference {
  readonly memory: WebAssembly.Memory;
  /** Name of its pack. */
  readonly pack?: string | undefined;
}

/** May be sent to a thread as it is. */
export interface FilesReference {
  readonly memory: WebAssembly.Memory;
  /** Top first. */
  readonly layers: readonly LayerReference[];
  /** Name of its spill. */
  readonly spill?: string | undefined;
  /** As `FileSystemOptions`, in bytes. */
  readonly memoryBytes?: number | undefined;
  readonly limitBytes?: number | undefined;
  readonly isDumped?: boolean | undefined;
}

/** Opens by name what a host keeps on disk; a thread has one of its own. */
export interface Storage {
  openPack(name: string): Pack;
  openSpill(name: string): Spill;
}

/** @throws TypeError when a memory is no arena */
export function openFiles(reference: FilesReference, storage: Storage): FileSystem {
  return FileSystem.open(Arena.open(reference.memory), fileSystemOptions(reference, storage));
}

/** What a file system is opened or created with. */
export function fileSystemOptions(reference: FilesReference, storage: Storage): FileSystemOptions {
  const { spill, memoryBytes, limitBytes, isDumped } = reference;
  return {
    layers: reference.layers.map((layer) => openLayer(layer, storage)),
    ...(spill === undefined ? {} : { spill: storage.openSpill(spill) }),
    ...(memoryBytes === undefined ? {} : { memory: memoryBytes }),
    ...(limitBytes === undefined ? {} : { limit: limitBytes }),
    ...(isDumped === undefined ? {} : { isDumped }),
  };
}

export function openLayer({ memory, pack }: LayerReference, storage: Storage): FileSystem {
  return FileSystem.open(Arena.open(memory), pack === undefined ? {} : { pack: storage.openPack(pack) });
}
