// A file system in memory alone, to be mounted: a tmpfs, or a volume where there is no disk.

import { FileSystem, word } from '../files/file-system.ts';
import { at, get, set } from '../files/inode.ts';
import type { FilesReference } from '../files/reference.ts';
import { Arena, canShareMemory } from '../memory/arena.ts';

/** Of one without a limit: names and the like are counted as well. */
const mostBytes = 2 ** 30;
/** What it takes beside contents. */
const aroundBytes = 4 * 2 ** 20;

/**
 * @param options.limitBytes that its files may take
 * @param options.mode permissions of its root
 */
export function createMemoryFiles(options: {
  readonly limitBytes?: number | undefined;
  readonly mode: number;
}): FilesReference {
  const { limitBytes, mode } = options;
  const bytes = limitBytes === undefined ? mostBytes : Math.min(mostBytes, limitBytes + aroundBytes);
  const arena = Arena.create({ limit: bytes, isShared: canShareMemory });
  // It differs from container to container, and nobody inside sees it.
  const seed = Math.floor(Math.random() * 2 ** 31);
  FileSystem.create(arena, seed, limitBytes === undefined ? {} : { limit: limitBytes });
  arena.enter();
  const root = arena.word(word.root);
  set(arena, root, at.mode, (get(arena, root, at.mode) & ~0o7777) | (mode & 0o7777));
  arena.leave();
  return { memory: arena.memory, layers: [], ...(limitBytes === undefined ? {} : { limitBytes }) };
}
