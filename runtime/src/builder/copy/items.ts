// What an operation copies, each thing with its paths below the destination.

import { EngineError, isKind, messageOf } from '../../spec/errors.ts';
import { cleanPath } from '../../spec/dockerfile/ignore.ts';
import type { CopyOperation, CopySource, FileSource, Matched, SourceEntry } from '../contract.ts';
import { baseName, joinPath, parentPath, pathBelow } from '../sources/entry-tree.ts';

export interface CopyItem {
  /**
   * `file` goes to the destination, or into it where that is a folder; the root of a `tree` is the destination itself; an `archive` is a
   * tree whose files keep their owners and modes; of `parents` nothing but folders on the way is the destination's own.
   */
  readonly kind: 'file' | 'tree' | 'archive' | 'parents';
  /** Of a file, in a folder. */
  readonly name: string;
  /** Folders before what they hold. */
  readonly entries: readonly PlacedEntry[];
}

export interface PlacedEntry {
  /** Below the destination; `''` is the destination, or the file itself. */
  readonly path: string;
  readonly entry: SourceEntry;
  /** Made only where it is not there. */
  readonly isOnTheWay: boolean;
}

/** Everything that is neither a path nor a pattern. */
export type LooseSource = Exclude<CopySource, { readonly kind: 'path' }>;

export interface Gathering {
  loose(source: LooseSource): Promise<CopyItem>;
  /** Puts an archive in the place of a local file that is one, where the operation says so. */
  local(item: CopyItem): Promise<CopyItem>;
}

export async function itemsOf(
  operation: CopyOperation,
  source: FileSource | undefined,
  gathering: Gathering,
): Promise<readonly CopyItem[]> {
  const items: CopyItem[] = [];
  for (const one of operation.sources) {
    if (one.kind !== 'path') items.push(await gathering.loose(one));
    else if (source === undefined) throw new EngineError('system', 'files are copied from nowhere');
    else for (const item of await matchedItems(operation, source, one.path)) items.push(await gathering.local(item));
  }
  return items;
}

/** Docker names the instruction first. */
export async function inWords<T>(operation: CopyOperation, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isKind(error, 'notFound', 'invalidParameter')) throw error;
    const verb = /^add\b/i.test(operation.text) ? 'ADD' : 'COPY';
    throw new EngineError(error.kind, `${verb} failed: ${messageOf(error)}`, { cause: error });
  }
}

async function matchedItems(operation: CopyOperation, source: FileSource, path: string): Promise<readonly CopyItem[]> {
  const matches = await source.match(path, operation.exclude);
  const placed = matches.map((matched) =>
    operation.parents ? withParents(source, matched, pivotOf(path)) : Promise.resolve(plainItem(matched)),
  );
  return Promise.all(placed);
}

function plainItem({ name, root, entries }: Matched): CopyItem {
  const kind = entries[0]?.type === 'directory' ? 'tree' : 'file';
  const below = entries.map((entry) => ({ path: pathBelow(root, entry.path), entry, isOnTheWay: false }));
  return { kind, name: baseName(name), entries: below };
}

/** How many folders `/./` cuts off the beginning. */
function pivotOf(path: string): number {
  const pivot = path.indexOf('/./');
  if (pivot < 0) return 0;
  const before = cleanPath(`/${path.slice(0, pivot)}`).slice(1);
  return before === '' ? 0 : before.split('/').length;
}

async function withParents(source: FileSource, matched: Matched, pivot: number): Promise<CopyItem> {
  const parts = matched.name === '' ? [] : matched.name.split('/');
  const kept = parts.slice(pivot).join('/');
  const folders: PlacedEntry[] = [];
  for (let folder = parentPath(kept); folder !== ''; folder = parentPath(folder)) {
    const entry = await source.find(joinPath(parts.slice(0, pivot).join('/'), folder));
    // Through a link, the folder is one of the copy's own.
    if (entry?.type === 'directory') folders.unshift({ path: folder, entry, isOnTheWay: true });
  }
  const below = matched.entries.map((entry) => ({
    path: joinPath(kept, pathBelow(matched.root, entry.path)),
    entry,
    isOnTheWay: false,
  }));
  return { kind: 'parents', name: baseName(kept), entries: [...folders, ...below] };
}
