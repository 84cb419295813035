// Where a folder of the host keeps a file tree: as an index, the dump of a file system, and a pack with the contents of its files.

import { DamagedDump, type Dump, openDump, sealDump, takeDump } from '../../../../wasm/src/files/dump.ts';
import { FileSystem } from '../../../../wasm/src/files/file-system.ts';
import type { Pack } from '../../../../wasm/src/files/storage.ts';
import { Arena } from '../../../../wasm/src/memory/arena.ts';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { Disk } from './disk.ts';
import { inside } from './inside.ts';

/** Of a file system that is made on one thread: reserved, not taken. */
export const mostIndexBytes = 2 ** 31 - 2 ** 20;

export const indexOf = (folder: string): string => `${folder}/files.index`;
export const packOf = (folder: string): string => `${folder}/files.pack`;

/** Hashes of names begin with a number that nobody inside knows. */
export function seedOf(random: (size: number) => Uint8Array): number {
  const [seed = 0] = new Int32Array(Uint8Array.from(random(4)).buffer);
  return seed;
}

/** An empty file system that one thread makes. */
export function newFiles(random: (size: number) => Uint8Array, pack: Pack): FileSystem {
  return FileSystem.create(Arena.create({ limit: mostIndexBytes, isShared: false }), seedOf(random), { pack });
}

/** @param path of the dump @throws EngineError dataLoss */
export function readDump(bytes: Uint8Array, path: string): Dump {
  try {
    return openDump(bytes);
  } catch (error) {
    throw damaged(error, path);
  }
}

/** The EngineError for a damaged dump; anything else as it is. */
export function damaged(error: unknown, path: string): unknown {
  return error instanceof DamagedDump
    ? new EngineError('dataLoss', `${path}: ${messageOf(error)}`, { cause: error })
    : error;
}

/** @returns the number of changes that it has */
export async function writeDump(
  disk: Disk,
  files: FileSystem,
  path: string,
  options: { readonly extra?: string; readonly durable: boolean },
): Promise<number> {
  const { changes } = files;
  const dump = inside(files.arena, () => takeDump(files, options.extra));
  sealDump(dump);
  await disk.writeAtomic(path, dump, { durable: options.durable });
  return changes;
}
