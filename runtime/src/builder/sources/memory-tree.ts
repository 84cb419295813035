// A tree whose entries are in memory: what came in a tar. Its links are resolved by name here, so none can lead out of it.

import { EngineError } from '../../spec/errors.ts';
import type { SourceEntry } from '../contract.ts';
import { comparePaths, type EntryTree, joinPath, parentPath } from './entry-tree.ts';

/** As the kernel. */
const maximumLinks = 40;

export interface MemoryEntry extends SourceEntry {
  /** A folder that only the paths of others speak of. */
  readonly isImplied: boolean;
}

export class MemoryTree implements EntryTree {
  readonly #entries: ReadonlyMap<string, MemoryEntry>;
  readonly #sorted: readonly MemoryEntry[];
  readonly #held: AsyncDisposable;

  /** @param entries with all parents, the root among them @param held what their contents are in */
  constructor(entries: ReadonlyMap<string, MemoryEntry>, held: AsyncDisposable) {
    this.#entries = entries;
    this.#sorted = [...entries.values()].sort((a, b) => comparePaths(a.path, b.path));
    this.#held = held;
  }

  get sorted(): readonly MemoryEntry[] {
    return this.#sorted;
  }

  lstat(path: string): Promise<SourceEntry | undefined> {
    const folder = this.#resolve(parentPath(path));
    const name = path.slice(path.lastIndexOf('/') + 1);
    return Promise.resolve(folder === undefined ? undefined : this.#entries.get(joinPath(folder, name)));
  }

  realPath(path: string): Promise<string | undefined> {
    return Promise.resolve(this.#resolve(path));
  }

  /** @throws EngineError invalidParameter for links that lead round and round */
  #resolve(path: string): string | undefined {
    const rest = path.split('/');
    let at = '';
    let links = 0;
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        at = parentPath(at);
        continue;
      }
      if (this.#entries.get(at)?.type !== 'directory') return undefined;
      const next = this.#entries.get(joinPath(at, part));
      if (next === undefined) return undefined;
      if (next.type !== 'symlink') {
        at = next.path;
        continue;
      }
      if (++links > maximumLinks)
        throw new EngineError('invalidParameter', `${path}: too many levels of symbolic links`);
      if (next.linkName.startsWith('/')) at = '';
      rest.unshift(...next.linkName.split('/'));
    }
    return at;
  }

  *walk(path: string): Generator<SourceEntry, void, undefined> {
    const prefix = path === '' ? '' : `${path}/`;
    for (let index = this.#firstAt(path); index < this.#sorted.length; index += 1) {
      const entry = this.#sorted[index];
      if (entry === undefined || (entry.path !== path && !entry.path.startsWith(prefix))) return;
      yield entry;
    }
  }

  #firstAt(path: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (comparePaths(this.#sorted[middle]?.path ?? '', path) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#held[Symbol.asyncDispose]());
  }
}
